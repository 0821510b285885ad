#include "services/local-adapter/container_plan.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/build_credentials.h"
#include "libs/domain/container_check.h"
#include "libs/domain/document_check.h"
#include "libs/domain/event_context.h"
#include "libs/domain/run.h"
#include "libs/domain/run_containers.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_env.h"
#include "services/local-adapter/container_fields.h"
#include "services/local-adapter/container_volumes.h"
#include "services/local-adapter/field_reader.h"

namespace eventreactor::local {
namespace {

using nlohmann::json;

constexpr char kDefaultAccount[] = "default";
constexpr char kCredentials[] = "credentials";
constexpr char kSubPath[] = "sub-path";
// The volumes that each run has.
constexpr char kWorkspaceVolume[] = "workspace";
constexpr char kHomeVolume[] = "home";
constexpr char kSubPathVolume[] = "sub-path";
// In containers of ours.
constexpr char kSecretsInside[] = "/eventreactor/secrets";
constexpr char kSubPathInside[] = "/eventreactor/workspace";
constexpr int kSecretMode = 0400;
constexpr int kSecretDirectoryMode = 0700;

absl::StatusOr<std::vector<TarEntry>> WorkspaceFiles(const v1::Event& event) {
  absl::StatusOr<std::vector<EventFile>> files = EventFiles(event);
  if (!files.ok()) return files.status();
  std::vector<TarEntry> entries = {{".event/", "", 0755}, {".event/extensions/", "", 0755}};
  entries.reserve(entries.size() + files->size());
  for (EventFile& file : *files) {
    entries.push_back({absl::StrCat(".event/", file.path), std::move(file.data)});
  }
  return entries;
}

SecretInfo InfoOf(const v1::Document& secret) {
  SecretInfo info;
  info.name = secret.metadata().name();
  info.type = StringField(secret.body(), "type");
  info.annotations = {secret.metadata().annotations().begin(),
                      secret.metadata().annotations().end()};
  return info;
}

class RunPlanner {
 public:
  RunPlanner(const v1::Action& action, const v1::Event& event, const DocumentSet& documents,
             const PlanOptions& options)
      : action_(action), event_(event), documents_(documents), options_(options) {
    // The Event's own text goes in as it is: a "$(...)" that a sender wrote is
    // not expanded.
    for (const auto& [name, value] : RunVariables(action, event)) environment_.Set(name, value);
  }

  absl::StatusOr<RunPlan> Plan() {
    absl::StatusOr<v1::BuildSpec> build = BuildOf(action_, documents_);
    if (!build.ok()) return build.status();
    build_ = *std::move(build);
    const absl::StatusOr<std::vector<RunContainer>> containers = RunContainers(build_);
    if (!containers.ok()) return containers.status();
    absl::StatusOr<absl::Duration> timeout = ActionTimeout(build_);
    if (!timeout.ok()) return timeout.status();
    plan_.timeout = *timeout;
    absl::StatusOr<std::vector<TarEntry>> files = WorkspaceFiles(event_);
    if (!files.ok()) return files.status();
    event_files_ = *std::move(files);
    absl::StatusOr<VolumePlan> volumes = VolumePlan::Read(build_, documents_, options_);
    if (!volumes.ok()) return InField("spec", volumes.status());
    volumes_ = *std::move(volumes);
    ChooseToolImage(*containers);

    if (absl::Status status = AddCredentials(); !status.ok()) return status;
    for (const RunContainer& container : *containers) {
      if (container.step != nullptr) {
        if (absl::Status status = AddSubPathOnce(); !status.ok()) return status;
      }
      if (absl::Status status = AddRunContainer(container); !status.ok()) return status;
    }
    return std::move(plan_);
  }

