#include "services/local-adapter/container_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "libs/domain/convert.h"
#include "libs/domain/naming.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_env.h"
#include "services/local-adapter/container_fields.h"

namespace eventreactor::local {
namespace {

// The longest name that a file may have.
constexpr size_t kMaxFileName = 255;

absl::Status Unavailable(const std::string& field) {
  return InvalidField(field, "not available on one machine", "NOT_AVAILABLE");
}

std::string CompletionText(v1::Completion completion) {
  switch (completion) {
    case v1::COMPLETION_SUCCESS:
      return "success";
    case v1::COMPLETION_FAILURE:
      return "failure";
    case v1::COMPLETION_NEUTRAL:
      return "neutral";
    case v1::COMPLETION_UNKNOWN:
      return "unknown";
    default:
      return "";
  }
}

// What every container is told. The Event's own text goes in as it is:
// a "$(...)" that a sender wrote is not expanded.
Environment EventEnvironment(const v1::Action& action, const v1::Event& event) {
  const v1::ActionSpec& spec = action.spec();
  Environment environment;
  environment.Set("HOME", kHome);
  environment.Set("ER_EVENT_NAME", spec.event().name());
  environment.Set("ER_EVENT_TYPE", spec.event().type());
  environment.Set("ER_EVENT_SOURCE", spec.event().source());
  environment.Set("ER_EVENT_SUBJECT", event.spec().subject());
  environment.Set("ER_PIPELINE_NAME", spec.pipeline().name());
  if (spec.has_upstream()) {
    environment.Set("ER_UPSTREAM_NAME", spec.upstream().name());
    environment.Set("ER_UPSTREAM_STATUS", CompletionText(spec.upstream().status()));
    environment.Set("ER_UPSTREAM_PIPELINE", spec.upstream().pipeline());
    environment.Set("ER_UPSTREAM_VIA", absl::StrJoin(spec.upstream().via(), ","));
  }
  return environment;
}

absl::StatusOr<std::vector<TarEntry>> EventFiles(const v1::Event& event) {
  const v1::EventSpec& spec = event.spec();
  std::vector<TarEntry> files = {
      {".event/", "", 0755},
      {".event/id", spec.id()},
      {".event/time", spec.time()},
      {".event/type", spec.type()},
      {".event/source", spec.source()},
      {".event/subject", spec.subject()},
      {".event/content-type", spec.content_type()},
      {".event/data", EventData(event)},
      {".event/extensions/", "", 0755},
  };
  std::vector<TarEntry> extensions;
  for (const auto& [name, value] : spec.extensions()) {
    // It becomes a file's name: nothing but what CloudEvents allows.
    const bool valid = !name.empty() && name.size() <= kMaxFileName &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                       });
    if (!valid) {
      return InvalidField("event.spec.extensions",
                          "\"" + name.substr(0, kMaxFileName) +
                              "\" is no name of an extension attribute: expected at most 255 "
                              "lower-case letters and digits");
    }
    extensions.push_back({".event/extensions/" + name, value});
  }
  std::sort(extensions.begin(), extensions.end(),
            [](const TarEntry& a, const TarEntry& b) { return a.name < b.name; });
  files.insert(files.end(), extensions.begin(), extensions.end());
  return files;
}

absl::Status CheckBuild(const v1::BuildSpec& build) {
  if (build.has_template_()) return Unavailable("template");
  if (!build.service_account_name().empty()) return Unavailable("serviceAccountName");
  if (!build.volumes().empty()) return Unavailable("volumes");
  if (build.has_source() && !build.sources().empty()) {
    return InvalidField("source", "not together with sources");
  }
  if (build.steps().empty()) return InvalidField("steps", "at least one is required");
  return absl::OkStatus();
}

absl::Status CheckSource(const v1::SourceSpec& source) {
  if (source.has_git()) return Unavailable("git");
  if (source.has_gcs()) return Unavailable("gcs");
  if (!source.has_custom()) return InvalidField("custom", "required");
  if (!source.sub_path().empty()) return Unavailable("subPath");
  if (!source.target_path().empty()) {
    return InvalidField("targetPath", "means nothing for custom, which fills /workspace by itself");
  }
  return absl::OkStatus();
}

// Gathers the containers, in order.
class Planner {
 public:
  Planner(Environment environment, const PlanOptions& options)
      : environment_(std::move(environment)), options_(options) {}

  absl::Status AddSource(const v1::SourceSpec& source, bool named) {
    if (absl::Status status = CheckSource(source); !status.ok()) return status;
    if (named && source.name().empty()) return InvalidField("name", "required in sources");
    const std::string name = source.name().empty() ? "custom" : source.name();
    return InField("custom", Add(source.custom(), "build-source-", name));
  }

  absl::Status AddStep(const google::protobuf::Struct& step, int index) {
    absl::StatusOr<std::string> name = ReadContainerName(step);
    if (!name.ok()) return name.status();
    if (name->empty()) *name = "unnamed-" + std::to_string(index);
    return Add(step, "build-step-", *name);
  }

  std::vector<PlannedContainer> Take() { return std::move(containers_); }

 private:
  absl::Status Add(const google::protobuf::Struct& fields, const std::string& prefix,
                   const std::string& name) {
    if (!IsDnsLabel(name)) {
      return InvalidField("name", "\"" + name +
                                      "\" is no DNS label: expected at most 63 of a-z, "
                                      "0-9 and -, not beginning or ending with -");
    }
    if (!names_.insert(prefix + name).second) {
      return InvalidField("name", "\"" + name + "\" is given twice");
    }
    absl::StatusOr<PlannedContainer> container = ReadContainer(fields, environment_, options_);
    if (!container.ok()) return container.status();
    container->step = prefix + name;
    containers_.push_back(*std::move(container));
    return absl::OkStatus();
  }

  const Environment environment_;
  const PlanOptions options_;
  std::set<std::string> names_;
  std::vector<PlannedContainer> containers_;
};

std::string Indexed(const char* field, int index) {
  return std::string(field) + "[" + std::to_string(index) + "]";
}

}  // namespace

absl::StatusOr<RunPlan> PlanRun(const v1::Action& action, const v1::Event& event,
                                const PlanOptions& options) {
  const v1::BuildSpec& build = action.spec().build();
  RunPlan plan;
  if (absl::Status status = CheckBuild(build); !status.ok()) return InField("spec", status);
  absl::StatusOr<absl::Duration> timeout = ActionTimeout(build);
  if (!timeout.ok()) return timeout.status();
  plan.timeout = *timeout;
  absl::StatusOr<std::vector<TarEntry>> files = EventFiles(event);
  if (!files.ok()) return files.status();
  plan.files = *std::move(files);

  Planner planner(EventEnvironment(action, event), options);
  if (build.has_source()) {
    absl::Status status = planner.AddSource(build.source(), /*named=*/false);
    if (!status.ok()) return InField("spec.source", status);
  }
  for (int i = 0; i < build.sources_size(); ++i) {
    absl::Status status = planner.AddSource(build.sources(i), /*named=*/true);
    if (!status.ok()) return InField("spec." + Indexed("sources", i), status);
  }
  for (int i = 0; i < build.steps_size(); ++i) {
    absl::Status status = planner.AddStep(build.steps(i), i);
    if (!status.ok()) return InField("spec." + Indexed("steps", i), status);
  }
  plan.containers = planner.Take();
  return plan;
}

}  // namespace eventreactor::local
