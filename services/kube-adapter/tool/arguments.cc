#include "services/kube-adapter/tool/arguments.h"

namespace eventreactor::tool {

Fault Arguments::Parse(const std::vector<std::string>& words, const std::set<std::string>& names) {
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (word.rfind("--", 0) != 0 || equals == std::string::npos) {
      return "\"" + word + "\" is no --name=value";
    }
    const std::string name = word.substr(2, equals - 2);
    if (names.count(name) == 0) return "--" + name + " is unknown";
    options_.push_back({name, word.substr(equals + 1)});
  }
  return std::nullopt;
}

std::string Arguments::Last(const std::string& name) const {
  std::string last;
  for (const Option& option : options_) {
    if (option.name == name) last = option.value;
  }
  return last;
}

Fault Arguments::Require(const std::string& name, std::string& value) const {
  value = Last(name);
  if (value.empty()) return "--" + name + " is required";
  return std::nullopt;
}

}  // namespace eventreactor::tool
