// Client channels: one way to reach another of our services.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace eventreactor::service {

// The longest message that a client or a server of ours takes.
inline constexpr int kMaxMessageBytes = 4 << 20;

struct Peer {
  // host:port or unix:/path.
  std::string address;
  // Sent as a bearer token; empty: none.
  std::string token;
  // TLS, trusting these certificates in PEM; those of the system if they are
  // empty. Nothing: no TLS.
  std::optional<std::string> tls_roots = std::nullopt;
};

// Reconnects for ever, at the latest every 2 s; keepalive.
std::shared_ptr<grpc::Channel> MakeChannel(const Peer& peer);

// Sets deadline and token on a context for one call. An infinite timeout
// means no deadline.
void PrepareCall(grpc::ClientContext& context, const Peer& peer, absl::Duration timeout);

}  // namespace eventreactor::service
