#include "cli/manifests.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/manifest_place.h"
#include "libs/domain/document_check.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using nlohmann::json;

absl::Status CheckNamespaceOf(v1::ObjectMeta& metadata, const std::string& ns, bool ns_given) {
  if (metadata.namespace_().empty()) metadata.set_namespace_(ns);
  if (!ns_given || metadata.namespace_() == ns) return absl::OkStatus();
  return InvalidField("metadata.namespace", absl::StrCat("is \"", metadata.namespace_(),
                                                         "\", but --namespace says \"", ns, "\""));
}

absl::StatusOr<FoundManifest> ReadManifest(const Document& document, const std::string& ns,
                                           bool ns_given) {
  FoundManifest found;
  v1::ObjectMeta* metadata = nullptr;
  if (IsDocumentKind(document.kind)) {
    absl::StatusOr<v1::Document> parsed = ParseDocument(document);
    if (!parsed.ok()) return parsed.status();
    metadata = found.document.emplace(*std::move(parsed)).mutable_metadata();
  } else {
    absl::StatusOr<v1::Pipeline> parsed = ParsePipeline(document);
    if (!parsed.ok()) return parsed.status();
    metadata = found.pipeline.emplace(*std::move(parsed)).mutable_metadata();
  }
  if (absl::Status status = CheckNamespaceOf(*metadata, ns, ns_given); !status.ok()) return status;
  return found;
}

}  // namespace

absl::StatusOr<v1::Document> ParseDocument(const Document& document) {
  v1::Document parsed;
  parsed.set_api_version(document.api_version);
  parsed.set_kind(document.kind);
  json body = json::parse(document.body, nullptr, /*allow_exceptions=*/false);
  const auto metadata = body.find("metadata");
  if (metadata == body.end() || !metadata->is_object()) {
    return InvalidField("metadata", "is missing, or no object; expected one with a name");
  }
  absl::Status status = InField("metadata", FromJson(*metadata, *parsed.mutable_metadata()));
  if (!status.ok()) return status;
  body.erase("metadata");
  status = manifest::ReadStruct("", body, *parsed.mutable_body());
  if (!status.ok()) return status;
  return parsed;
}

json DocumentToManifest(const v1::Document& document) {
  json shown = {{"apiVersion", document.api_version()},
                {"kind", document.kind()},
                {"metadata", ToJson(document.metadata())}};
  shown.update(manifest::StructToJson(document.body()));
  return shown;
}

absl::StatusOr<std::vector<FoundManifest>> ReadManifests(const std::vector<ManifestText>& texts,
                                                         const std::string& ns, bool ns_given) {
  std::vector<FoundManifest> found;
  for (const ManifestText& read : texts) {
    const auto documents = ParseManifests(read.text);
    if (!documents.ok()) return AtPlace(read.file, documents.status());
    for (const Document& document : *documents) {
      absl::StatusOr<FoundManifest> each = ReadManifest(document, ns, ns_given);
      if (!each.ok()) return AtPlace(read.file, document, each.status());
      each->file = read.file;
      each->source = document;
      found.push_back(*std::move(each));
    }
  }
  if (!found.empty()) return found;
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_FILE",
                    absl::StrCat(texts.empty() ? "" : texts.front().file, ": no manifest in it"));
}

}  // namespace eventreactor::cli
