// Contexts: the Event Reactors that reactorctl knows by name, and the YAML
// they are kept in. Pure.
//
//   currentContext: lab
//   contexts:
//   - name: lab
//     namespace: team-a
//     kubernetes: {kubeconfig: /home/ada/lab.yaml, context: lab}
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::cli {

// A stack on this machine.
struct StackTarget {
  std::string data_dir;
  friend bool operator==(const StackTarget&, const StackTarget&) = default;
};

// Services at addresses, such as behind a gateway: host:port of gRPC.
struct AddressTarget {
  std::string ingest;
  std::string dispatcher;
  std::string adapter;
  std::string janitor;
  // Where `events tap` listens: NATS itself, without a gateway. Empty: nowhere.
  std::string nats;
  std::string nats_user;
  std::string nats_password_file;
  bool tls = false;
  // PEM; empty: the system's certificates.
  std::string ca_file;
  // Its first line is sent as a bearer token; empty: none is sent.
  std::string token_file;
  friend bool operator==(const AddressTarget&, const AddressTarget&) = default;
};

// What deploy/kustomize installs, reached through kubectl.
struct KubernetesTarget {
  // Empty: what kubectl takes without it.
  std::string kubeconfig;
  std::string context;
  // Where the services are, and the Secret with the token.
  std::string ns = "eventreactor-system";
  std::string secret = "eventreactor";
  // Instead of the Secret.
  std::string token_file;
  friend bool operator==(const KubernetesTarget&, const KubernetesTarget&) = default;
};

struct Context {
  std::string name;
  // Of commands that name none; empty: default.
  std::string ns;
  std::variant<StackTarget, AddressTarget, KubernetesTarget> target;
};

// stack, addresses or kubernetes.
std::string KindOf(const Context& context);
// Where it leads, in a few words.
std::string PlaceOf(const Context& context);

// INVALID_ARGUMENT (BAD_CONTEXT) naming the field: a name that is no DNS
// subdomain, no address at all, an address without a port.
absl::Status CheckContext(const Context& context);

struct Contexts {
  // Empty: none is chosen.
  std::string current;
  // Of different names.
  std::vector<Context> all;

  // Null if there is none of the name.
  const Context* Find(const std::string& name) const;
  // In place of the one of its name, or at the end.
  void Put(Context context);
  // False if there is none of the name. None is current if that one was.
  bool Remove(const std::string& name);
};

std::string ContextsToYaml(const Contexts& contexts);
// INVALID_ARGUMENT naming the field; an unknown one is an error.
absl::StatusOr<Contexts> ContextsFromYaml(const std::string& text);

}  // namespace eventreactor::cli
