#include "services/kube-adapter/kube/testing/fake_target.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace eventreactor::kube {
namespace {

std::string Decode(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte)) {
      decoded.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

}  // namespace

void ReadTarget(const std::string& target, FakeRequest& request) {
  const size_t mark = target.find('?');
  request.path = Decode(target.substr(0, mark));
  if (mark == std::string::npos) return;
  const std::vector<std::string> pairs = absl::StrSplit(target.substr(mark + 1), '&');
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    request.query[Decode(pair.substr(0, equals))] =
        equals == std::string::npos ? "" : Decode(pair.substr(equals + 1));
  }
}

std::optional<FakeTarget> ParseTarget(const std::string& path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  FakeTarget target;
  size_t at = 0;
  if (parts.size() >= 3 && parts[0] == "api") {
    target.version = parts[1];
    at = 2;
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    target.group = parts[1];
    target.version = parts[2];
    at = 3;
  } else {
    return std::nullopt;
  }
  // /namespaces/NAME alone is the Namespace itself; with more it is a place.
  if (parts[at] == "namespaces" && parts.size() > at + 2 && parts[at + 2] != "status" &&
      parts[at + 2] != "finalize") {
    target.ns = parts[at + 1];
    at += 2;
  }
  target.plural = parts[at++];
  if (at < parts.size()) target.name = parts[at++];
  if (at < parts.size()) target.subresource = parts[at++];
  if (at < parts.size()) return std::nullopt;
  return target;
}

FakeTarget TargetOf(const Resource& resource, const ObjectName& name) {
  return {resource.group, resource.version, resource.plural, name.ns, name.name, ""};
}

std::string QueryOf(const FakeRequest& request, const std::string& key) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? "" : found->second;
}

}  // namespace eventreactor::kube
