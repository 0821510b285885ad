// One bus, one adapter, and dispatchers that come and go, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/dispatcher/dispatcher.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {

class DispatcherFixture : public ::testing::Test {
 protected:
  void Publish(const bus::Message& message) {
    const auto ack = bus_.Publish(message);
    ASSERT_TRUE(ack.ok()) << ack.status();
  }

  // Lets one dispatcher take what is due, once. False if nothing was.
  bool Take(Dispatcher& dispatcher, const char* stream) {
    bus_.Advance(absl::Minutes(2));  // past every backoff and ack_wait
    auto consumer = bus_.Consume(stream, "dispatcher");
    auto batch = (*consumer)->Fetch(32, absl::ZeroDuration());
    if (!batch.ok() || batch->empty()) return false;
    dispatcher.Handle(*std::move(batch));
    return true;
  }
  bool TakeEvents(Process& process) { return Take(process.events, bus::kEvents); }
  bool TakeActions(Process& process) { return Take(process.actions, bus::kActions); }

  std::vector<std::string> ActionPipelines() const {
    std::vector<std::string> names;
    for (const auto& action : adapter_.Actions()) names.push_back(action.spec().pipeline().name());
    return names;
  }

  // The finished form of the one Action of that Pipeline that is stored.
  v1::Action Finish(const std::string& pipeline) {
    for (v1::Action action : adapter_.Actions()) {
      if (action.spec().pipeline().name() != pipeline) continue;
      action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
      return action;
    }
    ADD_FAILURE() << "no action of " << pipeline;
    return {};
  }

  std::string DeadHeader(const char* name) const {
    const auto dead = bus_.Stored(bus::kDead);
    return dead.size() == 1 ? dead[0].message.Header(name) : "";
  }

  bus::FakeBus bus_;
  FakeAdapter adapter_;
};

}  // namespace eventreactor::dispatcher
