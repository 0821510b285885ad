#include "services/kube-adapter/kube/url.h"

namespace eventreactor::kube {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string EncodeUrl(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kHex[byte >> 4]);
    encoded.push_back(kHex[byte & 15]);
  }
  return encoded;
}

void QueryString::Add(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  text_.push_back(text_.empty() ? '?' : '&');
  text_.append(key);
  text_.push_back('=');
  text_.append(EncodeUrl(value));
}

}  // namespace eventreactor::kube
