#include "services/kube-adapter/pod/pod_plan.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/container_check.h"
#include "libs/domain/event_context.h"
#include "libs/domain/naming.h"
#include "libs/domain/run.h"
#include "libs/domain/run_containers.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"
#include "services/kube-adapter/pod/pod_container.h"
#include "services/kube-adapter/pod/pod_event_files.h"
#include "services/kube-adapter/pod/pod_names.h"
#include "services/kube-adapter/pod/pod_tool.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kSecretVolumePrefix[] = "secret-";
// Readable by its owner alone, as ssh wants it.
constexpr int kSecretMode = 0400;

json SecretVolumeMount(size_t index, const std::string& secret) {
  return {{"name", absl::StrCat(kSecretVolumePrefix, index)},
          {"mountPath", absl::StrCat(kSecretsDirectory, "/", secret)},
          {"readOnly", true}};
}

class Planner {
 public:
  Planner(const v1::Action& action, const v1::Event& event, const PodSurroundings& surroundings,
          const PodOptions& options)
      : action_(action),
        build_(action.spec().build()),
        event_(event),
        surroundings_(surroundings),
        options_(options),
        env_(LiteralEnv(RunVariables(action, event))) {}

  absl::StatusOr<PodPlan> Plan() {
    absl::StatusOr<absl::Duration> timeout = ActionTimeout(build_);
    if (!timeout.ok()) return timeout.status();
    if (absl::Status status = AddEventFiles(); !status.ok()) return status;
    if (absl::Status status = AddCredentials(); !status.ok()) return status;
    if (absl::Status status = AddRunContainers(); !status.ok()) return status;
    if (absl::Status status = AddUserVolumes(); !status.ok()) return status;
    PodPlan plan;
    plan.pod = {{"apiVersion", "v1"},
                {"kind", "Pod"},
                {"metadata", Metadata(ChildName(action_))},
                {"spec", PodSpec(*timeout)}};
    // Service meshes would put in a container that never ends.
    plan.pod["metadata"]["labels"]["sidecar.istio.io/inject"] = "false";
    plan.pod["metadata"]["annotations"]["sidecar.istio.io/inject"] = "false";
    for (json& config_map : config_maps_) {
      config_map["metadata"] = Metadata(config_map["metadata"]["name"].get<std::string>());
    }
    plan.config_maps = std::move(config_maps_);
    return plan;
  }

 private:
  json Metadata(const std::string& name) const {
    return {{"name", name},
            {"namespace", action_.metadata().namespace_()},
            {"labels", ChildLabels(action_)},
            {"ownerReferences", json::array({OwnerReferenceTo(action_)})}};
  }

  json PodSpec(absl::Duration timeout) const {
    json main = ToolContainer("nop", json::array({"pause"}));
    json spec = {
        {"restartPolicy", "Never"},
        {"initContainers", init_containers_},
        {"containers", json::array({std::move(main)})},
        {"volumes", volumes_},
        {"activeDeadlineSeconds",
         absl::ToInt64Seconds(absl::Ceil(timeout, absl::Seconds(1)) + options_.deadline_slack)},
        {"terminationGracePeriodSeconds", absl::ToInt64Seconds(options_.grace)}};
    json security = PodSecurityContext(surroundings_.security);
    if (!security.empty()) spec["securityContext"] = std::move(security);
    if (!build_.service_account_name().empty()) {
      spec["serviceAccountName"] = build_.service_account_name();
    }
    for (const auto& [key, value] : build_.node_selector()) spec["nodeSelector"][key] = value;
    if (build_.has_affinity()) spec["affinity"] = manifest::StructToJson(build_.affinity());
    return spec;
  }

  json ToolContainer(const std::string& name, json arguments) const {
    return kube::ToolContainer(options_.tool, surroundings_.security, name, std::move(arguments));
  }

  void AddVolume(json volume) { volumes_.push_back(std::move(volume)); }

  absl::Status AddEventFiles() {
    const absl::StatusOr<std::vector<EventFile>> files = EventFiles(event_);
    if (!files.ok()) return files.status();
    EventObjects objects = PlaceEventFiles(ChildName(action_), *files);
    config_maps_ = std::move(objects.config_maps);
    AddVolume({{"name", kWorkspaceVolume}, {"emptyDir", json::object()}});
    AddVolume({{"name", kHomeVolume}, {"emptyDir", json::object()}});
    json volume = std::move(objects.volume_source);
    volume["name"] = kEventVolume;
    AddVolume(std::move(volume));
    json container =
        EventFilesContainer(options_.tool, surroundings_.security, kEventFilesContainer);
    for (json& mount : SharedMounts()) container["volumeMounts"].push_back(std::move(mount));
    init_containers_.push_back(std::move(container));
    return absl::OkStatus();
  }

