// What a stack is made of on disk and on the network: the files of its data
// directory and the ports that follow from its base port. Pure, but for
// MakeDirectories.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::stack {

inline constexpr int kDefaultBasePort = 14380;
inline constexpr char kLoopback[] = "127.0.0.1";

// The environment as far as it says where things belong; empty: not set.
struct Environment {
  std::string home;
  std::string state_home;   // XDG_STATE_HOME
  std::string runtime_dir;  // XDG_RUNTIME_DIR
};
Environment ReadEnvironment();

// $XDG_STATE_HOME/eventreactor, or ~/.local/state/eventreactor.
// FAILED_PRECONDITION if the environment names no home.
absl::StatusOr<std::string> DefaultDataDir(const Environment& environment);

// The ports of a stack with base port N.
struct Ports {
  int ingest_http;         // N
  int ingest_grpc;         // N+1
  int dispatcher_grpc;     // N+2
  int adapter_grpc;        // N+3
  int nats_client;         // N+4
  int nats_monitoring;     // N+5
  int ingest_metrics;      // N+6
  int dispatcher_metrics;  // N+7
  int adapter_metrics;     // N+8
  int janitor_grpc;        // N+9
  int janitor_metrics;     // N+10
};
Ports PortsFrom(int base_port);

// INVALID_ARGUMENT unless all ports of the stack are real ones.
absl::Status CheckBasePort(int base_port);

// An address that a stack can listen on: an IPv4 or IPv6 address in digits.
// INVALID_ARGUMENT for anything else, naming the flag.
absl::Status CheckBind(const std::string& flag, const std::string& bind);
bool IsLoopback(const std::string& bind);
// Where clients on this machine reach a server bound to `bind`: itself, or
// loopback for the wildcards 0.0.0.0 and ::.
std::string ReachableHost(const std::string& bind);
// host:port, with brackets around IPv6.
std::string HostPort(const std::string& host, int port);

// The files of a data directory. Everything in it is for its owner only.
class Layout {
 public:
  // `data_dir` as the user gave it, made absolute.
  explicit Layout(const std::string& data_dir);

  const std::string& root() const { return root_; }
  std::string record() const { return root_ + "/stack.json"; }
  std::string token() const { return root_ + "/token"; }
  std::string http_token() const { return root_ + "/http-token"; }
  std::string lock() const { return root_ + "/lock"; }
  std::string database() const { return root_ + "/state.db"; }
  std::string containers_conf() const { return root_ + "/containers.conf"; }
  std::string nats_config() const { return root_ + "/nats/nats-server.conf"; }
  std::string nats_password() const { return root_ + "/nats/password"; }
  std::string jetstream() const { return root_ + "/nats/jetstream"; }
  std::string log_dir() const { return root_ + "/logs"; }
  std::string log(const std::string& process) const { return log_dir() + "/" + process + ".log"; }

  // Where our own container engine listens: in the data directory, or, as
  // unix sockets know no path of more than 107 bytes, in a directory of the
  // stack's id under XDG_RUNTIME_DIR or /tmp.
  std::string EngineSocket(const std::string& id, const Environment& environment) const;

  // Creates the directory and those in it, with mode 0700. An error says
  // which and why.
  absl::Status MakeDirectories() const;

 private:
  std::string root_;
};

// Creates a directory of mode 0700 where there is none; its parents too, with
// the usual mode. FAILED_PRECONDITION if what is there belongs to another
// user or is no directory.
absl::Status MakePrivateDirectory(const std::string& path);

}  // namespace eventreactor::stack
