// The kube-adapter's options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/adapter/adapter_options.h"

namespace eventreactor::kube {

struct AdapterConfig {
  AdapterOptions adapter{.max_streams = 400};
  // Empty: the Pod's own ServiceAccount.
  std::string kubeconfig;
  // Those whose Pipelines are served and run; empty: all.
  std::vector<std::string> namespaces;
  // The Lease by which replicas agree on who runs Actions.
  std::string lease_namespace;
  std::string lease_name = "eventreactor-kube-adapter";
  // Of this replica; empty: the host's name.
  std::string identity;
  // Has eventreactor-tool, git and ssh.
  std::string tool_image;
  std::string tool_pull_policy;
  std::string gcs_image;
  // What runs Actions that do not say it: pod or knative-build.
  std::string executor = "pod";
  // Whether Actions may say knative-build; so they may where it is the default.
  bool knative_build = false;
  // How long an Action is tried to start that the API server refuses, in
  // seconds.
  int start_wait_seconds = 3600;
  // How long an ended Pod or Build stays, in seconds.
  int keep_pods_seconds = 300;
  // Actions at once; -1: as many as there are.
  int max_running = -1;
  // Pods whose logs are followed at once.
  int log_readers = 256;
  // Copies of each stream on the bus: 1, or 3 and 5 on a NATS cluster.
  int stream_replicas = 1;
};

void DeclareConfig(CLI::App& app, AdapterConfig& config);

// INVALID_ARGUMENT naming the flag.
absl::Status ValidateConfig(const AdapterConfig& config);

}  // namespace eventreactor::kube
