// The event bus, as the services need it: durable streams of messages, each
// consumed by a group of workers that acknowledge. `jetstream.h` has the
// implementation; `fake_bus.h` is one in memory, for tests.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace eventreactor::bus {

// The streams. The leading adapter creates them; the others wait for them.
inline constexpr char kEvents[] = "ER_EVENTS";    // er.event.>   work queue, refuses when full
inline constexpr char kActions[] = "ER_ACTIONS";  // er.action.>  work queue, refuses when full
inline constexpr char kLog[] = "ER_LOG";          // er.log.>     drops the oldest when full
inline constexpr char kDead[] = "ER_DEAD";        // er.dead.>    refuses when full
inline constexpr char kFeed[] = "ER_FEED";        // er.feed.>    drops the oldest; fed by republish

struct Message {
  // A concrete subject, see subjects.h.
  std::string subject;
  // Names as sent; only values of one name keep their order, and an empty
  // value does not arrive. Nats-Msg-Id is given by `id` instead.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;
  // Nats-Msg-Id: a second publish of it within the stream's duplicate window
  // stores nothing. Empty: none.
  std::string id;

  // The value of the first header of that name (exact case), or "".
  const std::string& Header(const std::string& name) const;
};

struct PublishAck {
  std::string stream;
  uint64_t sequence = 0;
  // True if the bus had stored this id before.
  bool duplicate = false;
};

// A message on loan from a work queue. Exactly one of Ack and Nak ends the loan; dropping it undone
// means redelivery after ack_wait.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual const Message& message() const = 0;
  // 1 for the first delivery.
  virtual uint64_t attempt() const = 0;
  // When the bus stored the message.
  virtual absl::Time stored_at() const = 0;
  virtual uint64_t sequence() const = 0;
  // Removes it from the queue. Not confirmed by the server: a lost ack means
  // a redelivery, which every consumer must stand.
  virtual absl::Status Ack() = 0;
  // Redelivers it after `delay`.
  virtual absl::Status Nak(absl::Duration delay) = 0;
  // "Still at it": starts ack_wait anew.
  virtual absl::Status InProgress() = 0;
};

// A durable, shared, explicitly acknowledging pull consumer.
class Consumer {
 public:
  virtual ~Consumer() = default;
  // Waits for up to `wait` for at least one message; returns what is there,
  // at most `max`, in order; empty after `wait`. UNAVAILABLE while the
  // connection is down or the stream is not there.
  virtual absl::StatusOr<std::vector<std::unique_ptr<Delivery>>> Fetch(int max,
                                                                       absl::Duration wait) = 0;
};

// A message read back from a stream that keeps its messages.
struct StoredMessage {
  Message message;
  uint64_t sequence = 0;
  absl::Time stored_at;
};

// Reads a stream in order without taking anything from it.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next messages; waits up to `wait` for one; empty after that.
  virtual absl::StatusOr<std::vector<StoredMessage>> Next(int max, absl::Duration wait) = 0;
};

class Bus {
 public:
  virtual ~Bus() = default;

  using PublishCallback = std::function<void(absl::StatusOr<PublishAck>)>;

  // Stores the message. `done` is called once, from a thread of the bus, and
  // must not block: OK after the stream has stored it; RESOURCE_EXHAUSTED
  // (BUS_FULL) if the stream refuses; UNAVAILABLE (BUS_DOWN) if there is no
  // connection or no answer within `timeout`, in which case it may or may
  // not have been stored; INVALID_ARGUMENT (MESSAGE_TOO_LARGE: 2 MiB, of
  // which 60 KiB headers, or 64 KiB for a dead letter). At most
  // 4096 are under way at once, beyond it RESOURCE_EXHAUSTED (BUS_BUSY).
  virtual void PublishAsync(const Message& message, absl::Duration timeout,
                            PublishCallback done) = 0;

  // The same, and waits for it.
  absl::StatusOr<PublishAck> Publish(const Message& message,
                                     absl::Duration timeout = absl::Seconds(5));

  // Joins the durable consumer of that name on a work-queue stream, creating
  // it if need be: ack_wait 60 s, unlimited deliveries, max_ack_pending
  // 20,000.
  virtual absl::StatusOr<std::unique_ptr<Consumer>> Consume(const std::string& stream,
                                                            const std::string& durable) = 0;

  // Reads the messages of a subject filter from the first that is kept.
  virtual absl::StatusOr<std::unique_ptr<Reader>> Read(const std::string& stream,
                                                       const std::string& filter) = 0;

  // The last message of a subject filter; NOT_FOUND if there is none.
  virtual absl::StatusOr<StoredMessage> Last(const std::string& stream,
                                             const std::string& subject) = 0;

  // The first message of a subject filter that is kept at or after a sequence;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<StoredMessage> Next(const std::string& stream, const std::string& filter,
                                             uint64_t from) = 0;

  // Removes one message; NOT_FOUND if it is not there.
  virtual absl::Status Remove(const std::string& stream, uint64_t sequence) = 0;

  // Removes the messages of a subject filter from a stream.
  virtual absl::Status Purge(const std::string& stream, const std::string& filter) = 0;

  // True while there is a connection to a server.
  virtual bool Connected() const = 0;
};

}  // namespace eventreactor::bus
