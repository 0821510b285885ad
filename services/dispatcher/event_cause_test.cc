// Events that were made by other means than ingest, and whose message the
// adapter published.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::fixtures::EventPipeline;
using ::testing::IsEmpty;

class MadeByHandTest : public ::testing::Test {
 protected:
  void Publish(const bus::Message& message) { ASSERT_TRUE(bus_.Publish(message).ok()); }
  bool TakeEvents(Process& process) {
    auto consumer = bus_.Consume(bus::kEvents, "dispatcher");
    auto batch = (*consumer)->Fetch(32, absl::ZeroDuration());
    if (!batch.ok() || batch->empty()) return false;
    process.events.Handle(*std::move(batch));
    return true;
  }

  bus::FakeBus bus_;
  FakeAdapter adapter_;
};

TEST_F(MadeByHandTest, AnEventThatWasThereBeforeItsMessageIsNamedByItsUidAndKeepsItsName) {
  adapter_.Apply(EventPipeline("build", "push"));
  bus::Message message = EventMessage("push", "/repo", "1");
  message.headers.emplace_back("er-event-name", "by-hand");
  message.headers.emplace_back("er-event-uid", "0a1b-2c3d");
  message.id = "0a1b-2c3d";
  Publish(message);
  Process process(bus_, adapter_);
  EXPECT_TRUE(TakeEvents(process));
  const auto actions = adapter_.Actions();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].metadata().name(), ActionName("0a1b-2c3d", "build"));
  EXPECT_EQ(actions[0].spec().event().name(), "by-hand");
  const auto events = adapter_.Events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].metadata().name(), "by-hand");
  EXPECT_EQ(events[0].metadata().uid(), "0a1b-2c3d");
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(MadeByHandTest, AnEventThatWasDeletedBeforeItsDispatchIsDone) {
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Record" ? MakeStatus(absl::StatusCode::kNotFound, "EVENT_NOT_FOUND", "gone")
                            : absl::OkStatus();
  });
  bus::Message message = EventMessage("push", "/repo", "1");
  message.headers.emplace_back("er-event-name", "by-hand");
  message.headers.emplace_back("er-event-uid", "0a1b-2c3d");
  Publish(message);
  Process process(bus_, adapter_);
  EXPECT_TRUE(TakeEvents(process));
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(MadeByHandTest, AnEventsIdentityIsCheckedAsWell) {
  for (const auto& [name, uid] : std::vector<std::pair<std::string, std::string>>{
           {"No Name", "0a1b"}, {"by-hand", "../x"}, {"by-hand", ""}, {"", "0a1b"}}) {
    bus::Message message = EventMessage("push", "/repo", "1");
    message.headers.emplace_back("er-event-name", name);
    message.headers.emplace_back("er-event-uid", uid);
    EXPECT_TRUE(absl::IsInvalidArgument(ReadEvent(message).status())) << name << " " << uid;
  }
}

TEST_F(MadeByHandTest, AChainThatIsTooLongIsSaidToBe) {
  for (const int passed : {kMaxVia - 1, kMaxVia}) {
    v1::Action action = eventreactor::fixtures::FinishedAction("p" + std::to_string(passed));
    for (int i = 0; i < passed; ++i) action.mutable_spec()->mutable_upstream()->add_via("v");
    ASSERT_TRUE(adapter_.CreateOne(action, false).ok());
    for (const v1::Action& stored : adapter_.Actions()) {
      if (stored.metadata().name() == action.metadata().name()) action = stored;
    }
    auto cause = ReadFinishedAction(ActionMessage(action));
    ASSERT_TRUE(cause.ok()) << cause.status();
    v1::Decision matched;
    matched.set_matched(true);
    EXPECT_TRUE((*cause)->Conclude(adapter_, {v1::Decision()}, absl::Now()).ok());
    EXPECT_THAT(adapter_.LimitExceeded(), IsEmpty());
    EXPECT_TRUE((*cause)->Conclude(adapter_, {matched}, absl::Now()).ok());
  }
  EXPECT_EQ(adapter_.LimitExceeded().size(), 1U);
}

}  // namespace
}  // namespace eventreactor::dispatcher
