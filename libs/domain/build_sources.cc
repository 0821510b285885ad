#include "libs/domain/build_sources.h"

#include "absl/strings/str_cat.h"
#include "libs/domain/event_context.h"

namespace eventreactor {

std::string SourceDirectory(const v1::SourceSpec& source) {
  return source.target_path().empty() ? std::string(kWorkspace)
                                      : absl::StrCat(kWorkspace, "/", source.target_path());
}

std::vector<std::string> GitArguments(const v1::SourceSpec& source) {
  return {"git", absl::StrCat("--url=", source.git().url()),
          absl::StrCat("--revision=", source.git().revision()),
          absl::StrCat("--directory=", SourceDirectory(source))};
}

std::vector<std::string> GcsArguments(const v1::SourceSpec& source) {
  return {"--type",     source.gcs().type(),    "--location", source.gcs().location(),
          "--dest_dir", SourceDirectory(source)};
}

std::string StepsSubPath(const v1::BuildSpec& build) {
  if (build.has_source()) return build.source().sub_path();
  // CheckBuild sees to it that no other one has it.
  for (const v1::SourceSpec& source : build.sources()) {
    if (!source.sub_path().empty()) return source.sub_path();
  }
  return "";
}

}  // namespace eventreactor
