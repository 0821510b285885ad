#include "cli/manifest_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/manifest_place.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

absl::Status FileError(const std::string& path, const std::string& why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_FILE", path + ": " + why);
}

absl::Status ReadText(const ManifestText& read, const std::string& ns, bool ns_given,
                      std::vector<FoundPipeline>& pipelines) {
  const auto documents = ParseManifests(read.text);
  if (!documents.ok()) return AtPlace(read.file, documents.status());
  if (documents->empty()) return FileError(read.file, "no manifest in it");
  for (const auto& document : *documents) {
    auto pipeline = ParsePipeline(document);
    if (!pipeline.ok()) return AtPlace(read.file, document, pipeline.status());
    auto& metadata = *pipeline->mutable_metadata();
    if (metadata.namespace_().empty()) metadata.set_namespace_(ns);
    if (ns_given && metadata.namespace_() != ns) {
      return AtPlace(
          read.file, document,
          InvalidField("metadata.namespace", "is \"" + metadata.namespace_() +
                                                 "\", but --namespace says \"" + ns + "\""));
    }
    pipelines.push_back({*std::move(pipeline), read.file, document});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ManifestFilesOf(const std::string& path) {
  std::error_code error;
  if (path == "-" || !std::filesystem::is_directory(path, error)) {
    return std::vector<std::string>{path};
  }
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".yml" || extension == ".json") {
      files.push_back(entry.path());
    }
  }
  if (error) return FileError(path, error.message());
  if (files.empty()) return FileError(path, "no *.yaml, *.yml or *.json in this directory");
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::string> ReadInput(const std::string& path, size_t max_bytes) {
  const bool is_stdin = path == "-";
  std::ifstream file;
  if (!is_stdin) {
    errno = 0;
    file.open(path, std::ios::binary);
    if (!file) return FileError(path, std::strerror(errno));
  }
  std::istream& input = is_stdin ? std::cin : file;
  std::string text(max_bytes + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (input.bad()) return FileError(path, "cannot be read; is it a directory?");
  text.resize(static_cast<size_t>(input.gcount()));
  if (text.size() <= max_bytes) return text;
  return FileError(is_stdin ? "stdin" : path,
                   "more than the " + std::to_string(max_bytes) + " bytes allowed");
}

absl::StatusOr<std::vector<ManifestText>> ReadManifestTexts(const std::vector<std::string>& paths) {
  std::vector<ManifestText> texts;
  for (const auto& path : paths) {
    const auto files = ManifestFilesOf(path);
    if (!files.ok()) return files.status();
    for (const auto& file : *files) {
      auto text = ReadInput(file, kMaxManifest);
      if (!text.ok()) return text.status();
      texts.push_back({file == "-" ? "stdin" : file, *std::move(text)});
    }
  }
  return texts;
}

absl::StatusOr<std::vector<FoundPipeline>> ReadPipelines(const std::vector<ManifestText>& texts,
                                                         const std::string& ns, bool ns_given) {
  std::vector<FoundPipeline> pipelines;
  for (const ManifestText& each : texts) {
    const auto status = ReadText(each, ns, ns_given, pipelines);
    if (!status.ok()) return status;
  }
  return pipelines;
}

}  // namespace eventreactor::cli
