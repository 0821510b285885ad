// The arguments of one verb: --name=value, each as often as its verb likes.
// Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

class Arguments {
 public:
  // A fault for what is not --name=value, or no name of these.
  Fault Parse(const std::vector<std::string>& words, const std::set<std::string>& names);

  // In order of appearance.
  struct Option {
    std::string name;
    std::string value;
  };
  const std::vector<Option>& options() const { return options_; }

  // The last one given; empty if none was.
  std::string Last(const std::string& name) const;
  // The same, and a fault if it is empty.
  Fault Require(const std::string& name, std::string& value) const;

 private:
  std::vector<Option> options_;
};

}  // namespace eventreactor::tool
