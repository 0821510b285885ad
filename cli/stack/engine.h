// Which container engine a stack uses: one that is there, or its own podman.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/stack/layout.h"

namespace eventreactor::stack {

struct Engine {
  // unix:///SOCKET. Empty for an own one, whose socket is up to the stack.
  std::string address;
  // The stack runs its own podman.
  bool own = false;
};

struct EngineQuery {
  // --engine, and DOCKER_HOST; empty: not given. What is given must answer.
  std::string flag;
  std::string docker_host;
  // The engine of the last `up`: containers of the stack may still run there.
  Engine last;
  Environment environment;
  // podman's path; empty: not installed.
  std::string podman;
  // Whether an engine answers at an address.
  std::function<bool(const std::string& address)> answers;
};

// FAILED_PRECONDITION (NO_ENGINE) says what to install. Pure, given `answers`.
absl::StatusOr<Engine> ChooseEngine(const EngineQuery& query);

// Whether a Docker API answers at unix:///SOCKET.
bool EngineAnswers(const std::string& address);

// What a host withholds from containers, as found inside another container.
struct HostFacts {
  // One cgroup v2 hierarchy, and nothing of v1.
  bool unified_cgroups = true;
  // Root may exceed hard limits (CAP_SYS_RESOURCE). True for other users:
  // podman knows what they may.
  bool can_raise_limits = true;
  // systemd is there to make cgroups and keep a journal.
  bool systemd = true;
  // crun is missing where runc is not.
  bool only_runc = false;
  // Our own hard limits.
  uint64_t max_open_files = 0;
  uint64_t max_processes = 0;
};
HostFacts ReadHostFacts();

// The containers.conf that podman needs on such a host; empty if its own
// defaults will do. Pure.
std::string ContainersConf(const HostFacts& facts);

}  // namespace eventreactor::stack
