// Where the feed of the Event Reactor in effect is.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/cluster/port_forward.h"
#include "cli/context/choose.h"
#include "cli/tap/feed.h"

namespace eventreactor::cli {

struct FeedAddress {
  // Without subject.
  FeedOptions options;
  // What leads there, for as long as it is to.
  std::unique_ptr<PortForward> forward;
};

// Of a stack: its nats-server. Of addresses: what the context says; NO_ADDRESS
// if it says nothing. Of a cluster: a port-forward, and the Secret's
// tap-password.
absl::StatusOr<FeedAddress> FindFeed(const Globals& globals, absl::Duration timeout);

}  // namespace eventreactor::cli
