// Manifest files to documents, and documents to resources.
#include <utility>

#include "libs/manifest/field_path.h"
#include "libs/manifest/json_reader.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/refusal.h"
#include "libs/manifest/yaml_reader.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using manifest::YamlDocument;
using nlohmann::json;

// The number of the field, or of the closest thing around it that has one.
int NumberOf(const std::map<std::string, int>& numbers, std::string path, int otherwise) {
  while (!path.empty()) {
    const auto found = numbers.find(path);
    if (found != numbers.end()) return found->second;
    const size_t end = path.find_last_of(".[");
    path.resize(end == std::string::npos ? 0 : end);
  }
  return otherwise;
}

absl::Status AtLine(int line, const absl::Status& status) {
  return MakeStatus(status.code(), Reason(status),
                    "line " + std::to_string(line) + ": " + Message(status), Field(status));
}

absl::StatusOr<std::string> TakeString(json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) {
    return InvalidField(key,
                        std::string("is missing; a manifest begins with apiVersion: ") +
                            kApiVersion + " and a kind",
                        "BAD_MANIFEST");
  }
  if (!found->is_string() || found->get_ref<const std::string&>().empty()) {
    return manifest::Expected(key, "a string", *found);
  }
  auto value = found->get<std::string>();
  object.erase(found);
  return value;
}

// The numbers of what stands below `path`, as if that were the document.
std::map<std::string, int> NumbersBelow(const std::map<std::string, int>& lines,
                                        const std::string& path) {
  std::map<std::string, int> below;
  const std::string prefix = path + ".";
  for (auto it = lines.lower_bound(prefix); it != lines.end() && it->first.starts_with(prefix);
       ++it) {
    below.emplace(it->first.substr(prefix.size()), it->second);
  }
  return below;
}

using Documents = std::vector<absl::StatusOr<Document>>;

void AddDocument(YamlDocument read, Documents& documents);

absl::Status AddItems(const YamlDocument& list, Documents& documents) {
  const auto items = list.root.find("items");
  if (items == list.root.end() || !items->is_array()) {
    return AtLine(list.line, InvalidField("items", "is missing; a List has a list of items"));
  }
  for (size_t i = 0; i < items->size(); ++i) {
    const std::string path = manifest::Below("items", i);
    YamlDocument item = {(*items)[i], NumberOf(list.lines, path, list.line),
                         NumbersBelow(list.lines, path), NumbersBelow(list.columns, path)};
    AddDocument(std::move(item), documents);
  }
  return absl::OkStatus();
}

// Adds what a YAML document holds: one, or those of a List.
absl::Status AddWhole(YamlDocument read, Documents& documents) {
  if (!read.root.is_object()) {
    return AtLine(read.line,
                  manifest::Expected("", "an object with apiVersion and kind", read.root));
  }
  Document document;
  document.line = read.line;
  for (const auto& [key, value] :
       {std::pair("apiVersion", &document.api_version), std::pair("kind", &document.kind)}) {
    absl::StatusOr<std::string> text = TakeString(read.root, key);
    if (!text.ok()) return AtLine(NumberOf(read.lines, key, read.line), text.status());
    *value = *std::move(text);
  }
  if (document.kind == "List") return AddItems(read, documents);
  document.body = read.root.dump();
  document.lines = std::move(read.lines);
  document.columns = std::move(read.columns);
  documents.emplace_back(std::move(document));
  return absl::OkStatus();
}

void AddDocument(YamlDocument read, Documents& documents) {
  absl::Status status = AddWhole(std::move(read), documents);
  if (!status.ok()) documents.emplace_back(std::move(status));
}

}  // namespace

absl::StatusOr<Documents> ParseEachManifest(const std::string& text) {
  absl::StatusOr<std::vector<YamlDocument>> read = manifest::ReadYaml(text);
  if (!read.ok()) return read.status();
  Documents documents;
  for (YamlDocument& document : *read) AddDocument(std::move(document), documents);
  return documents;
}

absl::StatusOr<std::vector<Document>> ParseManifests(const std::string& text) {
  absl::StatusOr<Documents> read = ParseEachManifest(text);
  if (!read.ok()) return read.status();
  std::vector<Document> documents;
  documents.reserve(read->size());
  for (absl::StatusOr<Document>& document : *read) {
    if (!document.ok()) return document.status();
    documents.push_back(*std::move(document));
  }
  return documents;
}

Position PositionOf(const Document& document, const std::string& path) {
  return {NumberOf(document.lines, path, document.line), NumberOf(document.columns, path, 1)};
}

absl::StatusOr<v1::Pipeline> ParsePipeline(const Document& document) {
  const auto refuse = [&](const char* field, const std::string& got, const std::string& want) {
    return AtLine(NumberOf(document.lines, field, document.line),
                  manifest::Expected(field, want, json(got)));
  };
  if (document.api_version != kApiVersion) {
    return refuse("apiVersion", document.api_version, kApiVersion);
  }
  if (document.kind != "Pipeline") return refuse("kind", document.kind, "Pipeline");
  v1::Pipeline pipeline;
  const json body = json::parse(document.body, nullptr, /*allow_exceptions=*/false);
  absl::Status status = FromJson(body, pipeline);
  if (!status.ok()) {
    return AtLine(NumberOf(document.lines, Field(status), document.line), status);
  }
  return pipeline;
}

}  // namespace eventreactor
