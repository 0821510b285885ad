#include "services/kube-adapter/kube/testing/fake_selector.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

std::string Trim(const std::string& text) { return std::string(absl::StripAsciiWhitespace(text)); }

// At commas outside parentheses.
std::vector<std::string> Terms(const std::string& text) {
  std::vector<std::string> terms;
  std::string term;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) {
      terms.push_back(Trim(std::exchange(term, "")));
    } else {
      term.push_back(c);
    }
  }
  if (!Trim(term).empty()) terms.push_back(Trim(term));
  return terms;
}

struct Comparison {
  std::string key;
  std::string value;
  bool equal = true;
};

std::optional<Comparison> ParseComparison(const std::string& term) {
  size_t at = term.find("!=");
  if (at != std::string::npos)
    return Comparison{Trim(term.substr(0, at)), Trim(term.substr(at + 2)), false};
  at = term.find('=');
  if (at == std::string::npos) return std::nullopt;
  const size_t width = term.substr(at, 2) == "==" ? 2 : 1;
  return Comparison{Trim(term.substr(0, at)), Trim(term.substr(at + width)), true};
}

std::optional<std::string> Label(const json& object, const std::string& key) {
  const json::json_pointer labels("/metadata/labels");
  if (!object.contains(labels)) return std::nullopt;
  const json& all = object[labels];
  const auto found = all.find(key);
  if (found == all.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::string FieldAt(const json& object, const std::string& path) {
  const json* at = &object;
  const std::vector<std::string> keys = absl::StrSplit(path, '.');
  for (const std::string& key : keys) {
    if (!at->is_object() || !at->contains(key)) return "";
    at = &at->at(key);
  }
  return at->is_string() ? at->get<std::string>() : at->dump();
}

// key in (a, b), key notin (a, b)
std::optional<FakeSelector> ParseSet(const std::string& term) {
  const size_t open = term.find('(');
  if (open == std::string::npos || term.back() != ')') return std::nullopt;
  const std::vector<std::string> head =
      absl::StrSplit(Trim(term.substr(0, open)), ' ', absl::SkipEmpty());
  if (head.size() != 2 || (head[1] != "in" && head[1] != "notin")) return std::nullopt;
  std::vector<std::string> values =
      absl::StrSplit(term.substr(open + 1, term.size() - open - 2), ',');
  for (std::string& value : values) value = Trim(value);
  return [key = head[0], in = head[1] == "in", values](const json& object) {
    const std::optional<std::string> label = Label(object, key);
    const bool found = label && std::find(values.begin(), values.end(), *label) != values.end();
    return found == in;
  };
}

std::optional<FakeSelector> ParseLabelTerm(const std::string& term) {
  if (term.find('(') != std::string::npos) return ParseSet(term);
  if (const std::optional<Comparison> compare = ParseComparison(term)) {
    return [compare = *compare](const json& object) {
      return (Label(object, compare.key) == compare.value) == compare.equal;
    };
  }
  const bool absent = term.front() == '!';
  const std::string key = Trim(absent ? term.substr(1) : term);
  if (key.find(' ') != std::string::npos) return std::nullopt;
  return [key, absent](const json& object) { return Label(object, key).has_value() != absent; };
}

std::optional<FakeSelector> ParseFieldTerm(const std::string& term) {
  const std::optional<Comparison> compare = ParseComparison(term);
  if (!compare) return std::nullopt;
  return [compare = *compare](const json& object) {
    return (FieldAt(object, compare.key) == compare.value) == compare.equal;
  };
}

std::optional<FakeSelector> ParseAll(
    const std::string& text,
    const std::function<std::optional<FakeSelector>(const std::string&)>& parse) {
  std::vector<FakeSelector> all;
  for (const std::string& term : Terms(text)) {
    std::optional<FakeSelector> one = term.empty() ? std::nullopt : parse(term);
    if (!one) return std::nullopt;
    all.push_back(*std::move(one));
  }
  return [all](const json& object) {
    return std::all_of(all.begin(), all.end(), [&](const auto& one) { return one(object); });
  };
}

}  // namespace

std::optional<FakeSelector> ParseFakeLabelSelector(const std::string& text) {
  return ParseAll(text, ParseLabelTerm);
}

std::optional<FakeSelector> ParseFakeFieldSelector(const std::string& text) {
  return ParseAll(text, ParseFieldTerm);
}

}  // namespace eventreactor::kube
