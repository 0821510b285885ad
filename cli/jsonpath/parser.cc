// Templates to nodes. Every method leaves the position after what it took.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/jsonpath/nodes.h"
#include "libs/status/status.h"

namespace eventreactor::cli::jsonpath {
namespace {

constexpr size_t kMaxTemplate = 4096;
constexpr int kMaxRanges = 8;
constexpr int kMaxFilters = 4;

// Thrown within this file only.
struct SyntaxFault {
  size_t at;
  std::string why;
};

class TemplateParser {
 public:
  explicit TemplateParser(const std::string& text) : text_(text) {}

  std::vector<Node> Nodes(int ranges) {
    std::vector<Node> nodes;
    while (at_ < text_.size()) {
      if (text_[at_] != '{') {
        nodes.push_back(Text());
        continue;
      }
      const size_t begin = at_++;
      SkipSpace();
      if (TakeWord("end")) {
        Close();
        if (ranges == 0) throw SyntaxFault{begin, "{end} without a {range}"};
        return nodes;
      }
      nodes.push_back(Expression(ranges));
    }
    if (ranges > 0) throw SyntaxFault{text_.size(), "{range} without its {end}"};
    return nodes;
  }

 private:
  bool Done() const { return at_ >= text_.size(); }
  bool Next(char c) const { return !Done() && text_[at_] == c; }
  bool Take(char c) { return Next(c) && (++at_, true); }
  void Want(char c) {
    if (!Take(c)) throw SyntaxFault{at_, absl::StrCat("expected ", std::string(1, c))};
  }
  void SkipSpace() {
    while (Next(' ') || Next('\t')) ++at_;
  }
  void Close() {
    SkipSpace();
    Want('}');
  }
  bool TakeWord(const std::string& word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    const size_t after = at_ + word.size();
    if (after < text_.size() && text_[after] != ' ' && text_[after] != '}') return false;
    at_ = after;
    return true;
  }

  Node Text() {
    Node node;
    const size_t end = std::min(text_.find('{', at_), text_.size());
    node.text = text_.substr(at_, end - at_);
    at_ = end;
    return node;
  }

  // After the brace, to the closing one.
  Node Expression(int ranges) {
    Node node;
    if (Next('"') || Next('\'')) {
      node.text = Quoted();
      Close();
      return node;
    }
    if (TakeWord("range")) {
      if (ranges == kMaxRanges) throw SyntaxFault{at_, "more than 8 ranges within each other"};
      node.kind = Node::Kind::kRange;
      SkipSpace();
      node.path = TakePath(0);
      Close();
      node.body = Nodes(ranges + 1);
      return node;
    }
    node.kind = Node::Kind::kPath;
    node.path = TakePath(0);
    Close();
    return node;
  }

  Path TakePath(int filters) {
    Path path;
    path.from_root = Take('$');
    const bool named = path.from_root || Take('@');
    if (!named && !Next('.') && !Next('[')) {
      throw SyntaxFault{at_, "expected a path such as .metadata.name"};
    }
    // {.} is the value at hand.
    if (!named && Next('.') && (at_ + 1 == text_.size() || text_[at_ + 1] == '}')) {
      ++at_;
      return path;
    }
    while (Next('.') || Next('[')) path.steps.push_back(TakeStep(filters));
    return path;
  }

  Step TakeStep(int filters) {
    if (Take('[')) return Brackets(filters);
    Want('.');
    if (Next('.')) throw SyntaxFault{at_, "a search through all levels (..) is not supported"};
    Step step;
    // .[0], as kubectl takes it too.
    if (Take('[')) return Brackets(filters);
    if (Take('*')) {
      step.kind = Step::Kind::kAll;
      return step;
    }
    step.field = Field();
    return step;
  }

  std::string Field() {
    const size_t begin = at_;
    std::string field;
    while (!Done()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        field += text_[at_ + 1];
        at_ += 2;
        continue;
      }
      const bool word = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
                        c == '-' || c == '/' || static_cast<unsigned char>(c) >= 0x80;
      if (!word) break;
      field += c;
      ++at_;
    }
    if (field.empty()) throw SyntaxFault{begin, "expected the name of a field"};
    return field;
  }

