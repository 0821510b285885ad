#include "libs/domain/label_selector.h"

#include <algorithm>
#include <utility>

#include "libs/domain/naming.h"
#include "libs/domain/selector_parser.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr char kReason[] = "INVALID_LABEL_SELECTOR";

std::string Quote(const std::string& value) { return "\"" + value + "\""; }

absl::Status CheckKey(const std::string& field, const std::string& key) {
  if (IsLabelKey(key)) return absl::OkStatus();
  return InvalidField(
      field, Quote(key) + " is no label key; expected a name such as app or example.com/app",
      kReason);
}

absl::Status CheckValue(const std::string& field, const std::string& value) {
  if (IsLabelValue(value)) return absl::OkStatus();
  return InvalidField(field,
                      Quote(value) +
                          " is no label value; expected at most 63 of A-Z a-z 0-9 - _ . "
                          "with a letter or digit at both ends",
                      kReason);
}

// kubectl's text form of one requirement.
std::string TextOf(const std::string& key, const std::string& op,
                   const std::vector<std::string>& values) {
  if (op == "Exists") return key;
  if (op == "DoesNotExist") return "!" + key;
  if (values.size() == 1) return key + (op == "In" ? "=" : "!=") + values[0];
  std::string text = key + (op == "In" ? " in (" : " notin (");
  for (size_t i = 0; i < values.size(); ++i) text.append(i == 0 ? "" : ",").append(values[i]);
  return text + ")";
}

}  // namespace

absl::StatusOr<LabelSelector> LabelSelector::FromProto(const v1::LabelSelector& proto) {
  LabelSelector selector;
  // In order of key, so that explanations do not depend on a hash.
  const std::map<std::string, std::string> labels(proto.match_labels().begin(),
                                                  proto.match_labels().end());
  for (const auto& [key, value] : labels) {
    const std::string field = "matchLabels[" + key + "]";
    if (absl::Status status = CheckKey(field, key); !status.ok()) return status;
    if (absl::Status status = CheckValue(field, value); !status.ok()) return status;
    selector.requirements_.push_back({key, Operator::kIn, {value}, TextOf(key, "In", {value})});
  }
  for (int i = 0; i < proto.match_expressions_size(); ++i) {
    const v1::LabelSelectorRequirement& expression = proto.match_expressions(i);
    const std::string field = "matchExpressions[" + std::to_string(i) + "]";
    if (absl::Status status = CheckKey(field + ".key", expression.key()); !status.ok()) {
      return status;
    }
    std::vector<std::string> values(expression.values().begin(), expression.values().end());
    for (size_t j = 0; j < values.size(); ++j) {
      absl::Status status = CheckValue(field + ".values[" + std::to_string(j) + "]", values[j]);
      if (!status.ok()) return status;
    }
    const std::string& name = expression.operator_();
    const bool listing = name == "In" || name == "NotIn";
    if (!listing && name != "Exists" && name != "DoesNotExist") {
      return InvalidField(field + ".operator",
                          Quote(name) + " is unknown; expected In, NotIn, Exists or DoesNotExist",
                          kReason);
    }
    if (listing && values.empty()) {
      return InvalidField(field + ".values", "is empty; " + name + " needs at least one value",
                          kReason);
    }
    if (!listing && !values.empty()) {
      return InvalidField(
          field + ".values",
          "has " + std::to_string(values.size()) + " values; " + name + " takes none", kReason);
    }
    Operator op = Operator::kDoesNotExist;
    if (name == "In") op = Operator::kIn;
    if (name == "NotIn") op = Operator::kNotIn;
    if (name == "Exists") op = Operator::kExists;
    std::string text = TextOf(expression.key(), name, values);
    selector.requirements_.push_back({expression.key(), op, std::move(values), std::move(text)});
  }
  return selector;
}

absl::StatusOr<LabelSelector> LabelSelector::Parse(const std::string& text) {
  absl::StatusOr<v1::LabelSelector> parsed = ParseSelectorText(text);
  if (!parsed.ok()) return parsed.status();
  return FromProto(*parsed);
}

bool LabelSelector::Holds(const Requirement& requirement, const Labels& labels) {
  const auto label = labels.find(requirement.key);
  const bool there = label != labels.end();
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), label->second) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::kIn:
      return there && listed();
    case Operator::kNotIn:  // As in Kubernetes: a label that is not there is not in.
      return !there || !listed();
    case Operator::kExists:
      return there;
    case Operator::kDoesNotExist:
      return !there;
  }
  return false;
}

bool LabelSelector::Matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& requirement) { return Holds(requirement, labels); });
}

std::string LabelSelector::text() const {
  std::string text;
  for (const Requirement& requirement : requirements_) {
    text.append(text.empty() ? "" : ",").append(requirement.text);
  }
  return text;
}

LabelSelector::Refusal LabelSelector::Explain(const Labels& labels) const {
  for (const Requirement& requirement : requirements_) {
    if (Holds(requirement, labels)) continue;
    const auto label = labels.find(requirement.key);
    return {requirement.text, label == labels.end() ? "(not set)" : label->second};
  }
  return {};
}

}  // namespace eventreactor
