// What `reactorctl apply` takes: Pipelines, and the documents that they refer
// to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/manifest_files.h"
#include "eventreactor/v1/document.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

// Exactly one of the two is there.
struct FoundManifest {
  std::optional<v1::Pipeline> pipeline;
  std::optional<v1::Document> document;
  // Where it was read, for what is said of it later.
  std::string file;
  Document source;
};

// Whatever kind it has. Errors name the field.
absl::StatusOr<v1::Document> ParseDocument(const Document& document);

// As kubectl would print it.
nlohmann::json DocumentToManifest(const v1::Document& document);

// As ReadPipelines.
absl::StatusOr<std::vector<FoundManifest>> ReadManifests(const std::vector<ManifestText>& texts,
                                                         const std::string& ns, bool ns_given);

}  // namespace eventreactor::cli
