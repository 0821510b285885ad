// The flags of `reactorctl config set-context`, and the context they make.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "cli/context/context.h"

namespace eventreactor::cli {

// Empty: not given.
struct ContextFlags {
  std::string name;
  std::string ns;
  // A stack on this machine.
  std::string stack;
  // Addresses.
  std::string address;
  std::string ingest;
  std::string dispatcher;
  std::string adapter;
  std::string janitor;
  std::string nats;
  std::string nats_user;
  std::string nats_password_file;
  bool tls = false;
  std::string ca_file;
  // A cluster.
  bool kubernetes = false;
  std::string kubeconfig;
  std::string kube_context;
  std::string system_namespace;
  std::string secret;
  // Addresses or a cluster.
  std::string token_file;
};

void DeclareContextFlags(CLI::App& command, ContextFlags& flags);

// Paths become absolute. INVALID_ARGUMENT (USAGE) for flags of two kinds or of
// none; otherwise as CheckContext.
absl::StatusOr<Context> MakeContext(const ContextFlags& flags);

}  // namespace eventreactor::cli