  // The one container that sees the secrets.
  absl::Status AddCredentials() {
    absl::StatusOr<Credentials> credentials = CredentialsOf(surroundings_.secrets);
    if (!credentials.ok()) return credentials.status();
    if (credentials->secrets.empty()) return absl::OkStatus();
    json arguments = {"credentials", absl::StrCat("--secrets=", kSecretsDirectory),
                      absl::StrCat("--home=", kHome)};
    for (const std::string& argument : credentials->arguments) {
      arguments.push_back(EscapeVariables(argument));
    }
    json container = ToolContainer(kCredentialsContainer, std::move(arguments));
    container["volumeMounts"] = SharedMounts();
    for (size_t i = 0; i < credentials->secrets.size(); ++i) {
      const std::string& secret = credentials->secrets[i];
      AddVolume({{"name", absl::StrCat(kSecretVolumePrefix, i)},
                 {"secret", {{"secretName", secret}, {"defaultMode", kSecretMode}}}});
      container["volumeMounts"].push_back(SecretVolumeMount(i, secret));
    }
    init_containers_.push_back(std::move(container));
    return absl::OkStatus();
  }

  absl::Status AddRunContainers() {
    const absl::StatusOr<std::vector<RunContainer>> containers = RunContainers(build_);
    if (!containers.ok()) return containers.status();
    const std::string sub_path = StepsSubPath(build_);
    for (const RunContainer& container : *containers) {
      if (container.source != nullptr) {
        if (absl::Status status = AddSource(container); !status.ok()) return status;
        continue;
      }
      absl::StatusOr<json> step =
          InitContainer(*container.step, container.name, env_, SharedMounts(sub_path));
      if (!step.ok()) return InField(container.field, step.status());
      AddUsers(*std::move(step));
    }
    return absl::OkStatus();
  }

  absl::Status AddSource(const RunContainer& container) {
    const v1::SourceSpec& source = *container.source;
    if (source.has_custom()) {
      absl::StatusOr<json> custom =
          InitContainer(source.custom(), container.name, env_, SharedMounts());
      if (!custom.ok()) return InField(absl::StrCat(container.field, ".custom"), custom.status());
      AddUsers(*std::move(custom));
      return absl::OkStatus();
    }
    json ours = source.has_git() ? GitContainer(container.name, source)
                                 : GcsContainer(container.name, source);
    ours["env"] = env_;
    ours["workingDir"] = kWorkspace;
    ours["volumeMounts"] = SharedMounts();
    init_containers_.push_back(std::move(ours));
    return absl::OkStatus();
  }

  // Taken literally: the kubelet expands $(NAME).
  static json Escaped(const std::vector<std::string>& arguments) {
    json escaped = json::array();
    for (const std::string& argument : arguments) escaped.push_back(EscapeVariables(argument));
    return escaped;
  }

  json GitContainer(const std::string& name, const v1::SourceSpec& source) const {
    return ToolContainer(name, Escaped(GitArguments(source)));
  }

  json GcsContainer(const std::string& name, const v1::SourceSpec& source) const {
    json container = {{"name", name},
                      {"image", options_.gcs_image},
                      {"args", Escaped(GcsArguments(source))},
                      {"terminationMessagePolicy", "FallbackToLogsOnError"}};
    SecureContainer(surroundings_.security, container);
    return container;
  }

  void AddUsers(json container) {
    SecureContainer(surroundings_.security, container);
    init_containers_.push_back(std::move(container));
  }

  absl::Status AddUserVolumes() {
    std::set<std::string> ours;
    for (const json& volume : volumes_) ours.insert(volume["name"].get<std::string>());
    for (int i = 0; i < build_.volumes_size(); ++i) {
      const std::string name = StringField(build_.volumes(i), "name");
      if (ours.count(name) > 0) {
        return InvalidField(absl::StrCat("spec.volumes[", i, "].name"),
                            absl::StrCat(cloudevents::Quoted(name),
                                         " is a volume that each run has; expected another name. "
                                         "To replace what is there, mount yours on its path"));
      }
      AddVolume(manifest::StructToJson(build_.volumes(i)));
    }
    return absl::OkStatus();
  }

  const v1::Action& action_;
  const v1::BuildSpec& build_;
  const v1::Event& event_;
  const PodSurroundings& surroundings_;
  const PodOptions& options_;
  const json env_;

  json init_containers_ = json::array();
  json volumes_ = json::array();
  std::vector<json> config_maps_;
};

}  // namespace

absl::StatusOr<PodPlan> PlanPod(const v1::Action& action, const v1::Event& event,
                                const PodSurroundings& surroundings, const PodOptions& options) {
  return Planner(action, event, surroundings, options).Plan();
}

}  // namespace eventreactor::kube
