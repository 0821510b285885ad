// A place in a YAML file that knows its path, so that errors name it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace eventreactor::kube {

// What was wrong first; nothing while all is well. `file` names the file.
struct YamlFault {
  std::string file;
  absl::Status status;
  // INVALID_ARGUMENT (INVALID_CONFIG): "<file>: <field>: <message>".
  void Set(const std::string& field, const std::string& message);
};

// Reads leniently: what is wrong goes to the fault, and an empty value comes
// back. `fault` outlives it.
class YamlField {
 public:
  YamlField(const YAML::Node& node, std::string path, YamlFault& fault)
      : node_(node), path_(std::move(path)), fault_(&fault) {}

  // Absent or null.
  bool empty() const { return !node_.IsDefined() || node_.IsNull(); }
  const std::string& path() const { return path_; }

  YamlField At(const std::string& key) const;
  std::vector<YamlField> Items() const;
  std::string String() const;
  bool Bool() const;
  // A tree of at most 10,000 values.
  nlohmann::json Json() const;
  // The item of this list whose `name` is that; one that is not there is a
  // fault.
  YamlField Named(const std::string& name) const;

  void Fail(const std::string& message) const { fault_->Set(path_, message); }

 private:
  YAML::Node node_;
  std::string path_;
  YamlFault* fault_;
};

}  // namespace eventreactor::kube