 private:
  // Our program needs nothing of an image but, for git, git: where there is
  // none to clone, an image that is needed anyway will do.
  void ChooseToolImage(const std::vector<RunContainer>& containers) {
    for (const RunContainer& container : containers) {
      if (container.source != nullptr && container.source->has_git()) {
        tool_image_ = options_.git_image;
        return;
      }
      if (tool_image_.empty() && (container.step != nullptr || container.source->has_custom())) {
        tool_image_ = StringField(
            container.step != nullptr ? *container.step : container.source->custom(), "image");
      }
    }
  }

  absl::Status Add(PlannedContainer container, const std::string& workspace = kWorkspaceVolume) {
    volumes_.MountOurs(workspace, kWorkspace, event_files_, container);
    volumes_.MountOurs(kHomeVolume, kHome, {}, container);
    plan_.containers.push_back(std::move(container));
    return absl::OkStatus();
  }

  void Begin() { volumes_.BeginContainer(plan_.containers.size()); }

  // A container of ours, as root: what it writes is for steps of any user.
  absl::StatusOr<PlannedContainer> OurContainer(const std::string& name, const std::string& image,
                                                std::vector<std::string> arguments) {
    Begin();
    absl::StatusOr<ImageReference> reference = ParseImageReference(image);
    if (!reference.ok()) return reference.status();
    PlannedContainer container;
    container.step = name;
    container.has_last_words = true;
    container.spec.image = *std::move(reference);
    container.spec.args = std::move(arguments);
    container.spec.env = environment_.List();
    container.spec.working_dir = kWorkspace;
    return container;
  }

  absl::StatusOr<PlannedContainer> ToolContainer(const std::string& name,
                                                 std::vector<std::string> arguments) {
    absl::StatusOr<PlannedContainer> container =
        OurContainer(name, tool_image_, std::move(arguments));
    if (!container.ok()) return container;
    container->spec.entrypoint = {kToolPath};
    container->spec.user = "0";
    container->spec.no_new_privileges = true;
    container->needs_tool = true;
    return container;
  }

  // The one container that sees the secrets.
  absl::Status AddCredentials() {
    std::vector<SecretInfo> secrets;
    if (absl::Status status = FindSecrets(secrets); !status.ok()) return status;
    const absl::StatusOr<Credentials> credentials = CredentialsOf(secrets);
    if (!credentials.ok()) return credentials.status();
    if (credentials->secrets.empty()) return absl::OkStatus();
    std::vector<std::string> arguments = {"credentials", absl::StrCat("--secrets=", kSecretsInside),
                                          absl::StrCat("--home=", kHome)};
    arguments.insert(arguments.end(), credentials->arguments.begin(), credentials->arguments.end());
    absl::StatusOr<PlannedContainer> container = ToolContainer(kCredentials, std::move(arguments));
    if (!container.ok()) return container.status();
    container->shown = false;
    const std::string root = std::string(kSecretsInside).substr(1);
    container->files.push_back({absl::StrCat(root, "/"), "", kSecretDirectoryMode});
    for (const std::string& name : credentials->secrets) {
      const std::string directory = absl::StrCat(root, "/", name, "/");
      container->files.push_back({directory, "", kSecretDirectoryMode});
      for (auto& [key, data] : ValuesOf(*documents_.Find(kSecret, name))) {
        container->files.push_back({absl::StrCat(directory, key), data, kSecretMode});
      }
    }
    return Add(*std::move(container));
  }

  // Those of the Action's ServiceAccount, in its order.
  absl::Status FindSecrets(std::vector<SecretInfo>& secrets) const {
    if (documents_.unknown()) return absl::OkStatus();
    const std::string& named = build_.service_account_name();
    const std::string account = named.empty() ? kDefaultAccount : named;
    const v1::Document* found = documents_.Find(kServiceAccount, account);
    if (found == nullptr) {
      if (named.empty()) return absl::OkStatus();
      return InvalidField(
          "spec.serviceAccountName",
          absl::StrCat("there is no ServiceAccount ", account, " in the namespace ",
                       action_.metadata().namespace_(), "; apply it, and publish the event again"),
          "DOCUMENT_MISSING");
    }
    const json body = manifest::StructToJson(found->body());
    const json references = body.value("secrets", json::array());
    for (const json& reference : references) {
      const auto name = reference.value("name", std::string());
      const v1::Document* secret = documents_.Find(kSecret, name);
      if (secret == nullptr) {
        return InvalidField(
            "spec.serviceAccountName",
            absl::StrCat("the ServiceAccount ", account, " names the Secret ", name,
                         ", which is not in the namespace ", action_.metadata().namespace_()),
            "DOCUMENT_MISSING");
      }
      secrets.push_back(InfoOf(*secret));
    }
    return absl::OkStatus();
  }

