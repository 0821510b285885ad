// What `reactorctl apply` takes: Pipelines, and the documents that they refer
// to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/document.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

// Exactly one of the two is there.
struct FoundManifest {
  std::optional<v1::Pipeline> pipeline;
  std::optional<v1::Document> document;
  std::string place;  // FILE:LINE of it, for what is said of it later
};

// Whether a manifest of that kind is a document.
bool IsDocumentKind(const std::string& kind);

// Whatever kind it has. Errors name the field.
absl::StatusOr<v1::Document> ParseDocument(const Document& document);

// As kubectl would print it.
nlohmann::json DocumentToManifest(const v1::Document& document);

// As ReadPipelines.
absl::StatusOr<std::vector<FoundManifest>> ReadManifests(const std::vector<std::string>& paths,
                                                         const std::string& ns, bool ns_given);

}  // namespace eventreactor::cli
