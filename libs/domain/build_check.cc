#include "libs/domain/build_check.h"

#include <set>
#include <string>

#include "absl/time/time.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/container_check.h"
#include "libs/domain/duration.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using cloudevents::Quoted;

std::string At(const char* list, int index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

absl::Status CheckCount(const char* field, int count) {
  if (count <= kMaxContainers) return absl::OkStatus();
  return InvalidField(field, "has " + std::to_string(count) + " entries; at most " +
                                 std::to_string(kMaxContainers) + " are allowed");
}

// A path that stays below the directory it is taken from.
absl::Status CheckRelativePath(const char* field, const std::string& path) {
  const std::string padded = "/" + path + "/";
  if (path.rfind('/', 0) == 0 || padded.find("/../") != std::string::npos) {
    return InvalidField(field, Quoted(path) +
                                   " leads out; expected a path relative to the source, "
                                   "without ..");
  }
  if (path.find('\0') != std::string::npos) return InvalidField(field, "has a NUL character");
  return absl::OkStatus();
}

absl::Status CheckGcs(const v1::GcsSourceSpec& gcs) {
  if (gcs.type() != "Archive" && gcs.type() != "Manifest") {
    return InvalidField("gcs.type", Quoted(gcs.type()) +
                                        " is unknown; expected Archive or "
                                        "Manifest");
  }
  if (gcs.location().rfind("gs://", 0) != 0) {
    return InvalidField("gcs.location",
                        Quoted(gcs.location()) + " is no gs:// URL; expected gs://bucket/path");
  }
  return absl::OkStatus();
}

absl::Status CheckSource(const v1::SourceSpec& source) {
  const int kinds =
      (source.has_git() ? 1 : 0) + (source.has_gcs() ? 1 : 0) + (source.has_custom() ? 1 : 0);
  if (kinds != 1) {
    return InvalidField("git", "this source has " + std::to_string(kinds) +
                                   " of git, gcs and custom; expected exactly one");
  }
  if (source.has_git() && source.git().url().empty()) {
    return InvalidField("git.url", "is missing; expected anything that git clone takes");
  }
  if (source.has_gcs()) {
    if (absl::Status status = CheckGcs(source.gcs()); !status.ok()) return status;
  }
  if (source.has_custom()) {
    absl::Status status = InField("custom", CheckContainer(source.custom()));
    if (!status.ok()) return status;
  }
  // Its container is named build-source-NAME.
  if (!source.name().empty() && !IsDnsLabel("build-source-" + source.name())) {
    return InvalidField("name", Quoted(source.name()) +
                                    " is no name; expected at most 50 of a-z 0-9 - with a letter "
                                    "or digit at the end");
  }
  if (absl::Status status = CheckRelativePath("subPath", source.sub_path()); !status.ok()) {
    return status;
  }
  return CheckRelativePath("targetPath", source.target_path());
}

absl::Status CheckSources(const v1::BuildSpec& build) {
  if (build.has_source() && build.sources_size() > 0) {
    return InvalidField("sources", "stands beside source; expected only one of them");
  }
  if (build.has_source()) return InField("source", CheckSource(build.source()));
  if (absl::Status status = CheckCount("sources", build.sources_size()); !status.ok()) {
    return status;
  }
  std::set<std::string> names;
  bool has_sub_path = false;
  for (int i = 0; i < build.sources_size(); ++i) {
    const v1::SourceSpec& source = build.sources(i);
    const std::string at = At("sources", i);
    if (absl::Status status = InField(at, CheckSource(source)); !status.ok()) return status;
    if (source.name().empty()) {
      return InvalidField(at + ".name", "is missing; each of several sources needs a name");
    }
    if (!names.insert(source.name()).second) {
      return InvalidField(at + ".name",
                          Quoted(source.name()) + " is taken by a source before; expected another");
    }
    if (has_sub_path && !source.sub_path().empty()) {
      return InvalidField(at + ".subPath",
                          "a source before has one too; steps have only one /workspace");
    }
    has_sub_path = has_sub_path || !source.sub_path().empty();
  }
  return absl::OkStatus();
}

absl::Status CheckSteps(const v1::BuildSpec& build) {
  if (build.steps_size() == 0) {
    return InvalidField("steps",
                        "is empty; expected at least one container with an image, or a "
                        "template");
  }
  if (absl::Status status = CheckCount("steps", build.steps_size()); !status.ok()) return status;
  std::set<std::string> names;
  for (int i = 0; i < build.steps_size(); ++i) {
    const std::string at = At("steps", i);
    absl::Status status = InField(at, CheckContainer(build.steps(i)));
    if (!status.ok()) return status;
    const std::string name = StringField(build.steps(i), "name");
    if (name.empty()) continue;
    // Its container is named build-step-NAME.
    if (!IsDnsLabel("build-step-" + name)) {
      return InvalidField(at + ".name", Quoted(name) +
                                            " is no name; expected at most 52 of a-z 0-9 - with a "
                                            "letter or digit at the end");
    }
    if (!names.insert(name).second) {
      return InvalidField(at + ".name",
                          Quoted(name) + " is taken by a step before; expected another");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTemplate(const v1::TemplateInstantiationSpec& instance) {
  if (!IsDnsSubdomain(instance.name())) {
    return InvalidField("name", Quoted(instance.name()) + " is no BuildTemplate's name");
  }
  const std::string& kind = instance.kind();
  if (!kind.empty() && kind != "BuildTemplate" && kind != "ClusterBuildTemplate") {
    return InvalidField(
        "kind", Quoted(kind) + " is unknown; expected BuildTemplate or ClusterBuildTemplate");
  }
  std::set<std::string> names;
  for (int i = 0; i < instance.arguments_size(); ++i) {
    const std::string& name = instance.arguments(i).name();
    const std::string field = At("arguments", i) + ".name";
    if (name.empty()) return InvalidField(field, "is missing; expected a parameter's name");
    if (!names.insert(name).second) {
      return InvalidField(field, Quoted(name) + " is given twice; expected it once");
    }
  }
  for (int i = 0; i < instance.env_size(); ++i) {
    absl::Status status = InField(At("env", i), CheckEnvVar(instance.env(i)));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckVolumes(const v1::BuildSpec& build) {
  if (absl::Status status = CheckCount("volumes", build.volumes_size()); !status.ok()) {
    return status;
  }
  std::set<std::string> names;
  for (int i = 0; i < build.volumes_size(); ++i) {
    const std::string name = StringField(build.volumes(i), "name");
    const std::string field = At("volumes", i) + ".name";
    if (!IsDnsLabel(name)) {
      return InvalidField(field, Quoted(name) + " is no name; expected at most 63 of a-z 0-9 -");
    }
    if (!names.insert(name).second) {
      return InvalidField(field, Quoted(name) + " is taken by a volume before; expected another");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTimeout(const std::string& timeout) {
  if (timeout.empty()) return absl::OkStatus();
  const absl::StatusOr<absl::Duration> duration = ParseGoDuration(timeout);
  if (!duration.ok()) return InvalidField("timeout", Message(duration.status()));
  if (*duration <= absl::ZeroDuration() || *duration > absl::Hours(24)) {
    return InvalidField("timeout", Quoted(timeout) +
                                       " is out of range; expected more than 0 and at most 24h; "
                                       "leave it out for 10m");
  }
  return absl::OkStatus();
}

absl::Status CheckExecutor(const std::string& executor) {
  if (executor.empty() || executor == "container" || executor == "pod" ||
      executor == "knative-build") {
    return absl::OkStatus();
  }
  return InvalidField("executor", Quoted(executor) +
                                      " is unknown; expected container, pod or knative-build, or "
                                      "nothing for the default");
}

absl::Status CheckPlacement(const v1::BuildSpec& build) {
  if (!build.service_account_name().empty() && !IsDnsSubdomain(build.service_account_name())) {
    return InvalidField("serviceAccountName",
                        Quoted(build.service_account_name()) + " is no ServiceAccount's name");
  }
  for (const auto& [key, value] : build.node_selector()) {
    if (!IsLabelKey(key) || !IsLabelValue(value)) {
      std::string label = key;
      label.append("=").append(value);
      return InvalidField("nodeSelector", Quoted(label) + " is no label that a node could have");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBuild(const v1::BuildSpec& build) {
  if (absl::Status status = CheckSources(build); !status.ok()) return status;
  if (build.has_template_() && build.steps_size() > 0) {
    return InvalidField("template", "stands beside steps; expected only one of them");
  }
  absl::Status status = build.has_template_()
                            ? InField("template", CheckTemplate(build.template_()))
                            : CheckSteps(build);
  if (!status.ok()) return status;
  if (status = CheckVolumes(build); !status.ok()) return status;
  if (status = CheckTimeout(build.timeout()); !status.ok()) return status;
  if (status = CheckExecutor(build.executor()); !status.ok()) return status;
  return CheckPlacement(build);
}

}  // namespace eventreactor
