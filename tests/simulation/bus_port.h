// The bus as a simulated process sees it: publishes, messages and their
// acknowledgements get lost, and a loan may be over while it is held.
#pragma once

#include <memory>
#include <string>

#include "libs/bus/fake_bus.h"
#include "tests/simulation/calls.h"

namespace eventreactor::simulation {

class BusPort : public bus::Bus {
 public:
  // `waits`: who publishes waits for the answer; otherwise it comes later, to
  // another task of `process`.
  BusPort(bus::FakeBus& bus, Calls& calls, ProcessPtr process, bool waits, Mutation mutation)
      : bus_(bus),
        calls_(calls),
        process_(std::move(process)),
        waits_(waits),
        mutation_(mutation) {}

  void PublishAsync(const bus::Message& message, absl::Duration timeout,
                    PublishCallback done) override;
  absl::StatusOr<std::unique_ptr<bus::Consumer>> Consume(const std::string& stream,
                                                         const std::string& durable) override;
  // Nothing of these is simulated.
  absl::StatusOr<std::unique_ptr<bus::Reader>> Read(const std::string& stream,
                                                    const std::string& filter) override {
    return bus_.Read(stream, filter);
  }
  absl::StatusOr<bus::StoredMessage> Last(const std::string& stream,
                                          const std::string& subject) override {
    return bus_.Last(stream, subject);
  }
  absl::StatusOr<bus::StoredMessage> Next(const std::string& stream, const std::string& filter,
                                          uint64_t from) override {
    return bus_.Next(stream, filter, from);
  }
  absl::Status Remove(const std::string& stream, uint64_t sequence) override {
    return bus_.Remove(stream, sequence);
  }
  absl::Status Purge(const std::string& stream, const std::string& filter) override {
    return bus_.Purge(stream, filter);
  }
  bool Connected() const override { return bus_.Connected(); }

 private:
  void Store(const bus::Message& message, absl::Duration timeout, const PublishCallback& done);

  bus::FakeBus& bus_;
  Calls& calls_;
  const ProcessPtr process_;
  const bool waits_;
  const Mutation mutation_;
};

}  // namespace eventreactor::simulation
