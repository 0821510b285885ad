// Pipelines from the files, directories and streams that -f names.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

struct FoundPipeline {
  v1::Pipeline pipeline;
  // Where it was read, for what is said of it later.
  std::string file;
  Document document;
};

struct ManifestText {
  // What it is called in errors.
  std::string file;
  std::string text;
};

// The files of `paths` in order. A path is a file, a directory (its *.yaml,
// *.yml and *.json, by name, not deeper), or - for stdin.
absl::StatusOr<std::vector<ManifestText>> ReadManifestTexts(const std::vector<std::string>& paths);

// All Pipelines of them in order, before anything is done with one: an error
// in the last file leaves nothing half applied. `ns` goes into those that name
// no namespace; with `ns_given`, one that names another is an error. Errors
// name file, line and column.
absl::StatusOr<std::vector<FoundPipeline>> ReadPipelines(const std::vector<ManifestText>& texts,
                                                         const std::string& ns, bool ns_given);

// How large a manifest file may be, in bytes.
inline constexpr size_t kMaxManifest = size_t{4} << 20;

// The files that a path of -f means, in order.
absl::StatusOr<std::vector<std::string>> ManifestFilesOf(const std::string& path);

// A whole file, or stdin for -. INVALID_ARGUMENT beyond `max_bytes`.
absl::StatusOr<std::string> ReadInput(const std::string& path, size_t max_bytes);

}  // namespace eventreactor::cli
