#include "services/kube-adapter/store/event_intake.h"

#include <gmock/gmock.h>

#include <thread>

#include "libs/bus/fake_bus.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/naming.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/recorder_testing.h"
#include "services/kube-adapter/store/store_testing.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

v1::Event FullEvent() {
  v1::Event event = TestEvent("mine");
  event.mutable_metadata()->set_uid("uid-1");
  event.mutable_spec()->set_subject("subject");
  event.mutable_spec()->set_content_type("text/plain");
  event.mutable_spec()->set_data_base64(std::string("\xFF\0", 2));
  (*event.mutable_spec()->mutable_extensions())["ext"] = "1";
  return event;
}

TEST(IntakeMessageTest, IsWhatIngestWouldHavePublishedUnderTheUid) {
  const absl::StatusOr<bus::Message> message = IntakeMessage(FullEvent());
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->id, "uid-1");
  EXPECT_EQ(message->subject, "er.event.default.t");
  EXPECT_EQ(message->Header("er-namespace"), "default");
  EXPECT_EQ(message->Header("er-event-name"), "mine");
  EXPECT_EQ(message->Header("er-event-uid"), "uid-1");
  const auto event = cloudevents::FromNats(message->headers, message->payload);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->source, "/s");
  EXPECT_EQ(event->id, "mine");
  EXPECT_EQ(event->subject, "subject");
  EXPECT_EQ(event->datacontenttype, "text/plain");
  EXPECT_EQ(event->extensions.at("ext"), "1");
  EXPECT_EQ(event->data, std::string("\xFF\0", 2));
}

TEST(IntakeMessageTest, WhatIsNoCloudEventIsRefusedNamingTheAttribute) {
  v1::Event event = FullEvent();
  event.mutable_spec()->set_time("yesterday");
  EXPECT_EQ(Field(IntakeMessage(event).status()), "time");
}

class EventIntakeTest : public KubeStoreTest {
 protected:
  EventIntakeTest() {
    store_->Start();
    EXPECT_TRUE(store_->WaitForSync(absl::Seconds(10)));
  }
  ~EventIntakeTest() override {
    intake_.Stop();
    store_->Stop();
  }

  std::string MakeByHand(const std::string& name, const std::string& type = "t") {
    const auto made = server_.Create(EventKind().resource,
                                     {{"metadata", {{"name", name}, {"namespace", "default"}}},
                                      {"spec", {{"type", type}, {"source", "/s"}, {"id", name}}}});
    EXPECT_TRUE(made.ok()) << made.status();
    return (*made)["metadata"]["uid"];
  }
  // Waits until so many messages are on the bus; their ids.
  std::vector<std::string> AwaitPublished(size_t count) {
    std::vector<std::string> ids;
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    do {
      ids.clear();
      for (const auto& stored : bus_.Stored(bus::kEvents)) ids.push_back(stored.message.id);
      std::this_thread::yield();
    } while (ids.size() < count && absl::Now() < deadline);
    return ids;
  }

  bus::FakeBus bus_;
  TestRecorder recorder_;
  EventIntake intake_{{*client_, *store_, bus_, recorder_},
                      {.retry_first = absl::Milliseconds(1), .retry_most = absl::Milliseconds(5)}};
};

TEST_F(EventIntakeTest, PublishesWhatIsThereAndWhatComes) {
  const std::string before = MakeByHand("before");
  intake_.Start();
  EXPECT_THAT(AwaitPublished(1), ElementsAre(before));
  const std::string after = MakeByHand("after");
  EXPECT_THAT(AwaitPublished(2), ElementsAre(before, after));
  const auto labelled = server_.Get(EventKind().resource, {"default", "after"});
  EXPECT_EQ((*labelled)["metadata"]["labels"][EventTypeLabel()], "t");
}

TEST_F(EventIntakeTest, LeavesAloneWhatWasDispatched) {
  v1::Event recorded = TestEvent("recorded");
  recorded.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  ASSERT_TRUE(store_->events().Create(recorded).ok());
  ASSERT_TRUE(server_
                  .Create(EventKind().resource,
                          {{"metadata", {{"name", "replica"}, {"namespace", "default"}}},
                           {"spec", {{"type", "t"}, {"source", "/s"}, {"id", "1"}}},
                           {"status", {{"dispatchTime", "2026-01-01T00:00:00Z"}}}})
                  .ok());
  const std::string uid = MakeByHand("z-last");
  intake_.Start();
  EXPECT_THAT(AwaitPublished(1), ElementsAre(uid));
}

TEST_F(EventIntakeTest, AChangeOfAnEventThatWaitsForItsDispatchPublishesNothingMore) {
  const std::string first = MakeByHand("first");
  intake_.Start();
  EXPECT_THAT(AwaitPublished(1), ElementsAre(first));
  bus_.ForgetIds();
  ASSERT_TRUE(server_
                  .Change(EventKind().resource, {"default", "first"},
                          [](json& object) { object["metadata"]["labels"]["a"] = "b"; })
                  .ok());
  const std::string second = MakeByHand("second");
  EXPECT_THAT(AwaitPublished(2), ElementsAre(first, second));
}

TEST_F(EventIntakeTest, ARecreatedEventIsAnother) {
  const std::string first = MakeByHand("e");
  intake_.Start();
  EXPECT_THAT(AwaitPublished(1), ElementsAre(first));
  ASSERT_TRUE(server_.Remove(EventKind().resource, {"default", "e"}).ok());
  const std::string second = MakeByHand("e");
  EXPECT_THAT(AwaitPublished(2), ElementsAre(first, second));
}

TEST_F(EventIntakeTest, TriesAgainUntilTheBusTakesIt) {
  bus_.SetFull(bus::kEvents, true);
  intake_.Start();
  const std::string uid = MakeByHand("e");
  ASSERT_TRUE(server_
                  .Await(EventKind().resource, {"default", "e"},
                         [](const json& object) { return object["metadata"].contains("labels"); })
                  .has_value());
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  bus_.SetFull(bus::kEvents, false);
  EXPECT_THAT(AwaitPublished(1), ElementsAre(uid));
}

TEST_F(EventIntakeTest, TellsWhatIsNoCloudEvent) {
  intake_.Start();
  ASSERT_TRUE(
      server_
          .Create(EventKind().resource,
                  {{"metadata", {{"name", "bad"}, {"namespace", "default"}}},
                   {"spec", {{"type", "t"}, {"source", "/s"}, {"id", "1"}, {"time", "yesterday"}}}})
          .ok());
  EXPECT_THAT(recorder_.Await(1), ElementsAre(HasSubstr("Event bad Warning InvalidEvent")));
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

}  // namespace
}  // namespace eventreactor::kube
