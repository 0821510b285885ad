#include "libs/domain/run_containers.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/build_check.h"
#include "libs/domain/container_check.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

std::string NameOf(const v1::SourceSpec& source) {
  if (!source.name().empty()) return absl::StrCat(kSourcePrefix, source.name());
  const char* kind = source.has_git() ? "git" : source.has_gcs() ? "gcs" : "custom";
  return absl::StrCat(kSourcePrefix, kind);
}

std::string NameOf(const google::protobuf::Struct& step, int index) {
  const std::string name = StringField(step, "name");
  return name.empty() ? absl::StrCat(kStepPrefix, "unnamed-", index)
                      : absl::StrCat(kStepPrefix, name);
}

absl::Status CheckSource(const RunContainer& container) {
  if (!container.source->has_custom() || container.source->target_path().empty()) {
    return absl::OkStatus();
  }
  return InvalidField(absl::StrCat(container.field, ".targetPath"),
                      "means nothing for custom, which fills /workspace by itself");
}

}  // namespace

absl::StatusOr<std::vector<RunContainer>> RunContainers(const v1::BuildSpec& build) {
  if (build.has_template_()) {
    return InvalidField("spec.template", "has not been applied; its steps are not known");
  }
  if (absl::Status status = CheckBuild(build); !status.ok()) return InField("spec", status);
  std::vector<RunContainer> containers;
  containers.reserve(static_cast<size_t>(build.sources_size() + build.steps_size()) + 1);
  if (build.has_source()) {
    containers.push_back({NameOf(build.source()), "spec.source", &build.source()});
  }
  for (int i = 0; i < build.sources_size(); ++i) {
    const v1::SourceSpec& source = build.sources(i);
    containers.push_back({NameOf(source), absl::StrCat("spec.sources[", i, "]"), &source});
  }
  for (int i = 0; i < build.steps_size(); ++i) {
    const google::protobuf::Struct& step = build.steps(i);
    containers.push_back({NameOf(step, i), absl::StrCat("spec.steps[", i, "]"), nullptr, &step});
  }
  std::set<std::string> names;
  for (const RunContainer& container : containers) {
    if (container.source != nullptr) {
      if (absl::Status status = CheckSource(container); !status.ok()) return status;
    }
    // A step may be called what a step without a name is called.
    if (!names.insert(container.name).second) {
      return InvalidField(absl::StrCat(container.field, ".name"),
                          absl::StrCat(cloudevents::Quoted(container.name),
                                       " is another container's name; expected one of its own"));
    }
  }
  return containers;
}

}  // namespace eventreactor
