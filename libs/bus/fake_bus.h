// A bus in memory, for tests: it behaves like the real one (dedupe by id,
// redelivery, refusal when full, republish to ER_FEED), and fails on demand.
//
// Time is the clock plus what Advance() added to it, so a test never waits for
// a redelivery. Callbacks come from a thread of the bus, as with the real one,
// unless the options say otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"

namespace eventreactor::bus {

class FakeBus : public Bus {
 public:
  struct Options {
    absl::Duration ack_wait = absl::Seconds(60);
    absl::Duration duplicate_window = absl::Minutes(10);
    // Of each stream. Beyond it ER_LOG and ER_FEED drop the oldest, the
    // others refuse with BUS_FULL.
    size_t max_messages = 100'000;
    std::function<absl::Time()> now = absl::Now;
    // Callbacks are made before PublishAsync returns, and there is no thread.
    bool answers_at_once = false;
  };
  FakeBus();
  explicit FakeBus(Options options);
  // Waits for the callbacks under way. Must not be called from one.
  ~FakeBus() override;

  void PublishAsync(const Message& message, absl::Duration timeout, PublishCallback done) override;
  absl::StatusOr<std::unique_ptr<Consumer>> Consume(const std::string& stream,
                                                    const std::string& durable) override;
  absl::StatusOr<std::unique_ptr<Reader>> Read(const std::string& stream,
                                               const std::string& filter) override;
  absl::StatusOr<StoredMessage> Last(const std::string& stream,
                                     const std::string& subject) override;
  absl::StatusOr<StoredMessage> Next(const std::string& stream, const std::string& filter,
                                     uint64_t from) override;
  absl::Status Remove(const std::string& stream, uint64_t sequence) override;
  absl::Status Purge(const std::string& stream, const std::string& filter) override;
  bool Connected() const override;

  // What a test does to it.
  // Down: every call answers BUS_DOWN, acks are lost.
  void SetConnected(bool connected);
  // Refuses as if its bound were reached.
  void SetFull(const std::string& stream, bool full);
  // The next `count` publishes are stored, but the answer is lost: BUS_DOWN.
  void LoseAnswers(int count);
  // Forgets the ids it deduplicates by, as a restarted nats-server does for
  // messages that were acknowledged.
  void ForgetIds();
  // Moves the clock: what is due by then is redelivered.
  void Advance(absl::Duration by);

  // What a test looks at.
  // The messages that a stream holds, in order.
  std::vector<StoredMessage> Stored(const std::string& stream) const;
  // How many messages ever were stored there; duplicates are not.
  uint64_t StoredEver(const std::string& stream) const;

  // Shared with consumers, readers and deliveries, which may outlive the bus.
  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace eventreactor::bus
