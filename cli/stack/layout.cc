#include "cli/stack/layout.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

constexpr int kPortCount = 11;
constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

std::string Env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsIpv6(const std::string& host) { return host.find(':') != std::string::npos; }

}  // namespace

Environment ReadEnvironment() {
  return {Env("HOME"), Env("XDG_STATE_HOME"), Env("XDG_RUNTIME_DIR")};
}

absl::StatusOr<std::string> DefaultDataDir(const Environment& environment) {
  // A relative XDG path is to be ignored, by the XDG specification.
  if (environment.state_home.starts_with('/')) return environment.state_home + "/eventreactor";
  if (environment.home.starts_with('/')) return environment.home + "/.local/state/eventreactor";
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_DATA_DIR",
                    "neither HOME nor XDG_STATE_HOME says where a stack's data belongs; "
                    "name a directory with --data-dir");
}

Ports PortsFrom(int base_port) {
  const int n = base_port;
  return {n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10};
}

absl::Status CheckBasePort(int base_port) {
  const int last = 65536 - kPortCount;
  if (base_port >= 1 && base_port <= last) return absl::OkStatus();
  return InvalidField("--base-port", std::to_string(base_port) + " is not between 1 and " +
                                         std::to_string(last) +
                                         ": a stack uses eleven ports from there on");
}

absl::Status CheckBind(const std::string& flag, const std::string& bind) {
  in6_addr address;
  if (inet_pton(AF_INET, bind.c_str(), &address) == 1) return absl::OkStatus();
  if (inet_pton(AF_INET6, bind.c_str(), &address) == 1) return absl::OkStatus();
  return InvalidField(flag, "\"" + bind +
                                "\" is no IP address; 0.0.0.0 listens on all interfaces, "
                                "127.0.0.1 on this machine only");
}

bool IsLoopback(const std::string& bind) { return bind.starts_with("127.") || bind == "::1"; }

std::string ReachableHost(const std::string& bind) {
  if (bind == "0.0.0.0") return "127.0.0.1";
  if (bind == "::") return "::1";
  return bind;
}

std::string HostPort(const std::string& host, int port) {
  const std::string shown = IsIpv6(host) ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

Layout::Layout(const std::string& data_dir) {
  std::error_code error;
  auto path = std::filesystem::absolute(data_dir, error).lexically_normal();
  if (error) path = data_dir;
  root_ = path.string();
  while (root_.size() > 1 && root_.back() == '/') root_.pop_back();
}

std::string Layout::EngineSocket(const std::string& id, const Environment& environment) const {
  std::string path = root_ + "/engine.sock";
  if (path.size() <= kMaxSocketPath) return path;
  const std::string name = "/eventreactor-" + id + "/engine.sock";
  path = environment.runtime_dir + name;
  if (environment.runtime_dir.starts_with('/') && path.size() <= kMaxSocketPath) return path;
  return "/tmp" + name;
}

absl::Status Layout::MakeDirectories() const {
  for (const auto& path : {root_, root_ + "/nats", jetstream(), log_dir()}) {
    if (auto status = MakePrivateDirectory(path); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MakePrivateDirectory(const std::string& path) {
  const auto fail = [&path](const std::string& why) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "BAD_DIRECTORY",
                      "cannot use directory " + path + ": " + why);
  };
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return fail(error.message());
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  if (errno != EEXIST) return fail(std::strerror(errno));
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return fail(std::strerror(errno));
  if (!S_ISDIR(found.st_mode)) return fail("it is no directory");
  // Another user could swap what is in it for something of theirs.
  if (found.st_uid != geteuid()) return fail("it belongs to another user");
  return absl::OkStatus();
}

}  // namespace eventreactor::stack
