#include "services/kube-adapter/kube/testing/real_api_server.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/file.h"
#include "services/kube-adapter/kube/program.h"

namespace eventreactor::kube {
namespace {

// Building Kubernetes on two slow cores.
constexpr absl::Duration kLongest = absl::Minutes(40);
constexpr size_t kTail = 4000;

absl::Status Failed(const std::string& message) {
  return MakeStatus(absl::StatusCode::kInternal, "CLUSTER_FAILED", message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RealApiServer>> RealApiServer::Start() {
  std::string dir = std::filesystem::temp_directory_path() / "er-kube-real-XXXXXX";
  if (mkdtemp(dir.data()) == nullptr) return Failed(dir + ": " + std::strerror(errno));
  std::unique_ptr<RealApiServer> server(new RealApiServer(dir));
  if (absl::Status status = server->Run("up control-plane"); !status.ok()) return status;
  server->kubeconfig_ = dir + "/cluster/kubeconfig";
  return server;
}

RealApiServer::~RealApiServer() {
  static_cast<void>(Run("down"));
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

absl::Status RealApiServer::Run(const std::string& command) const {
  Program program{"sh",
                  {"-c", "exec \"$0\" --dir \"$1/cluster\" " + command + " >\"$1/said\" 2>&1",
                   ER_CLUSTER_TOOL, dir_}};
  program.timeout = kLongest;
  const absl::StatusOr<ProgramEnd> end = RunProgram(program);
  if (!end.ok()) return end.status();
  if (end->exit_code == 0) return absl::OkStatus();
  const std::string said = ReadFile(dir_ + "/said").value_or("");
  return Failed("tests/cluster/cluster " + command + " ended with code " +
                std::to_string(end->exit_code) + ":\n" +
                said.substr(said.size() - std::min(said.size(), kTail)));
}

}  // namespace eventreactor::kube
