#include "services/kube-adapter/kube/recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/kube/testing/fake_clock.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr absl::Duration kPatience = absl::Seconds(10);
const ObjectReference kAction{.api_version = "x.io/v1",
                              .kind = "Action",
                              .ns = "ns",
                              .name = "a",
                              .uid = "u",
                              .resource_version = "7"};

class RecorderTest : public testing::Test {
 protected:
  void Begin(RecorderOptions options = {}) {
    options.component = "tester";
    options.instance = "tester-0";
    ClientOptions quick;
    quick.max_attempts = 1;
    client_ = *Client::Create(server_.config(), quick);
    recorder_ = std::make_unique<EventRecorder>(*client_, options, clock_);
  }
  void Record(const std::string& reason, const std::string& message = "m") {
    recorder_->Record(kAction, EventType::kNormal, reason, message);
  }
  std::vector<json> Recorded() {
    EXPECT_TRUE(recorder_->Flush(kPatience));
    return server_.List(Events());
  }

  FakeApiServer server_;
  FakeClock clock_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<EventRecorder> recorder_;
};

TEST_F(RecorderTest, TellsWhatHappenedToWhat) {
  Begin();
  recorder_->Record(kAction, EventType::kWarning, "FailedReadLog", "no log");
  const auto events = Recorded();
  ASSERT_EQ(events.size(), 1U);
  const json& event = events.front();
  EXPECT_EQ(event["metadata"]["namespace"], "ns");
  EXPECT_EQ(event["involvedObject"], json({{"apiVersion", "x.io/v1"},
                                           {"kind", "Action"},
                                           {"namespace", "ns"},
                                           {"name", "a"},
                                           {"uid", "u"},
                                           {"resourceVersion", "7"}}));
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "FailedReadLog");
  EXPECT_EQ(event["message"], "no log");
  EXPECT_EQ(event["source"]["component"], "tester");
  EXPECT_EQ(event["reportingInstance"], "tester-0");
  EXPECT_EQ(event["firstTimestamp"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(event["count"], 1);
}

TEST_F(RecorderTest, CountsWhatHappensAgain) {
  Begin();
  Record("Created");
  ASSERT_TRUE(recorder_->Flush(kPatience));
  clock_.Advance(absl::Minutes(1));
  Record("Created");
  ASSERT_TRUE(recorder_->Flush(kPatience));
  Record("Other");
  const auto events = Recorded();
  ASSERT_EQ(events.size(), 2U);
  const json& created = events[0]["reason"] == "Created" ? events[0] : events[1];
  EXPECT_EQ(created["count"], 2);
  EXPECT_EQ(created["lastTimestamp"], "2023-11-14T22:14:20Z");
}

TEST_F(RecorderTest, CountsWhatHappensWhileItIsBeingTold) {
  Begin();
  for (int i = 0; i < 100; ++i) Record("Created");
  const auto events = Recorded();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front()["count"], 100);
}

TEST_F(RecorderTest, BeginsAnewAfterAWhile) {
  Begin();
  Record("Created");
  ASSERT_TRUE(recorder_->Flush(kPatience));
  clock_.Advance(absl::Minutes(11));
  Record("Created");
  EXPECT_EQ(Recorded().size(), 2U);
}

TEST_F(RecorderTest, BeginsAnewWhenTheServerHasForgotten) {
  Begin();
  Record("Created");
  const std::string name = Recorded().front()["metadata"]["name"];
  ASSERT_TRUE(server_.Remove(Events(), {"ns", name}).ok());
  Record("Created");
  const auto events = Recorded();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_NE(events.front()["metadata"]["name"], name);
}

TEST_F(RecorderTest, CombinesManyThatDifferInTheirMessage) {
  Begin({.max_similar = 2});
  for (int i = 0; i < 5; ++i) {
    Record("Triggered", std::to_string(i));
    ASSERT_TRUE(recorder_->Flush(kPatience));
  }
  Record("Other", "5");
  std::map<std::string, int> counts;
  for (const json& event : Recorded()) counts[event["message"]] = event["count"];
  const std::map<std::string, int> wanted = {
      {"0", 1}, {"1", 1}, {"(combined from similar events): 4", 3}, {"5", 1}};
  EXPECT_EQ(counts, wanted);
}

