#include "services/kube-adapter/kube/yaml_field.h"

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// Nothing if `budget` values are not enough.
std::optional<json> ToJson(const YAML::Node& node, int level, int& budget) {
  if (--budget < 0 || level > 50) return std::nullopt;
  if (node.IsSequence()) {
    json list = json::array();
    for (const YAML::Node& item : node) {
      std::optional<json> value = ToJson(item, level + 1, budget);
      if (!value) return std::nullopt;
      list.push_back(*std::move(value));
    }
    return list;
  }
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) {
      std::optional<json> value = ToJson(entry.second, level + 1, budget);
      if (!value || !entry.first.IsScalar()) return std::nullopt;
      object[entry.first.Scalar()] = *std::move(value);
    }
    return object;
  }
  if (!node.IsScalar()) return json(nullptr);
  // A quoted scalar is a string whatever it looks like.
  if (node.Tag() != "!") {
    bool flag = false;
    if (YAML::convert<bool>::decode(node, flag)) return json(flag);
    int64_t number = 0;
    if (YAML::convert<int64_t>::decode(node, number)) return json(number);
    double real = 0;
    if (YAML::convert<double>::decode(node, real)) return json(real);
  }
  return json(node.Scalar());
}

}  // namespace

void YamlFault::Set(const std::string& field, const std::string& message) {
  if (!status.ok()) return;
  status = MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                      file + ": " + field + ": " + message, field);
}

YamlField YamlField::At(const std::string& key) const {
  const std::string path = path_.empty() ? key : path_ + "." + key;
  if (empty()) return {YAML::Node(YAML::NodeType::Undefined), path, *fault_};
  if (!node_.IsMap()) {
    Fail("expected fields and their values here");
    return {YAML::Node(YAML::NodeType::Undefined), path, *fault_};
  }
  const YAML::Node value = node_[key];
  return {value.IsDefined() ? value : YAML::Node(YAML::NodeType::Undefined), path, *fault_};
}

std::vector<YamlField> YamlField::Items() const {
  std::vector<YamlField> items;
  if (empty()) return items;
  if (!node_.IsSequence()) {
    Fail("expected a list");
    return items;
  }
  items.reserve(node_.size());
  for (size_t i = 0; i < node_.size(); ++i) {
    items.emplace_back(node_[i], path_ + "[" + std::to_string(i) + "]", *fault_);
  }
  return items;
}

std::string YamlField::String() const {
  if (empty()) return "";
  if (node_.IsScalar()) return node_.Scalar();
  Fail("expected a string");
  return "";
}

bool YamlField::Bool() const {
  bool value = false;
  if (empty()) return false;
  if (node_.IsScalar() && YAML::convert<bool>::decode(node_, value)) return value;
  Fail("expected true or false");
  return false;
}

json YamlField::Json() const {
  if (empty()) return nullptr;
  int budget = 10'000;
  std::optional<json> value = ToJson(node_, 0, budget);
  if (value) return *std::move(value);
  Fail("too large, or with keys that are no strings");
  return nullptr;
}

YamlField YamlField::Named(const std::string& name) const {
  for (const YamlField& item : Items()) {
    if (item.At("name").String() == name) return item;
  }
  Fail("there is none named \"" + name + "\"");
  return {YAML::Node(YAML::NodeType::Undefined), path_, *fault_};
}

}  // namespace eventreactor::kube
