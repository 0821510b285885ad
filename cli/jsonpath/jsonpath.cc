#include "cli/jsonpath/jsonpath.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/jsonpath/nodes.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using jsonpath::Comparison;
using jsonpath::Filter;
using jsonpath::Node;
using jsonpath::Operand;
using jsonpath::Path;
using jsonpath::Step;
using nlohmann::json;

// Values looked at and bytes printed, together: ranges within ranges
// multiply.
constexpr int64_t kMaxWork = 100'000'000;

using Values = std::vector<const json*>;

// One evaluation; `Spent` once the bound is met, and then everything is
// empty.
class Evaluation {
 public:
  explicit Evaluation(const json& root) : root_(root) {}

  bool Spent() const { return work_ > kMaxWork; }

  void Print(const std::vector<Node>& nodes, const json& here, std::string& out) {
    for (const Node& node : nodes) {
      if (!Charge(1)) return;
      if (node.kind == Node::Kind::kText) {
        if (Charge(node.text.size())) out += node.text;
        continue;
      }
      const Values found = Find(node.path, here);
      for (size_t i = 0; i < found.size(); ++i) {
        if (node.kind == Node::Kind::kRange) {
          Print(node.body, *found[i], out);
          continue;
        }
        const std::string text = Text(*found[i]);
        if (!Charge(text.size())) return;
        absl::StrAppend(&out, i == 0 ? "" : " ", text);
      }
    }
  }

  Values Find(const Path& path, const json& here) {
    Values at = {path.from_root ? &root_ : &here};
    for (const Step& step : path.steps) {
      Values next;
      for (const json* value : at) {
        if (!Charge(1)) return {};
        Take(step, *value, next);
      }
      at = std::move(next);
    }
    return at;
  }

 private:
  bool Charge(size_t work) {
    work_ += static_cast<int64_t>(work);
    return !Spent();
  }

  static std::string Text(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  void Take(const Step& step, const json& value, Values& next) {
    switch (step.kind) {
      case Step::Kind::kField: {
        if (!value.is_object()) return;
        const auto found = value.find(step.field);
        if (found != value.end()) next.push_back(&*found);
        return;
      }
      case Step::Kind::kIndex: {
        const int64_t index = FromEnd(step.index, value);
        if (value.is_array() && index >= 0 && index < static_cast<int64_t>(value.size())) {
          next.push_back(&value[static_cast<size_t>(index)]);
        }
        return;
      }
      case Step::Kind::kSlice:
        return TakeSlice(step, value, next);
      case Step::Kind::kAll:
      case Step::Kind::kFilter:
        break;
    }
    if (!value.is_structured() || !Charge(value.size())) return;
    for (const json& item : value) {
      if (step.kind == Step::Kind::kAll || Passes(step.filter.front(), item)) {
        next.push_back(&item);
      }
    }
  }

  static int64_t FromEnd(int64_t index, const json& value) {
    return index < 0 ? index + static_cast<int64_t>(value.size()) : index;
  }

  void TakeSlice(const Step& step, const json& value, Values& next) {
    if (!value.is_array() || !Charge(value.size())) return;
    const auto size = static_cast<int64_t>(value.size());
    const int64_t begin = std::clamp<int64_t>(FromEnd(step.begin.value_or(0), value), 0, size);
    const int64_t end = std::clamp<int64_t>(FromEnd(step.end.value_or(size), value), 0, size);
    for (int64_t i = begin; i < end; ++i) next.push_back(&value[static_cast<size_t>(i)]);
  }

  // The operand's value; null if there is none.
  const json* Value(const Operand& operand, const json& here) {
    if (!operand.path) return &operand.value;
    const Values found = Find(*operand.path, here);
    return found.empty() ? nullptr : found.front();
  }

  bool Passes(const Filter& filter, const json& here) {
    const json* left = Value(filter.left, here);
    if (filter.comparison == Comparison::kExists) return left != nullptr;
    const json* right = Value(filter.right, here);
    if (left == nullptr || right == nullptr) return false;
    switch (filter.comparison) {
      case Comparison::kEqual:
        return *left == *right;
      case Comparison::kNotEqual:
        return *left != *right;
      default:
        break;
    }
    // Numbers and texts have an order; other things none, nor mixed ones.
    const bool ordered =
        (left->is_number() && right->is_number()) || (left->is_string() && right->is_string());
    if (!ordered) return false;
    switch (filter.comparison) {
      case Comparison::kLess:
        return *left < *right;
      case Comparison::kLessEqual:
        return *left <= *right;
      case Comparison::kGreater:
        return *left > *right;
      default:
        return *left >= *right;
    }
  }

  const json& root_;
  int64_t work_ = 0;
};

}  // namespace

absl::StatusOr<JsonPath> JsonPath::Parse(const std::string& text) {
  auto nodes = jsonpath::ParseTemplate(text);
  if (!nodes.ok()) return nodes.status();
  return JsonPath(std::make_shared<const std::vector<Node>>(*std::move(nodes)));
}

absl::StatusOr<JsonPath> JsonPath::ParseOne(const std::string& text) {
  auto parsed = Parse(absl::StartsWith(text, "{") ? text : absl::StrCat("{", text, "}"));
  if (!parsed.ok()) return parsed;
  const auto& nodes = *parsed->nodes_;
  if (nodes.size() == 1 && nodes.front().kind == Node::Kind::kPath) return parsed;
  return MakeStatus(absl::StatusCode::kInvalidArgument, "USAGE",
                    absl::StrCat("jsonpath: ", text, " is not one path such as .spec.type"));
}

absl::StatusOr<std::string> JsonPath::Print(const json& root) const {
  Evaluation evaluation(root);
  std::string out;
  evaluation.Print(*nodes_, root, out);
  if (!evaluation.Spent()) return out;
  return MakeStatus(absl::StatusCode::kResourceExhausted, "JSONPATH_TOO_MUCH",
                    "jsonpath: this looks at too much, or prints more than 100 MB");
}

json JsonPath::First(const json& root) const {
  Evaluation evaluation(root);
  const Values found = evaluation.Find(nodes_->front().path, root);
  return found.empty() ? json() : *found.front();
}

}  // namespace eventreactor::cli
