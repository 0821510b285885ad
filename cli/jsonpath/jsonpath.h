// JSONPath templates as kubectl has them, the commonly used part: text with
// expressions in braces.
//
//   {.metadata.name}  {['key.with.dots']}  {.items[0]}  {.items[-1]}  {.items[1:3]}
//   {.items[*].spec.type}  {.items[?(@.spec.type=="t")]}  {.items[?(@.status)]}
//   {range .items[*]}{.metadata.name}{"\n"}{end}
//
// What is not there prints nothing; several results are divided by a space;
// objects and lists print as JSON. Pure; safe from any thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor::cli {

namespace jsonpath {
struct Node;
struct Step;
}  // namespace jsonpath

class JsonPath {
 public:
  // A template, of at most 4 KiB and eight ranges within each other.
  // INVALID_ARGUMENT (USAGE) names the position.
  static absl::StatusOr<JsonPath> Parse(const std::string& text);
  // One path, with or without the braces: {.spec.type} or .spec.type.
  static absl::StatusOr<JsonPath> ParseOne(const std::string& text);

  // What the template makes of `root`. RESOURCE_EXHAUSTED (JSONPATH_TOO_MUCH)
  // for one that would take for ever, or print without end.
  absl::StatusOr<std::string> Print(const nlohmann::json& root) const;
  // Of ParseOne: the first thing that the path leads to; null if there is
  // none.
  nlohmann::json First(const nlohmann::json& root) const;

 private:
  explicit JsonPath(std::shared_ptr<const std::vector<jsonpath::Node>> nodes)
      : nodes_(std::move(nodes)) {}
  std::shared_ptr<const std::vector<jsonpath::Node>> nodes_;
};

}  // namespace eventreactor::cli
