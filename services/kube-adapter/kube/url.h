// Percent-encoding (RFC 3986). Pure.
#pragma once

#include <string>
#include <string_view>

namespace eventreactor::kube {

// Everything but unreserved characters is encoded: safe as a part of a path
// and of a query.
std::string EncodeUrl(std::string_view text);

// Writes ?a=b&c=d, leaving out what is empty.
class QueryString {
 public:
  void Add(std::string_view key, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace eventreactor::kube