  // Once the sources are there: a part of them becomes the steps' /workspace.
  absl::Status AddSubPathOnce() {
    const std::string sub_path = StepsSubPath(build_);
    if (sub_path.empty() || steps_workspace_ != kWorkspaceVolume) return absl::OkStatus();
    steps_workspace_ = kSubPathVolume;
    absl::StatusOr<PlannedContainer> container =
        ToolContainer(kSubPath, {"copy", absl::StrCat("--from=", kWorkspace, "/", sub_path),
                                 absl::StrCat("--to=", kSubPathInside)});
    if (!container.ok()) return container.status();
    container->shown = false;
    volumes_.MountOurs(kSubPathVolume, kSubPathInside, event_files_, *container);
    return Add(*std::move(container));
  }

  absl::Status AddRunContainer(const RunContainer& container) {
    const v1::SourceSpec* source = container.source;
    if (source != nullptr && source->has_git()) {
      absl::StatusOr<PlannedContainer> git = ToolContainer(container.name, GitArguments(*source));
      return git.ok() ? Add(*std::move(git)) : git.status();
    }
    if (source != nullptr && source->has_gcs()) {
      absl::StatusOr<PlannedContainer> gcs =
          OurContainer(container.name, options_.gcs_image, GcsArguments(*source));
      return gcs.ok() ? Add(*std::move(gcs)) : gcs.status();
    }
    Begin();
    absl::StatusOr<PlannedContainer> users =
        ReadContainer(source == nullptr ? *container.step : source->custom(), environment_,
                      {options_, documents_, volumes_});
    if (!users.ok()) {
      return InField(source == nullptr ? container.field : absl::StrCat(container.field, ".custom"),
                     users.status());
    }
    users->step = container.name;
    return Add(*std::move(users), source == nullptr ? steps_workspace_ : kWorkspaceVolume);
  }

  const v1::Action& action_;
  const v1::Event& event_;
  const DocumentSet& documents_;
  const PlanOptions& options_;

  Environment environment_;
  v1::BuildSpec build_;
  std::vector<TarEntry> event_files_;
  VolumePlan volumes_;
  std::string tool_image_;
  std::string steps_workspace_ = kWorkspaceVolume;
  RunPlan plan_;
};

}  // namespace

absl::StatusOr<RunPlan> PlanRun(const v1::Action& action, const v1::Event& event,
                                const DocumentSet& documents, const PlanOptions& options) {
  const std::string& executor = action.spec().build().executor();
  if (!executor.empty() && executor != "container") return NotAvailable("spec.executor");
  return RunPlanner(action, event, documents, options).Plan();
}

absl::Status CheckPipeline(const v1::Pipeline& pipeline, const PlanOptions& options) {
  // Its steps are not known before it runs.
  if (pipeline.spec().build().has_template_()) return absl::OkStatus();
  v1::Action action;
  *action.mutable_spec()->mutable_build() = pipeline.spec().build();
  const absl::StatusOr<RunPlan> plan =
      PlanRun(action, v1::Event(), DocumentSet::Unknown(), options);
  const std::string reason = Reason(plan.status());
  return reason == "NOT_AVAILABLE" || reason == "DOCUMENT_MISSING" ? absl::OkStatus()
                                                                   : plan.status();
}

}  // namespace eventreactor::local
