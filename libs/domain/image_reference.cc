#include "libs/domain/image_reference.h"

#include <re2/re2.h>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr size_t kMaxReference = 512;

absl::Status NoImage(const std::string& text, const std::string& why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_IMAGE",
                    "\"" + text + "\" is no image name: " + why);
}

}  // namespace

std::string ImageReference::ToString() const {
  if (!digest.empty()) return repository + "@" + digest;
  return repository + ":" + tag;
}

absl::StatusOr<ImageReference> ParseImageReference(const std::string& text) {
  // The grammar of the distribution specification; anything that is a host
  // (has a dot or a port, or is localhost) may hold upper case.
  static const RE2 kWhole(
      R"(((?:(?:\[[0-9a-fA-F:]+\](?::[0-9]+)?|localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*:[0-9]+)/)?)"
      R"([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*))"
      R"((?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?)"
      R"((?:@([A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?)");
  if (text.empty()) return NoImage(text, "it is empty");
  if (text.size() > kMaxReference) return NoImage(text.substr(0, 64) + "...", "it is too long");
  ImageReference image;
  if (!RE2::FullMatch(text, kWhole, &image.repository, &image.tag, &image.digest)) {
    return NoImage(text, "expected [registry/]name[:tag][@digest], the name in lower case");
  }
  if (image.tag.empty() && image.digest.empty()) image.tag = "latest";
  return image;
}

}  // namespace eventreactor
