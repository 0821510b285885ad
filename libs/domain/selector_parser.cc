#include "libs/domain/selector_parser.h"

#include <string_view>

#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  absl::StatusOr<v1::LabelSelector> Parse() {
    v1::LabelSelector selector;
    if (text_.size() > kMaxSelectorText) {
      return Fail(0, "has " + std::to_string(text_.size()) + " bytes; at most " +
                         std::to_string(kMaxSelectorText) + " are allowed");
    }
    SkipSpace();
    if (AtEnd()) return selector;
    while (true) {
      if (absl::Status status = Requirement(*selector.add_match_expressions()); !status.ok()) {
        return status;
      }
      SkipSpace();
      if (AtEnd()) return selector;
      if (!Take(",")) return Fail(at_, "expected a comma or the end, got " + Rest());
    }
  }

 private:
  absl::Status Requirement(v1::LabelSelectorRequirement& requirement) {
    SkipSpace();
    const bool negated = Take("!");
    if (absl::Status status = Key(*requirement.mutable_key()); !status.ok()) return status;
    SkipSpace();
    if (negated || AtEnd() || text_[at_] == ',') {
      requirement.set_operator_(negated ? "DoesNotExist" : "Exists");
      return absl::OkStatus();
    }
    if (Take("!=")) {
      requirement.set_operator_("NotIn");
      return Value(*requirement.add_values());
    }
    if (Take("==") || Take("=")) {
      requirement.set_operator_("In");
      return Value(*requirement.add_values());
    }
    const size_t at = at_;
    const std::string word = Word();
    if (word != "in" && word != "notin") {
      at_ = at;
      return Fail(at,
                  "expected =, ==, !=, in or notin after " + requirement.key() + ", got " + Rest());
    }
    requirement.set_operator_(word == "in" ? "In" : "NotIn");
    return Values(requirement);
  }

  absl::Status Values(v1::LabelSelectorRequirement& requirement) {
    SkipSpace();
    if (!Take("(")) return Fail(at_, "expected ( before the values, got " + Rest());
    while (true) {
      if (absl::Status status = Value(*requirement.add_values()); !status.ok()) return status;
      SkipSpace();
      if (Take(")")) return absl::OkStatus();
      if (!Take(",")) return Fail(at_, "expected a comma or ) in the values, got " + Rest());
    }
  }

  absl::Status Key(std::string& key) {
    SkipSpace();
    const size_t at = at_;
    key = Word();
    if (key.empty()) return Fail(at, "expected a label key, got " + Rest());
    if (IsLabelKey(key)) return absl::OkStatus();
    return Fail(at,
                "\"" + key + "\" is no label key; expected a name such as app or example.com/app");
  }

  absl::Status Value(std::string& value) {
    SkipSpace();
    const size_t at = at_;
    value = Word();
    if (IsLabelValue(value)) return absl::OkStatus();
    return Fail(at, "\"" + value +
                        "\" is no label value; expected at most 63 of A-Z a-z 0-9 - _ . with a "
                        "letter or digit at both ends");
  }

  // As far as no operator, bracket, comma or space stands.
  std::string Word() {
    const size_t begin = at_;
    while (!AtEnd() && std::string_view(" \t,()=!<>").find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  bool Take(std::string_view token) {
    if (text_.compare(at_, token.size(), token) != 0) return false;
    at_ += token.size();
    return true;
  }

  void SkipSpace() {
    while (!AtEnd() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool AtEnd() const { return at_ >= text_.size(); }

  std::string Rest() const { return AtEnd() ? "the end" : "\"" + text_.substr(at_, 32) + "\""; }

  static absl::Status Fail(size_t at, const std::string& message) {
    return InvalidField("label_selector", "position " + std::to_string(at + 1) + ": " + message,
                        "INVALID_LABEL_SELECTOR");
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<v1::LabelSelector> ParseSelectorText(const std::string& text) {
  return Parser(text).Parse();
}

}  // namespace eventreactor
