#include "libs/cloudevents/json_object.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "libs/cloudevents/batch.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

using nlohmann::json;

absl::Status BadBody(const std::string& message) { return InvalidField("body", message); }

// Checks the whole text, and keeps the members of the outermost object.
class MemberCollector : public json::json_sax_t {
 public:
  explicit MemberCollector(int max_depth) : max_depth_(max_depth) {}

  std::vector<JsonMember>& members() { return members_; }
  const absl::Status& status() const { return status_; }

  bool null() override { return Scalar(JsonMember::Kind::kNull, ""); }
  bool boolean(bool value) override {
    return Scalar(JsonMember::Kind::kBoolean, value ? "true" : "false");
  }
  bool number_integer(number_integer_t value) override {
    return Scalar(JsonMember::Kind::kInteger, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(JsonMember::Kind::kInteger, std::to_string(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return Scalar(JsonMember::Kind::kFloat, "");
  }
  bool string(string_t& value) override {
    return Scalar(JsonMember::Kind::kString, depth_ == 1 ? std::move(value) : std::string());
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*elements*/) override { return Open(); }
  bool start_array(size_t /*elements*/) override {
    if (depth_ == 0) return Fail(BadBody("must be a JSON object, not an array"));
    return Open();
  }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    if (!names_.insert(name).second) {
      return Fail(BadBody("has the member " + Quoted(name) + " more than once"));
    }
    members_.emplace_back().name = std::move(name);
    return true;
  }

  bool parse_error(size_t position, const std::string& /*last_token*/,
                   const json::exception& /*error*/) override {
    return Fail(BadBody("is not valid JSON at byte " + std::to_string(position)));
  }

 private:
  bool Scalar(JsonMember::Kind kind, std::string value) {
    if (depth_ == 0) return Fail(BadBody("must be a JSON object"));
    if (depth_ == 1) {
      members_.back().kind = kind;
      members_.back().value = std::move(value);
    }
    return true;
  }
  bool Open() {
    if (depth_ == 1) members_.back().kind = JsonMember::Kind::kComposite;
    if (++depth_ > max_depth_) {
      return Fail(BadBody("nests deeper than " + std::to_string(max_depth_) + " levels"));
    }
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }
  bool Fail(absl::Status status) {
    status_ = std::move(status);
    return false;
  }

  const int max_depth_;
  int depth_ = 0;
  std::set<std::string> names_;
  std::vector<JsonMember> members_;
  absl::Status status_;
};

// Checks the whole text, and counts the elements of the outermost array.
class ElementCounter : public json::json_sax_t {
 public:
  ElementCounter(int max_depth, size_t max_elements)
      : max_depth_(max_depth), max_elements_(max_elements) {}

  size_t count() const { return count_; }
  const absl::Status& status() const { return status_; }

  bool null() override { return Value(); }
  bool boolean(bool /*value*/) override { return Value(); }
  bool number_integer(number_integer_t /*value*/) override { return Value(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Value(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return Value(); }
  bool string(string_t& /*value*/) override { return Value(); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool key(string_t& /*name*/) override { return true; }
  bool start_object(size_t /*elements*/) override { return Value() && Open(); }
  bool start_array(size_t /*elements*/) override {
    return depth_ == 0 ? Open() : Value() && Open();
  }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool parse_error(size_t position, const std::string& /*last_token*/,
                   const json::exception& /*error*/) override {
    return Fail(BadBody("is not valid JSON at byte " + std::to_string(position)));
  }

 private:
  bool Value() {
    if (depth_ == 0) return Fail(BadBody("must be a JSON array of events"));
    if (depth_ == 1 && ++count_ > max_elements_) return Fail(TooManyEvents(max_elements_));
    return true;
  }
  bool Open() {
    if (++depth_ > max_depth_) {
      return Fail(BadBody("nests deeper than " + std::to_string(max_depth_) + " levels"));
    }
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }
  bool Fail(absl::Status status) {
    status_ = std::move(status);
    return false;
  }

  const int max_depth_;
  const size_t max_elements_;
  int depth_ = 0;
  size_t count_ = 0;
  absl::Status status_;
};

// Finds where values stand, in text that is known to be valid JSON.
class ValueScanner {
 public:
  explicit ValueScanner(std::string_view text) : text_(text) {}

  // To behind the next `c` outside of a string.
  void SkipPast(char c) {
    while (text_[at_] != c) Step();
    ++at_;
  }

  // The value that begins at the next character that is not blank.
  std::string_view TakeValue() {
    while (IsBlank(text_[at_])) ++at_;
    const size_t begin = at_;
    for (int depth = 0; at_ < text_.size(); Step()) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}' || c == ']' || IsBlank(c))) break;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  // One character on, or one whole string.
  void Step() {
    if (text_[at_++] != '"') return;
    while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<JsonMember>> ParseJsonObject(const std::string& text, int max_depth) {
  if (text.empty()) return BadBody("is empty, where a JSON object should be");
  MemberCollector collector(max_depth);
  if (!json::sax_parse(text, &collector)) {
    return collector.status().ok() ? BadBody("is not valid JSON") : collector.status();
  }
  ValueScanner scanner(text);
  scanner.SkipPast('{');
  for (JsonMember& member : collector.members()) {
    scanner.SkipPast(':');
    member.raw = scanner.TakeValue();
  }
  return std::move(collector.members());
}

absl::StatusOr<std::vector<std::string_view>> ParseJsonArray(const std::string& text, int max_depth,
                                                             size_t max_elements) {
  if (text.empty()) return BadBody("is empty, where a JSON array should be");
  ElementCounter counter(max_depth, max_elements);
  if (!json::sax_parse(text, &counter)) {
    return counter.status().ok() ? BadBody("is not valid JSON") : counter.status();
  }
  ValueScanner scanner(text);
  std::vector<std::string_view> elements;
  elements.reserve(counter.count());
  while (elements.size() < counter.count()) {
    scanner.SkipPast(elements.empty() ? '[' : ',');
    elements.push_back(scanner.TakeValue());
  }
  return elements;
}

}  // namespace eventreactor::cloudevents
