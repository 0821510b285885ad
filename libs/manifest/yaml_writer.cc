// JSON as block-style YAML, in the shape that kubectl prints.
#include <nlohmann/json.hpp>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/yaml_scalar.h"
#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

using nlohmann::json;

constexpr int kStep = 2;
// YAML wants a key of more than 1024 characters marked by a question mark.
constexpr size_t kMaxSimpleKey = 1000;

std::string Indent(int depth) { return std::string(static_cast<size_t>(depth), ' '); }

// Whether YAML lets the character stand in a text as it is.
bool IsPrintable(char32_t point) {
  if (point < 0x20 || (point >= 0x7f && point <= 0xa0)) return false;
  if (point == 0x2028 || point == 0x2029 || point == 0xFEFF) return false;
  return (point & 0xFFFE) != 0xFFFE;  // U+FFFE, U+FFFF and their like.
}

std::string Escape(char32_t point) {
  if (point == '\n') return "\\n";
  if (point == '\t') return "\\t";
  const auto number = static_cast<uint32_t>(point);
  return point > 0xFFFF ? absl::StrFormat("\\U%08X", number) : absl::StrFormat("\\u%04X", number);
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const char32_t point = TakeCodePoint(rest);
    if (point == kNoCodePoint) {
      rest.remove_prefix(1);
      out += Escape(0xFFFD);
    } else if (!IsPrintable(point)) {
      out += Escape(point);
    } else {
      if (point == '"' || point == '\\') out += '\\';
      out += before.substr(0, before.size() - rest.size());
    }
  }
  return out + '"';
}

// Whether a text of several lines comes back whole from a block literal. What
// depends on indentation or on blanks that editors drop is better quoted.
bool FitsBlock(const std::string& text) {
  if (text.find('\n') == std::string::npos || text.ends_with("\n\n")) return false;
  if (text.front() == '\n' || text.front() == ' ' || text.front() == '\t') return false;
  const std::string body = text.substr(0, text.size() - (text.back() == '\n' ? 1 : 0));
  for (const auto line : absl::StrSplit(body, '\n')) {
    if (line.empty()) continue;
    if (line.back() == ' ' || line.back() == '\t' || line.front() == '\t') return false;
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const char32_t point = TakeCodePoint(rest);
    if (point == kNoCodePoint || (!IsPrintable(point) && point != '\n' && point != '\t')) {
      return false;
    }
  }
  return true;
}

std::string Block(const std::string& text, int depth) {
  std::string out = text.back() == '\n' ? "|" : "|-";
  const std::string body = text.substr(0, text.size() - (text.back() == '\n' ? 1 : 0));
  for (const auto line : absl::StrSplit(body, '\n')) {
    out += '\n';
    if (!line.empty()) out += Indent(depth) + std::string(line);
  }
  return out;
}

std::string Scalar(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return manifest::IsPlainString(text) ? text : Quoted(text);
  }
  return value.dump();
}

bool IsBlockCollection(const json& value) { return value.is_structured() && !value.empty(); }

// What stands behind "key:" or "-" where that is on the same line.
std::string InLine(const json& value, int depth) {
  if (value.is_string() && FitsBlock(value.get_ref<const std::string&>())) {
    return Block(value.get_ref<const std::string&>(), depth + kStep);
  }
  return Scalar(value);
}

void WriteMap(const json& map, int depth, bool begins_line, std::string& out);

// `begins_line`: the first line's indentation is written already.
void WriteList(const json& list, int depth, bool begins_line, std::string& out) {
  for (const json& item : list) {
    out += (begins_line ? "" : Indent(depth)) + "- ";
    begins_line = false;
    if (!IsBlockCollection(item)) {
      out += InLine(item, depth) + "\n";
    } else if (item.is_array()) {
      WriteList(item, depth + kStep, /*begins_line=*/true, out);
    } else {
      WriteMap(item, depth + kStep, /*begins_line=*/true, out);
    }
  }
}

void WriteMap(const json& map, int depth, bool begins_line, std::string& out) {
  for (const auto& [name, value] : map.items()) {
    out += begins_line ? "" : Indent(depth);
    begins_line = false;
    const std::string key = Scalar(json(name));
    out += key.size() > kMaxSimpleKey ? "? " + key + "\n" + Indent(depth) + ":" : key + ":";
    if (!IsBlockCollection(value)) {
      out += " " + InLine(value, depth) + "\n";
      continue;
    }
    out += "\n";
    if (value.is_array()) {
      WriteList(value, depth, /*begins_line=*/false, out);
    } else {
      WriteMap(value, depth + kStep, /*begins_line=*/false, out);
    }
  }
}

}  // namespace

std::string ToYaml(const json& value) {
  std::string out;
  if (!IsBlockCollection(value)) return Scalar(value) + "\n";
  if (value.is_array()) {
    WriteList(value, 0, /*begins_line=*/false, out);
  } else {
    WriteMap(value, 0, /*begins_line=*/false, out);
  }
  return out;
}

}  // namespace eventreactor
