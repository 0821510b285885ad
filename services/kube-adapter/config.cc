#include "services/kube-adapter/config.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

// Each is watched by itself.
constexpr int kMostNamespaces = 100;

absl::Status CheckNamespace(const std::string& flag, const std::string& ns) {
  if (IsDnsLabel(ns)) return absl::OkStatus();
  return InvalidField(flag, absl::StrCat("\"", ns,
                                         "\" is no namespace: expected at most 63 "
                                         "characters of a-z, 0-9 and -"));
}

}  // namespace

void DeclareConfig(CLI::App& app, AdapterConfig& config) {
  DeclareAdapterOptions(app, config.adapter);
  app.add_option("--kubeconfig", config.kubeconfig,
                 "File that says where the API server is; without it, the ServiceAccount of the "
                 "Pod that this runs in");
  app.add_option("--namespaces", config.namespaces,
                 "Namespaces whose Pipelines are run, with commas between them; without it, all")
      ->delimiter(',')
      ->expected(0, kMostNamespaces);
  app.add_option("--lease-namespace", config.lease_namespace,
                 "Where the Lease is by which replicas agree on who runs Actions; without it, the "
                 "namespace of the kubeconfig or ServiceAccount");
  app.add_option("--lease-name", config.lease_name, "The Lease's name")->capture_default_str();
  app.add_option("--identity", config.identity,
                 "This replica's name in the Lease; without it, the host's name");
  app.add_option("--tool-image", config.tool_image,
                 "Image with eventreactor-tool, git and ssh: writes the Event's files and "
                 "credentials, and clones")
      ->required();
  app.add_option("--tool-pull-policy", config.tool_pull_policy,
                 "imagePullPolicy of that image; without it, the cluster's default")
      ->check(CLI::IsMember({"Always", "IfNotPresent", "Never"}));
  app.add_option("--gcs-image", config.gcs_image, "Image that fetches sources of gcs");
  app.add_option("--executor", config.executor,
                 "What runs Actions whose spec.executor does not say it: pod, or knative-build")
      ->capture_default_str()
      ->check(CLI::IsMember({"pod", "knative-build"}));
  app.add_flag("--knative-build", config.knative_build,
               "Run Actions as Builds where spec.executor is knative-build: takes Knative Build's "
               "kinds, rights to them, and a build controller");
  app.add_option("--start-wait-seconds", config.start_wait_seconds,
                 "How long an Action is tried to start that the API server refuses (by a quota, by "
                 "missing rights) before it fails")
      ->capture_default_str()
      ->check(CLI::Range(1, 7 * 24 * 3600));
  app.add_option("--keep-pods-seconds", config.keep_pods_seconds,
                 "How long a Pod or Build stays after it ended and its logs are stored")
      ->capture_default_str()
      ->check(CLI::Range(0, 7 * 24 * 3600));
  app.add_option("--max-running", config.max_running,
                 "Actions that run at once; 0: none begins; -1: all of them")
      ->capture_default_str()
      ->check(CLI::Range(-1, 1'000'000));
  app.add_option("--log-readers", config.log_readers,
                 "Pods whose logs are followed at once while they run; those of others are read "
                 "when they have ended")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--stream-replicas", config.stream_replicas,
                 "Copies of each stream on the bus; 3 and 5 take a NATS cluster of as many servers")
      ->capture_default_str()
      ->check(CLI::IsMember({1, 3, 5}));
}

absl::Status ValidateConfig(const AdapterConfig& config) {
  if (config.namespaces.size() > kMostNamespaces) {
    return InvalidField("--namespaces",
                        absl::StrCat("there are ", config.namespaces.size(), "; it takes up to ",
                                     kMostNamespaces, ", or none for all"));
  }
  std::set<std::string> seen;
  for (const std::string& ns : config.namespaces) {
    if (absl::Status status = CheckNamespace("--namespaces", ns); !status.ok()) return status;
    if (!seen.insert(ns).second) {
      return InvalidField("--namespaces", absl::StrCat("\"", ns, "\" is there twice"));
    }
  }
  if (!config.lease_namespace.empty()) {
    absl::Status status = CheckNamespace("--lease-namespace", config.lease_namespace);
    if (!status.ok()) return status;
  }
  if (!IsDnsSubdomain(config.lease_name)) {
    return InvalidField("--lease-name",
                        absl::StrCat("\"", config.lease_name, "\" is no name of an object"));
  }
  return ValidateAdapterOptions(config.adapter);
}

}  // namespace eventreactor::kube
