// Turns a CloudEvent into a message that the bus keeps: what every protocol
// ends in. An event is accepted once the bus has stored it, never before.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"
#include "libs/cloudevents/batch.h"
#include "libs/cloudevents/cloudevent.h"
#include "services/ingest/metrics.h"
#include "services/ingest/quotas.h"

namespace eventreactor::ingest {

// The header of a bus message with the namespace, exactly.
inline constexpr char kNamespaceHeader[] = "er-namespace";

// Whose request it is.
struct Sender {
  Protocol protocol = Protocol::kHttp;
  // The address that it came from, without a port: what quotas count by.
  std::string address;
};

// What the publisher is told.
struct Receipt {
  std::string ns;
  // The Event's name.
  std::string name;
  // True if the bus remembers that it had stored this event before.
  bool duplicate = false;
};

// What became of each event of a batch, in its order.
struct BatchReceipt {
  std::string ns;
  std::vector<absl::StatusOr<Receipt>> results;
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
  using BatchCallback = std::function<void(absl::StatusOr<BatchReceipt>)>;

  // `quotas` null: none.
  Acceptor(Options options, bus::Bus& bus, Metrics& metrics, Quotas* quotas = nullptr);

  // Validates, names and publishes the event; does not wait. `done` is called
  // exactly once: here for what is refused at once, else from a thread of the
  // bus, which it must not block. Errors are Validate's, the bus', the quotas'
  // and INVALID_ARGUMENT (field "namespace").
  void Accept(const Sender& sender, const std::string& ns, const cloudevents::CloudEvent& event,
              Callback done);

  // The same for each event of a batch, each on its own; `done` gets the
  // results once there are all of them. The batch as a whole is refused, and
  // nothing of it accepted, for its namespace and by the quotas: in parts, one
  // larger than a quota would be sent again and again and never end.
  void AcceptBatch(const Sender& sender, const std::string& ns, cloudevents::Batch batch,
                   BatchCallback done);

 private:
  // The namespace to take, once it may be and the quotas have room for this.
  absl::StatusOr<std::string> Admit(const Sender& sender, const std::string& ns, const Load& load);
  void Publish(Protocol protocol, const std::string& ns, const cloudevents::CloudEvent& event,
               Callback done);

  const Options options_;
  bus::Bus& bus_;
  Metrics& metrics_;
  Quotas* const quotas_;
};

}  // namespace eventreactor::ingest
