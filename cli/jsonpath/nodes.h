// A parsed template, between the parser and what evaluates it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor::cli::jsonpath {

struct Filter;

// One step down from a value.
struct Step {
  enum class Kind { kField, kIndex, kSlice, kAll, kFilter };
  Kind kind = Kind::kField;
  std::string field;
  // Negative: from the end.
  int64_t index = 0;
  // [begin:end], either may be left out.
  std::optional<int64_t> begin;
  std::optional<int64_t> end;
  // Of exactly one filter; a vector only because Filter holds steps.
  std::vector<Filter> filter;
};

struct Path {
  // $: from the whole; otherwise from the value at hand.
  bool from_root = false;
  std::vector<Step> steps;
};

// A side of a comparison: a path, or a value.
struct Operand {
  std::optional<Path> path;
  nlohmann::json value;
};

enum class Comparison { kExists, kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

struct Filter {
  Operand left;
  Comparison comparison = Comparison::kExists;
  Operand right;
};

// A piece of a template.
struct Node {
  enum class Kind { kText, kPath, kRange };
  Kind kind = Kind::kText;
  std::string text;
  // Of kPath, and what a range goes through.
  Path path;
  // Of kRange.
  std::vector<Node> body;
};

// INVALID_ARGUMENT (USAGE) naming the position, counted from 1.
absl::StatusOr<std::vector<Node>> ParseTemplate(const std::string& text);

}  // namespace eventreactor::cli::jsonpath
