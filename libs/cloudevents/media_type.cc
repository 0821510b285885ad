#include "libs/cloudevents/media_type.h"

#include <string_view>

#include "libs/cloudevents/text.h"

namespace eventreactor::cloudevents {
namespace {

bool IsTokenChar(char c) {
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

std::string_view TakeToken(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && IsTokenChar(text[end])) ++end;
  const std::string_view token = text.substr(0, end);
  text.remove_prefix(end);
  return token;
}

void SkipBlanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// After the opening quote; nothing if it never closes.
std::optional<std::string> TakeQuotedRest(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    if (TakeChar(text, '"')) return value;
    if (TakeChar(text, '\\') && text.empty()) return std::nullopt;
    value += text.front();
    text.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace

bool MediaType::IsJson() const { return subtype == "json" || subtype.ends_with("+json"); }

std::optional<MediaType> ParseMediaType(const std::string& value) {
  MediaType media;
  std::string_view rest = value;
  media.type = AsciiLower(TakeToken(rest));
  if (media.type.empty() || !TakeChar(rest, '/')) return std::nullopt;
  media.subtype = AsciiLower(TakeToken(rest));
  if (media.subtype.empty()) return std::nullopt;
  while (!rest.empty()) {
    SkipBlanks(rest);
    if (!TakeChar(rest, ';')) return std::nullopt;
    // RFC 9110 allows empty parameters, as in "text/plain;".
    if (rest.empty()) break;
    SkipBlanks(rest);
    if (!rest.empty() && rest.front() == ';') continue;
    const std::string name = AsciiLower(TakeToken(rest));
    if (name.empty() || !TakeChar(rest, '=')) return std::nullopt;
    std::string parameter;
    if (TakeChar(rest, '"')) {
      auto quoted = TakeQuotedRest(rest);
      if (!quoted) return std::nullopt;
      parameter = *std::move(quoted);
    } else {
      parameter = std::string(TakeToken(rest));
      if (parameter.empty()) return std::nullopt;
    }
    if (!media.parameters.emplace(name, std::move(parameter)).second) return std::nullopt;
  }
  return media;
}

bool DeclaresJson(const std::string& datacontenttype) {
  if (datacontenttype.empty()) return true;
  const auto media = ParseMediaType(datacontenttype);
  return media && media->IsJson();
}

}  // namespace eventreactor::cloudevents
