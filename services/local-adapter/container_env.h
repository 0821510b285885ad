// A container's environment, and $(NAME) in its values, command and
// arguments, as Kubernetes has it. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace eventreactor::local {

// $(NAME) becomes the value, $$(NAME) the text $(NAME); what is not defined
// stays as it is.
std::string ExpandVariables(const std::string& text,
                            const std::map<std::string, std::string>& values);

class Environment {
 public:
  // As it is; a later one of that name wins.
  void Set(const std::string& name, const std::string& value);
  // With $(NAME) of what was set before.
  void SetExpanded(const std::string& name, const std::string& value);

  std::string Expand(const std::string& text) const { return ExpandVariables(text, values_); }
  // NAME=value, by name.
  std::vector<std::string> List() const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace eventreactor::local
