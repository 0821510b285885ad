// A real kube-apiserver with etcd for tests, brought up by tests/cluster and
// taken down again. TLS, HTTP/2, client certificates; no controllers, no nodes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/config.h"

namespace eventreactor::kube {

class RealApiServer {
 public:
  // The first time on a machine it may build the programs, for minutes.
  // INTERNAL (CLUSTER_FAILED) has the end of what tests/cluster said.
  static absl::StatusOr<std::unique_ptr<RealApiServer>> Start();
  ~RealApiServer();
  RealApiServer(const RealApiServer&) = delete;
  RealApiServer& operator=(const RealApiServer&) = delete;

  // Of an administrator, by client certificate.
  const std::string& kubeconfig() const { return kubeconfig_; }
  // A file with another administrator's bearer token.
  std::string token_file() const { return dir_ + "/cluster/admin.token"; }

  // Any command of tests/cluster: "restart apiserver --kill", "stop etcd".
  absl::Status Run(const std::string& command) const;

 private:
  explicit RealApiServer(std::string dir) : dir_(std::move(dir)) {}
  const std::string dir_;
  std::string kubeconfig_;
};

}  // namespace eventreactor::kube
