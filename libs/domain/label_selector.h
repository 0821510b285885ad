// Kubernetes label selectors, parsed once and matched often. Pure.
#pragma once

#include <google/protobuf/map.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor {

using Labels = google::protobuf::Map<std::string, std::string>;

class LabelSelector {
 public:
  // Matches everything.
  LabelSelector() = default;

  // INVALID_ARGUMENT naming the field within the selector.
  static absl::StatusOr<LabelSelector> FromProto(const v1::LabelSelector& selector);

  // kubectl's text form: a=b, a==b, a!=b, a in (b,c), a notin (b), a, !a,
  // divided by commas. INVALID_ARGUMENT with the position.
  static absl::StatusOr<LabelSelector> Parse(const std::string& text);

  bool Matches(const Labels& labels) const;
  bool empty() const { return requirements_.empty(); }
  // kubectl's text form of all of it.
  std::string text() const;

  // The first requirement that says no, for explanations: its text, and what
  // the labels hold for its key, or "(not set)". Both empty if all match.
  struct Refusal {
    std::string requirement;
    std::string observed;
  };
  Refusal Explain(const Labels& labels) const;

 private:
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };
  struct Requirement {
    std::string key;
    Operator op;
    std::vector<std::string> values;
    std::string text;
  };
  static bool Holds(const Requirement& requirement, const Labels& labels);
  std::vector<Requirement> requirements_;
};

}  // namespace eventreactor
