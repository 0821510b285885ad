#include "libs/manifest/yaml_reader.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "libs/manifest/json_reader.h"
#include "libs/manifest/yaml_builder.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::manifest {
namespace {

constexpr size_t kMaxBytes = 4 << 20;

absl::Status Refuse(int line, int column, const std::string& why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_YAML",
                    "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
                        ValidUtf8(why, 512));
}

// yaml-cpp counts from 0.
absl::Status Refuse(const YAML::Mark& mark, const std::string& why) {
  return Refuse(std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1, why);
}

absl::Status CheckText(const std::string& text) {
  if (text.size() > kMaxBytes) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "TOO_LARGE",
                      "the manifest has " + std::to_string(text.size()) +
                          " bytes, more than 4 MiB; divide it into several");
  }
  // YAML's other encodings have NULs, and yaml-cpp would not check what it makes of them.
  const size_t bad = std::min(FindInvalidUtf8(text), text.find('\0'));
  if (bad == std::string::npos) return absl::OkStatus();
  const auto before = text.begin() + static_cast<std::ptrdiff_t>(bad);
  const auto line = std::count(text.begin(), before, '\n') + 1;
  const size_t newline = text.rfind('\n', bad);
  const size_t column = bad - (newline == std::string::npos ? 0 : newline + 1) + 1;
  return Refuse(static_cast<int>(line), static_cast<int>(column),
                text[bad] == '\0' ? "a NUL byte, as UTF-16 and UTF-32 have them; expected UTF-8"
                                  : "not UTF-8");
}

std::string LineAt(const std::string& text, int line) {
  size_t begin = 0;
  for (int i = 0; i < line && begin != std::string::npos; ++i) {
    begin = text.find('\n', begin);
    if (begin != std::string::npos) ++begin;
  }
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find('\n', begin) - begin);
}

// What yaml-cpp says of a map that does not hold together tells nobody what to
// mend.
std::string WithHint(const std::string& text, const YAML::Mark& mark, const std::string& message) {
  const std::string line = LineAt(text, mark.line);
  const std::string indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string::npos) {
    return message + "; YAML is indented with spaces, not tabs";
  }
  const size_t colon = line.find(": ");
  if (message == "illegal map value" && colon < static_cast<size_t>(std::max(mark.column, 0))) {
    return message + "; a value that holds a colon and a blank needs quotes";
  }
  const bool is_indent = message == "illegal map value" || message == "end of map not found" ||
                         message == "end of sequence not found";
  return is_indent ? message + "; look at the indentation of this line and those above" : message;
}

// What was read as JSON already, with positions: most JSON is YAML too.
void TakePositions(const std::string& text, YamlDocument& document) {
  std::istringstream stream(text);
  YamlBuilder builder;
  try {
    YAML::Parser(stream).HandleNextDocument(builder);
  } catch (const YamlRefusal&) {
    return;
  } catch (const YAML::Exception&) {
    return;
  }
  if (builder.documents().size() != 1) return;
  YamlDocument& read = builder.documents().front();
  document.line = read.line;
  document.lines = std::move(read.lines);
  document.columns = std::move(read.columns);
}

}  // namespace

absl::StatusOr<std::vector<YamlDocument>> ReadYaml(const std::string& text) {
  absl::Status status = CheckText(text);
  if (!status.ok()) return status;
  // JSON has escapes (surrogate pairs) and indents (tabs) that yaml-cpp lacks.
  if (std::optional<nlohmann::json> json = ReadJson(text)) {
    std::vector<YamlDocument> documents;
    if (!json->is_null()) {
      documents.push_back({*std::move(json), 1, {}, {}});
      TakePositions(text, documents.back());
    }
    return documents;
  }
  std::istringstream stream(text);
  YamlBuilder builder;
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YamlRefusal& refusal) {
    return Refuse(refusal.mark, refusal.what());
  } catch (const YAML::Exception& error) {
    return Refuse(error.mark, WithHint(text, error.mark, error.msg));
  }
  return std::move(builder.documents());
}

}  // namespace eventreactor::manifest
