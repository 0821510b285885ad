// Turns a CloudEvent into a message that the bus keeps: what every protocol
// ends in. An event is accepted once the bus has stored it, never before.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"
#include "libs/cloudevents/cloudevent.h"
#include "services/ingest/metrics.h"

namespace eventreactor::ingest {

// The header of a bus message with the namespace, exactly.
inline constexpr char kNamespaceHeader[] = "er-namespace";

// What the publisher is told.
struct Receipt {
  std::string ns;
  // The Event's name.
  std::string name;
  // True if the bus remembers that it had stored this event before.
  bool duplicate = false;
};

// Thread-safe. Must outlive the bus, whose threads call back into it.
class Acceptor {
 public:
  struct Options {
    // Where events go that name no namespace.
    std::string default_namespace = "default";
    cloudevents::Limits limits;
    absl::Duration publish_timeout = absl::Seconds(5);
  };
  using Callback = std::function<void(absl::StatusOr<Receipt>)>;

  Acceptor(Options options, bus::Bus& bus, Metrics& metrics);

  // Validates, names and publishes the event; does not wait. `done` is called
  // exactly once: here for what is refused at once, else from a thread of the
  // bus, which it must not block. Errors are Validate's, the bus', and
  // INVALID_ARGUMENT (field "namespace").
  void Accept(Protocol protocol, const std::string& ns, const cloudevents::CloudEvent& event,
              Callback done);

 private:
  const Options options_;
  bus::Bus& bus_;
  Metrics& metrics_;
};

}  // namespace eventreactor::ingest
