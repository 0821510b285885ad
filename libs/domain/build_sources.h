// What the containers that fetch git and gcs sources are told, whichever
// executor runs them. Pure.
#pragma once

#include <string>
#include <vector>

#include "eventreactor/v1/build.pb.h"

namespace eventreactor {

// Takes --type, --location and --dest_dir.
inline constexpr char kDefaultGcsImage[] = "gcr.io/cloud-builders/gcs-fetcher:latest";

// Where the source's files go: /workspace, or its targetPath below that.
std::string SourceDirectory(const v1::SourceSpec& source);

// Of `eventreactor-tool`, to be taken literally.
std::vector<std::string> GitArguments(const v1::SourceSpec& source);

// Of the gcs image, to be taken literally.
std::vector<std::string> GcsArguments(const v1::SourceSpec& source);

// The path that the steps get as their /workspace; empty: all of it.
std::string StepsSubPath(const v1::BuildSpec& build);

}  // namespace eventreactor
