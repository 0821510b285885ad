// The checks stop at the first error; so the field at fault is mended in a
// copy, and the checks run again.
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/validate/problems.h"
#include "libs/domain/matching.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using nlohmann::json;

constexpr size_t kMostErrors = 50;
// How often one copy is mended.
constexpr int kMostMends = 200;

// A path such as spec.steps[0].env["a.b"] in its parts; numbers are indexes.
std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '.') {
      ++at;
      continue;
    }
    if (path[at] == '[') {
      const size_t end = path.find(']', at);
      std::string part = path.substr(at + 1, end == std::string::npos ? end : end - at - 1);
      if (part.size() >= 2 && part.front() == '"') part = part.substr(1, part.size() - 2);
      parts.push_back(std::move(part));
      at = end == std::string::npos ? path.size() : end + 1;
      continue;
    }
    const size_t end = std::min(path.find_first_of(".[", at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end;
  }
  return parts;
}

// What stands there; null if nothing does.
json* Find(json& root, const std::vector<std::string>& parts) {
  json* at = &root;
  for (const std::string& part : parts) {
    size_t index = 0;
    if (at->is_array() && absl::SimpleAtoi(part, &index) && index < at->size()) {
      at = &(*at)[index];
    } else if (at->is_object() && at->contains(part)) {
      at = &(*at)[part];
    } else {
      return nullptr;
    }
  }
  return at;
}

// What is right in that place, where something has to be; null otherwise.
json StockFor(const std::vector<std::string>& parts) {
  json step = {{"image", "image"}};
  static constexpr char kSteps[] = "steps";
  if (parts == std::vector<std::string>{"metadata"}) return {{"name", "name"}};
  if (parts == std::vector<std::string>{"metadata", "name"}) return "name";
  if (parts.empty() || parts[0] != "spec") return nullptr;
  json trigger = {{"event", {{"type", "type"}}}};
  if (parts.size() == 1) return {{kSteps, json::array({step})}, {"trigger", trigger}};
  if (parts[1] == "trigger") {
    if (parts.size() == 2) return trigger;
    if (parts.size() == 3 && parts[2] == "event") return trigger["event"];
    if (parts.size() == 4 && parts[2] == "event" && parts[3] == "type") return "type";
    return nullptr;
  }
  if (parts[1] != kSteps) return nullptr;
  if (parts.size() == 2) return json::array({step});
  if (parts.size() == 3) return step;
  return parts.size() == 4 && parts[3] == "image" ? json("image") : json(nullptr);
}

// The name in `is unknown; did you mean "steps"?`; empty if there is none.
std::string Suggestion(const std::string& message) {
  constexpr char kBefore[] = "did you mean \"";
  const size_t begin = message.find(kBefore);
  if (begin == std::string::npos) return "";
  const size_t name = begin + sizeof(kBefore) - 1;
  return message.substr(name, message.find('"', name) - name);
}

// Mends what stands at `parts`: gives it its stock value, or removes it. A
// list's item cannot be removed without moving the others, so its list goes.
// False if there is nothing left to mend.
bool Mend(json& root, std::vector<std::string> parts) {
  while (!parts.empty()) {
    json stock = StockFor(parts);
    const std::string last = parts.back();
    parts.pop_back();
    json* parent = Find(root, parts);
    if (parent == nullptr) continue;
    size_t index = 0;
    if (parent->is_array() && absl::SimpleAtoi(last, &index) && index < parent->size()) {
      if (stock.is_null()) continue;
      if ((*parent)[index] == stock) continue;
      (*parent)[index] = std::move(stock);
      return true;
    }
    if (!parent->is_object()) continue;
    if (!stock.is_null()) {
      if (parent->contains(last) && (*parent)[last] == stock) continue;
      (*parent)[last] = std::move(stock);
      return true;
    }
    if (parent->erase(last) > 0) return true;
  }
  return false;
}

// The first error of it.
absl::Status FirstError(const json& body) {
  v1::Pipeline pipeline;
  if (absl::Status status = FromJson(body, pipeline); !status.ok()) return status;
  return Matcher::Compile(pipeline).status();
}

bool IsWithin(const std::string& field, const std::string& around) {
  return field == around || absl::StartsWith(field, around + ".") ||
         absl::StartsWith(field, around + "[");
}

using Renames = std::vector<std::pair<std::string, std::string>>;

// The field as the file has it.
std::string Original(const std::string& field, const Renames& renamed) {
  for (auto each = renamed.rbegin(); each != renamed.rend(); ++each) {
    if (IsWithin(field, each->first)) return each->second + field.substr(each->first.size());
  }
  return field;
}

}  // namespace

std::vector<FieldError> AllErrors(const Document& document) {
  json body = json::parse(document.body, nullptr, false);
  std::vector<FieldError> errors;
  std::map<std::string, int> times;
  // Mistyped names that were put right, as they are and as they were.
  Renames renamed;
  for (int mends = 0; mends < kMostMends && errors.size() < kMostErrors; ++mends) {
    const absl::Status status = FirstError(body);
    if (status.ok()) break;
    const std::string field = Field(status);
    std::string message = Message(status);
    if (absl::StartsWith(message, field + ": ")) message = message.substr(field.size() + 2);
    // What is missing because it was mended away is no error of the file.
    bool known = false;
    for (const FieldError& error : errors) known = known || IsWithin(error.field, field);
    if (!known) errors.push_back({field, message, Original(field, renamed)});
    auto parts = PartsOf(field);
    const std::string meant =
        Reason(status) == "UNKNOWN_FIELD" ? Suggestion(message) : std::string();
    if (!meant.empty() && !parts.empty()) {
      const std::string name = parts.back();
      std::vector<std::string> above(parts.begin(), parts.end() - 1);
      json* parent = Find(body, above);
      if (parent != nullptr && parent->is_object() && parent->contains(name) &&
          !parent->contains(meant)) {
        json value = std::move((*parent)[name]);
        parent->erase(name);
        (*parent)[meant] = std::move(value);
        const std::string around = field.substr(0, field.size() - name.size());
        renamed.emplace_back(absl::StrCat(around, meant), Original(field, renamed));
        continue;
      }
    }
    // What does not get better goes with what is around it.
    const int again = times[field]++;
    for (int i = 0; i < again && !parts.empty(); ++i) parts.pop_back();
    if (!Mend(body, std::move(parts))) break;
  }
  return errors;
}

}  // namespace eventreactor::cli