TEST_F(RecorderTest, TellsEachOneAgainAfterAWhile) {
  Begin({.max_similar = 1});
  Record("Triggered", "0");
  Record("Triggered", "1");
  clock_.Advance(absl::Minutes(11));
  Record("Triggered", "2");
  std::set<std::string> messages;
  for (const json& event : Recorded()) messages.insert(event["message"]);
  EXPECT_EQ(messages, (std::set<std::string>{"0", "(combined from similar events): 1", "2"}));
}

TEST_F(RecorderTest, CountsWhatItHadNoRoomFor) {
  Begin({.max_queued = 2, .max_in_flight = 1});
  server_.Inject({.delay = absl::Milliseconds(100)});
  for (int i = 0; i < 5; ++i) Record("Created", std::to_string(i));
  EXPECT_EQ(recorder_->metrics().dropped, 2U);
  EXPECT_EQ(Recorded().size(), 3U);
  EXPECT_EQ(recorder_->metrics().recorded, 3U);
}

TEST_F(RecorderTest, AWarningTakesThePlaceOfTheOldestThatIsNone) {
  std::atomic<bool> busy = true;
  Begin({.max_queued = 2, .busy = [&] { return busy.load(); }});
  Record("First");  // on its way
  Record("Second");
  Record("Third");
  recorder_->Record(kAction, EventType::kWarning, "Trouble", "m");
  busy = false;
  recorder_->Resume();
  std::set<std::string> reasons;
  for (const json& event : Recorded()) reasons.insert(event["reason"]);
  EXPECT_EQ(reasons, (std::set<std::string>{"First", "Third", "Trouble"}));
  EXPECT_EQ(recorder_->metrics().dropped, 1U);
}

TEST_F(RecorderTest, WaitsWhileThereIsBetterToDo) {
  std::atomic<bool> busy = true;
  Begin({.max_in_flight = 4, .busy = [&] { return busy.load(); }, .pause = absl::Hours(1)});
  for (int i = 0; i < 4; ++i) Record("Created", std::to_string(i));
  EXPECT_FALSE(recorder_->Flush(absl::Milliseconds(50)));
  EXPECT_LE(recorder_->metrics().recorded, 1U) << "one in an hour";
  busy = false;
  recorder_->Resume();
  EXPECT_EQ(Recorded().size(), 4U) << "none is lost";
}

TEST_F(RecorderTest, NeverStopsForGood) {
  Begin({.busy = [] { return true; }, .pause = absl::ZeroDuration()});
  for (int i = 0; i < 4; ++i) Record("Created", std::to_string(i));
  EXPECT_EQ(Recorded().size(), 4U);
}

TEST_F(RecorderTest, CountsWhatTheServerDidNotTake) {
  Begin();
  server_.Inject({.code = 403, .reason = "Forbidden"});
  Record("Created");
  EXPECT_TRUE(Recorded().empty());
  EXPECT_EQ(recorder_->metrics().failed, 1U);
}

TEST_F(RecorderTest, ForgetsTheLongestUnusedFirst) {
  Begin({.max_remembered = 2});
  for (const char* reason : {"A", "B", "A", "C", "A", "B"}) {
    Record(reason);
    ASSERT_TRUE(recorder_->Flush(kPatience));
  }
  int a = 0;
  for (const json& event : Recorded()) a += event["reason"] == "A" ? 1 : 0;
  EXPECT_EQ(a, 1) << "A was used all along";
  EXPECT_EQ(Recorded().size(), 4U) << "B was forgotten for C";
}

TEST_F(RecorderTest, CutsWhatIsTooLong) {
  Begin();
  Record("Created", std::string(5000, 'x'));
  EXPECT_LE(Recorded().front()["message"].get<std::string>().size(), 1024U);
}

}  // namespace
}  // namespace eventreactor::kube
