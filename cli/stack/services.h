// The processes that a stack consists of, and how each is started. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/stack/engine.h"
#include "cli/stack/layout.h"
#include "cli/stack/supervisor.h"

namespace eventreactor::stack {

inline constexpr char kEngine[] = "engine";
inline constexpr char kNats[] = "nats-server";
inline constexpr char kAdapter[] = "local-adapter";
inline constexpr char kDispatcher[] = "dispatcher";
inline constexpr char kIngest[] = "ingest";
inline constexpr char kJanitor[] = "janitor";

// The user that the services are for the bus.
inline constexpr char kBusUser[] = "services";

// Paths; podman's may be empty where the engine is not the stack's own.
struct Programs {
  std::string podman;
  std::string nats_server;
  std::string adapter;
  std::string dispatcher;
  std::string ingest;
  std::string janitor;
};

struct StackPlan {
  explicit StackPlan(Layout where) : layout(std::move(where)) {}

  Layout layout;
  std::string id;
  int base_port = kDefaultBasePort;
  // Where ingest's HTTP listens, and where the gRPC of all services does.
  std::string bind = kLoopback;
  std::string bind_grpc = kLoopback;
  // With the token that ingest's HTTP takes; empty: it takes none.
  std::string http_token_file;
  // With its address, also where it is the stack's own.
  Engine engine;
  // Whether the stack's own engine is to read the layout's containers.conf.
  bool use_containers_conf = false;
  // How many Actions may run at once; nothing: the adapter's default.
  std::optional<int> max_running;
  Programs programs;
};

// Where the token of ingest's HTTP is: in the file that the user names, else,
// beyond loopback, in the stack's own; empty: none is asked for.
std::string HttpTokenFile(const Layout& layout, const std::string& bind, const std::string& named);

// In the order of their start: what others need comes first.
std::vector<Child> ChildrenOf(const StackPlan& plan);

// How a process says that it is ready.
struct Readiness {
  std::string name;
  // HTTP: GET `path` answers 200. Empty path: gRPC health at host:port.
  std::string address;
  std::string path;
};
std::vector<Readiness> ReadinessOf(int base_port, const std::string& bind_grpc, bool own_engine,
                                   const std::string& engine_address);

}  // namespace eventreactor::stack
