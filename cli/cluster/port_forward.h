// A port of this machine that leads to a Service of a cluster, for as long as
// the object lives: a `kubectl port-forward` that is started again whenever
// it ends, on the same port. It ends with this process, however that ends.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/cluster/kubectl.h"

namespace eventreactor::cli {

class PortForward {
 public:
  // Begins at once. `service_port` is the Service's.
  PortForward(Kubectl kubectl, std::string service, int service_port);
  ~PortForward();
  PortForward(const PortForward&) = delete;
  PortForward& operator=(const PortForward&) = delete;

  // The local port, on 127.0.0.1, once it leads somewhere. kubectl's error,
  // or DEADLINE_EXCEEDED (KUBECTL_FAILED).
  absl::StatusOr<int> Await(absl::Time deadline);

 private:
  void Run(const std::stop_token& stop);
  // One kubectl from its start to its end; false if there is to be no other.
  bool RunOnce(const std::stop_token& stop);
  void Settle(absl::StatusOr<int> port);

  const Kubectl kubectl_;
  const std::string service_;
  const int service_port_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool settled_ = false;
  absl::StatusOr<int> port_;
  // Last, so that it is stopped and joined first.
  std::jthread thread_;
};

// The local port that `kubectl port-forward` says it serves; 0: not yet. Pure.
int ForwardedPort(const std::string& output);

}  // namespace eventreactor::cli