  Step Brackets(int filters) {
    Step step;
    SkipSpace();
    if (Take('*')) {
      step.kind = Step::Kind::kAll;
    } else if (Next('\'') || Next('"')) {
      step.field = Quoted();
    } else if (Take('?')) {
      if (filters == kMaxFilters) throw SyntaxFault{at_, "more than 4 filters within each other"};
      step.kind = Step::Kind::kFilter;
      Want('(');
      step.filter.push_back(TakeFilter(filters + 1));
      Want(')');
    } else {
      TakeIndex(step);
    }
    SkipSpace();
    Want(']');
    return step;
  }

  void TakeIndex(Step& step) {
    const size_t begin = at_;
    const auto first = MaybeNumber();
    SkipSpace();
    if (Take(':')) {
      step.kind = Step::Kind::kSlice;
      step.begin = first;
      step.end = MaybeNumber();
      return;
    }
    if (!first) throw SyntaxFault{begin, "expected a number, *, 'a key' or ?(a filter)"};
    step.kind = Step::Kind::kIndex;
    step.index = *first;
  }

  std::optional<int64_t> MaybeNumber() {
    SkipSpace();
    const size_t begin = at_;
    if (Next('-')) ++at_;
    while (!Done() && absl::ascii_isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
    if (at_ == begin) return std::nullopt;
    int64_t number = 0;
    if (!absl::SimpleAtoi(text_.substr(begin, at_ - begin), &number)) {
      throw SyntaxFault{begin, "this is no number that fits"};
    }
    return number;
  }

  Filter TakeFilter(int filters) {
    Filter filter;
    SkipSpace();
    filter.left = TakeOperand(filters);
    SkipSpace();
    if (Next(')')) return filter;
    filter.comparison = TakeComparison();
    SkipSpace();
    filter.right = TakeOperand(filters);
    SkipSpace();
    return filter;
  }

  Comparison TakeComparison() {
    static constexpr std::pair<const char*, Comparison> kAll[] = {
        {"==", Comparison::kEqual},     {"!=", Comparison::kNotEqual},
        {"<=", Comparison::kLessEqual}, {">=", Comparison::kGreaterEqual},
        {"<", Comparison::kLess},       {">", Comparison::kGreater}};
    for (const auto& [sign, comparison] : kAll) {
      const std::string word = sign;
      if (text_.compare(at_, word.size(), word) != 0) continue;
      at_ += word.size();
      return comparison;
    }
    throw SyntaxFault{at_, "expected ==, !=, <, <=, > or >="};
  }

  Operand TakeOperand(int filters) {
    Operand operand;
    if (Next('@') || Next('$')) {
      operand.path = TakePath(filters);
      return operand;
    }
    if (Next('"') || Next('\'')) {
      operand.value = Quoted();
      return operand;
    }
    const size_t begin = at_;
    while (!Done() && std::string(" )=!<>").find(text_[at_]) == std::string::npos) ++at_;
    operand.value = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    if (operand.value.is_discarded() || operand.value.is_structured()) {
      throw SyntaxFault{begin, "expected @.a.path, a number or a \"text\""};
    }
    return operand;
  }

  std::string Quoted() {
    const size_t begin = at_;
    const char quote = text_[at_++];
    std::string value;
    while (!Done() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c == '\\' && !Done()) {
        c = text_[at_++];
        if (c == 'n') c = '\n';
        if (c == 't') c = '\t';
      }
      value += c;
    }
    if (Done()) throw SyntaxFault{begin, "this quote is not closed"};
    ++at_;
    return value;
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<Node>> ParseTemplate(const std::string& text) {
  const auto refuse = [](const std::string& why) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "USAGE", why);
  };
  if (text.size() > kMaxTemplate) return refuse("jsonpath: more than 4096 bytes");
  try {
    return TemplateParser(text).Nodes(0);
  } catch (const SyntaxFault& fault) {
    return refuse(
        absl::StrCat("jsonpath: at position ", fault.at + 1, " of ", text, ": ", fault.why));
  }
}

}  // namespace eventreactor::cli::jsonpath
