#include "cli/validate/mend.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace eventreactor::cli {
namespace {

using nlohmann::json;
using Parts = std::vector<std::string>;

// An item of such a list that is right, whatever its neighbours are.
json StockItem(const Parts& parts) {
  if (parts.size() < 2) return nullptr;
  const std::string& index = parts.back();
  const std::string& list = parts[parts.size() - 2];
  if (list == "steps") return {{"image", "image"}};
  if (list == "sources") {
    return {{"name", absl::StrCat("mended-", index)}, {"custom", {{"image", "image"}}}};
  }
  if (list == "volumes" || list == "arguments") {
    return {{"name", absl::StrCat("mended-", index)}};
  }
  if (list == "env") return {{"name", "NAME"}};
  if (list == "envFrom") return {{"configMapRef", {{"name", "name"}}}};
  if (list == "matchExpressions") return {{"key", "key"}, {"operator", "Exists"}};
  if (list == "command" || list == "args" || list == "add" || list == "drop") return "text";
  return nullptr;
}

// What is right in that place, where something has to be; null otherwise.
json StockFor(const Parts& parts) {
  const json step = {{"image", "image"}};
  if (parts == Parts{"metadata"}) return {{"name", "name"}};
  if (parts == Parts{"metadata", "name"}) return "name";
  if (parts.empty() || parts[0] != "spec") return nullptr;
  json trigger = {{"event", {{"type", "type"}}}};
  if (parts.size() == 1) return {{"steps", json::array({step})}, {"trigger", trigger}};
  if (parts == Parts{"spec", "trigger"}) return trigger;
  if (parts == Parts{"spec", "trigger", "event"}) return trigger["event"];
  if (parts == Parts{"spec", "trigger", "event", "type"}) return "type";
  if (parts == Parts{"spec", "template"}) return {{"name", "name"}};
  if (parts == Parts{"spec", "template", "name"}) return "name";
  if (parts == Parts{"spec", "steps"}) return json::array({step});
  const std::string& last = parts.back();
  if (last == "git") return {{"url", "url"}};
  if (parts.size() < 4) return nullptr;
  const std::string& list = parts[parts.size() - 3];
  if (last == "image") return "image";
  const bool is_named = list == "sources" || list == "volumes" || list == "arguments";
  if (last == "name" && is_named) return absl::StrCat("mended-", parts[parts.size() - 2]);
  if (last == "name" && list == "env") return "NAME";
  return nullptr;
}

// The same two of a document.
json StockItemOfDocument(const Parts& parts) {
  if (parts.size() < 2) return nullptr;
  const std::string& list = parts[parts.size() - 2];
  if (list == "steps") return {{"image", "image"}};
  if (list == "parameters" || list == "secrets") {
    return {{"name", absl::StrCat("mended-", parts.back())}};
  }
  return nullptr;
}

json StockForDocument(const Parts& parts, bool is_there) {
  const json step = {{"image", "image"}};
  if (parts == Parts{"metadata"}) return {{"name", "name"}};
  if (parts == Parts{"metadata", "name"}) return "name";
  if (parts == Parts{"spec"}) return {{"steps", json::array({step})}};
  if (parts == Parts{"spec", "steps"}) return json::array({step});
  // A key that its type asks for: any text, and base64 too.
  if (parts.size() == 2 && parts[0] == "data" && !is_there) return "";
  if (parts.size() < 3) return nullptr;
  const std::string& list = parts[parts.size() - 3];
  if (parts.back() == "image" && list == "steps") return "image";
  if (parts.back() == "name" && (list == "parameters" || list == "secrets")) {
    return absl::StrCat("mended-", parts[parts.size() - 2]);
  }
  return nullptr;
}

// The first `count` parts of it.
std::string Begin(std::string path, size_t count) {
  while (PartsOf(path).size() > count) path.resize(path.find_last_of(".["));
  return path;
}

}  // namespace

Parts PartsOf(const std::string& path) {
  Parts parts;
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

json* Find(json& root, const Parts& parts) {
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

Mended Mend(json& root, const std::string& path, int above, Stock whose) {
  Parts parts = PartsOf(path);
  const size_t whole = parts.size();
  for (int i = 0; i < above && !parts.empty(); ++i) parts.pop_back();
  while (!parts.empty()) {
    const bool is_field = parts.size() == whole;
    const std::string last = parts.back();
    const bool is_there = Find(root, parts) != nullptr;
    const bool of_pipeline = whose == Stock::kPipeline;
    json stock = of_pipeline ? StockFor(parts) : StockForDocument(parts, is_there);
    json item = of_pipeline ? StockItem(parts) : StockItemOfDocument(parts);
    parts.pop_back();
    json* parent = Find(root, parts);
    if (parent == nullptr) continue;
    size_t index = 0;
    json* old = nullptr;
    if (parent->is_array() && absl::SimpleAtoi(last, &index) && index < parent->size()) {
      // Removing it would move the others.
      if (item.is_null()) continue;
      stock = std::move(item);
      old = &(*parent)[index];
    } else if (parent->is_object()) {
      if (stock.is_null() && !parent->contains(last)) continue;
      old = &(*parent)[last];
    } else {
      continue;
    }
    if (*old == stock) continue;
    const bool is_more = is_field ? old->is_structured() && old->size() > 1 : true;
    if (stock.is_null()) {
      parent->erase(last);
    } else {
      *old = std::move(stock);
    }
    return {Begin(path, parts.size() + 1), is_more};
  }
  return {};
}

}  // namespace eventreactor::cli
