#include "services/local-adapter/container_env.h"

#include "absl/strings/str_cat.h"

namespace eventreactor::local {

std::string ExpandVariables(const std::string& text,
                            const std::map<std::string, std::string>& values) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '$' || at + 1 == text.size()) {
      out.push_back(text[at++]);
      continue;
    }
    if (text[at + 1] == '$') {
      // Escaped: what follows is not looked at.
      out.push_back('$');
      at += 2;
      continue;
    }
    const size_t end = text[at + 1] == '(' ? text.find(')', at + 2) : std::string::npos;
    if (end == std::string::npos) {
      out.push_back(text[at++]);
      continue;
    }
    const auto value = values.find(text.substr(at + 2, end - at - 2));
    out += value != values.end() ? value->second : text.substr(at, end + 1 - at);
    at = end + 1;
  }
  return out;
}

void Environment::Set(const std::string& name, const std::string& value) { values_[name] = value; }

void Environment::SetExpanded(const std::string& name, const std::string& value) {
  values_[name] = Expand(value);
}

std::vector<std::string> Environment::List() const {
  std::vector<std::string> list;
  list.reserve(values_.size());
  for (const auto& [name, value] : values_) list.push_back(absl::StrCat(name, "=", value));
  return list;
}

}  // namespace eventreactor::local
