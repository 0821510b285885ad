#include "cli/stack/engine.h"

#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/stack/probe.h"
#include "cli/stack/process.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

constexpr char kUnixScheme[] = "unix://";

// How many process ids there are; many where the kernel does not tell.
uint64_t ReadPidMax() {
  uint64_t value = 0;
  std::ifstream file("/proc/sys/kernel/pid_max");
  return file >> value ? value : ~uint64_t{0};
}

absl::Status EngineError(const std::string& reason, const std::string& message) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, reason, message);
}

// An engine that somebody asked for: no other will do.
absl::StatusOr<Engine> Given(const std::string& origin, const std::string& value,
                             const EngineQuery& query) {
  const std::string address = value.starts_with('/') ? kUnixScheme + value : value;
  if (!address.starts_with(std::string(kUnixScheme) + "/")) {
    return EngineError("ENGINE_UNSUPPORTED", origin + " is \"" + value +
                                                 "\"; only unix sockets are supported, such as "
                                                 "unix:///run/podman/podman.sock");
  }
  if (query.answers(address)) return Engine{address, false};
  return EngineError("ENGINE_DOWN", "no container engine answers at " + address + " (from " +
                                        origin + "); start it, or name another with --engine");
}

std::vector<std::string> UsualAddresses(const EngineQuery& query) {
  std::vector<std::string> addresses;
  if (!query.last.own && !query.last.address.empty()) addresses.push_back(query.last.address);
  if (query.environment.runtime_dir.starts_with('/')) {
    addresses.push_back(kUnixScheme + query.environment.runtime_dir + "/podman/podman.sock");
  }
  for (const char* path : {"/run/podman/podman.sock", "/var/run/docker.sock", "/run/docker.sock"}) {
    addresses.push_back(std::string(kUnixScheme) + path);
  }
  return addresses;
}

}  // namespace

absl::StatusOr<Engine> ChooseEngine(const EngineQuery& query) {
  if (!query.flag.empty()) return Given("--engine", query.flag, query);
  if (!query.docker_host.empty()) return Given("DOCKER_HOST", query.docker_host, query);
  const bool can_run_own = !query.podman.empty();
  // Containers of the last `up` are still known there.
  if (query.last.own && can_run_own) return Engine{"", true};
  for (const auto& address : UsualAddresses(query)) {
    if (query.answers(address)) return Engine{address, false};
  }
  if (can_run_own) return Engine{"", true};
  return EngineError("NO_ENGINE",
                     "there is no container engine to run Actions with; install podman "
                     "(apt-get install podman) or docker, or name one with --engine");
}

bool EngineAnswers(const std::string& address) {
  return HttpAnswers(address, "/_ping", absl::Seconds(3)).ok();
}

HostFacts ReadHostFacts() {
  HostFacts facts;
  struct statfs cgroups {};
  facts.unified_cgroups =
      statfs("/sys/fs/cgroup", &cgroups) == 0 && cgroups.f_type == CGROUP2_SUPER_MAGIC;
  facts.can_raise_limits = geteuid() != 0 || prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) == 1;
  std::error_code error;
  facts.systemd = std::filesystem::is_directory("/run/systemd/system", error);
  // podman looks there whatever PATH says.
  const std::vector<std::string> places = {"/usr/bin", "/usr/sbin", "/usr/local/bin"};
  facts.only_runc = FindProgram("crun", places).empty() && !FindProgram("runc", places).empty();
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  facts.max_open_files = limit.rlim_max;
  getrlimit(RLIMIT_NPROC, &limit);
  // podman lowers its own limit to the number of process ids there are.
  facts.max_processes = std::min<uint64_t>(limit.rlim_max, ReadPidMax());
  return facts;
}

std::string ContainersConf(const HostFacts& facts) {
  if (facts.unified_cgroups && facts.can_raise_limits) return "";
  // What podman asks for by default.
  constexpr uint64_t kMost = 1048576;
  std::string containers = "[containers]\n";
  if (!facts.can_raise_limits) {
    const auto files = std::to_string(std::min(facts.max_open_files, kMost));
    const auto processes = std::to_string(std::min(facts.max_processes, kMost));
    containers += "default_ulimits = [\"nofile=" + files + ":" + files +
                  "\", \"nproc=" + processes + ":" + processes + "\"]\n";
  }
  containers += "pids_limit = 0\n";
  std::string engine = "[engine]\n";
  if (!facts.systemd) engine += "cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n";
  // Reading this file alone, podman would insist on crun.
  if (facts.only_runc) engine += "runtime = \"runc\"\n";
  return "# Written by reactorctl up: this host lacks what podman's defaults ask for\n"
         "# (one cgroup v2 hierarchy, the right to raise limits, systemd).\n" +
         containers + engine;
}

}  // namespace eventreactor::stack
