// The streams, the feed and the rights of taps, against a real nats-server.
#include <gmock/gmock.h>

#include "libs/bus/jetstream_testing.h"
#include "libs/bus/streams.h"

namespace eventreactor::bus {
namespace {

using ::testing::HasSubstr;
using JetStreamStreams = JetStreamTest;

TEST_F(JetStreamStreams, AreAsTheDesignSays) {
  EXPECT_TRUE(bus_->VerifyStreams().ok()) << bus_->VerifyStreams();
  const nlohmann::json events = Api("STREAM.INFO.ER_EVENTS").at("config");
  EXPECT_EQ(events.at("retention"), "workqueue");
  EXPECT_EQ(events.at("discard"), "new");
  EXPECT_EQ(events.at("storage"), "file");
  EXPECT_EQ(events.at("republish").at("dest"), "er.feed.event.>");
  EXPECT_EQ(Api("STREAM.INFO.ER_DEAD").at("config").at("discard"), "new");
  EXPECT_EQ(Api("STREAM.INFO.ER_LOG").at("config").at("discard"), "old");
}

TEST_F(JetStreamStreams, LimitsMayChangeAndWhatWeDoNotSetStays) {
  nlohmann::json config = Api("STREAM.INFO.ER_EVENTS").at("config");
  config["description"] = "an operator's words";
  Api("STREAM.UPDATE.ER_EVENTS", config);
  Publish(Event("1"));
  StreamLimits limits;
  limits.events_max_bytes = 12345678;
  limits.log_max_age = absl::Hours(2);
  ASSERT_TRUE(bus_->EnsureStreams(limits).ok());
  config = Api("STREAM.INFO.ER_EVENTS").at("config");
  EXPECT_EQ(config.at("max_bytes"), 12345678);
  EXPECT_EQ(config.at("description"), "an operator's words");
  EXPECT_EQ(Api("STREAM.INFO.ER_LOG").at("config").at("max_age"), int64_t{7'200'000'000'000});
  EXPECT_EQ(Stored(kEvents), 1);
  // An age below the duplicate window takes the window with it.
  limits.feed_max_age = absl::Minutes(1);
  EXPECT_TRUE(bus_->EnsureStreams(limits).ok());
  EXPECT_TRUE(bus_->VerifyStreams().ok());
}

TEST_F(JetStreamStreams, AMissingOneIsSaid) {
  Api("STREAM.DELETE.ER_DEAD");
  const absl::Status missing = bus_->VerifyStreams();
  EXPECT_EQ(Reason(missing), "STREAM_MISSING");
  EXPECT_THAT(eventreactor::Message(missing), HasSubstr("ER_DEAD"));
}

TEST_F(JetStreamStreams, AChangeThatTheServerRefusesIsSaidInWords) {
  Api("STREAM.DELETE.ER_EVENTS");
  Api("STREAM.CREATE.ER_EVENTS",
      {{"name", "ER_EVENTS"}, {"subjects", {"er.event.>"}}, {"retention", "limits"}});
  const absl::Status differs = bus_->VerifyStreams();
  EXPECT_EQ(Reason(differs), "STREAM_DIFFERS");
  EXPECT_THAT(eventreactor::Message(differs),
              HasSubstr("retention is \"limits\", not \"workqueue\""));
  const absl::Status refused = bus_->EnsureStreams({});
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Reason(refused), "STREAM_REFUSED");
  EXPECT_THAT(eventreactor::Message(refused), HasSubstr("ER_EVENTS"));
  EXPECT_THAT(eventreactor::Message(refused), HasSubstr("retention"));
}

TEST_F(JetStreamStreams, TheFeedKeepsACopyForLateTaps) {
  Publish(Event("1"));
  Publish({"er.action.default.p.success", {}, "2", ""});
  Publish({"er.log.default.a.s", {}, "3", ""});
  auto reader = *bus_->Read(kFeed, "er.feed.>");
  std::vector<std::string> subjects;
  while (subjects.size() < 3) {
    const auto next = reader->Next(10, absl::Minutes(5));
    ASSERT_TRUE(next.ok()) << next.status();
    for (const StoredMessage& stored : *next) subjects.push_back(stored.message.subject);
  }
  EXPECT_THAT(subjects, ::testing::UnorderedElementsAre("er.feed.event.default.t",
                                                        "er.feed.action.default.p.success",
                                                        "er.feed.log.default.a.s"));
}

// A client without credentials, with the library as it comes.
class Tap {
 public:
  explicit Tap(const std::string& url) {
    EXPECT_EQ(natsConnection_ConnectTo(&nats_, url.c_str()), NATS_OK);
  }
  ~Tap() {
    natsSubscription_Destroy(sub_);
    natsConnection_Destroy(nats_);
  }
  void Listen(const std::string& subject) {
    EXPECT_EQ(natsConnection_SubscribeSync(&sub_, nats_, subject.c_str()), NATS_OK);
    Flush();
  }
  void Flush() { EXPECT_EQ(natsConnection_Flush(nats_), NATS_OK); }
  // The subject of the next message.
  std::string Next() {
    natsMsg* msg = nullptr;
    EXPECT_EQ(natsSubscription_NextMsg(&msg, sub_, 60'000), NATS_OK);
    const NatsMsgPtr owned(msg);
    return msg == nullptr ? "" : natsMsg_GetSubject(msg);
  }
  void Publish(const std::string& subject) {
    EXPECT_EQ(natsConnection_PublishString(nats_, subject.c_str(), "x"), NATS_OK);
    Flush();
  }
  // What the server said last; the library keeps it.
  std::string LastError() {
    const char* text = nullptr;
    natsConnection_GetLastError(nats_, &text);
    return text == nullptr ? "" : text;
  }

 private:
  natsConnection* nats_ = nullptr;
  natsSubscription* sub_ = nullptr;
};

TEST_F(JetStreamStreams, ATapHearsTheFeedAsItHappens) {
  Tap tap(server_->url());
  tap.Listen("er.feed.*.default.>");
  Publish(Event("1"));
  Publish({"er.action.other.p.success", {}, "2", ""});
  Publish({"er.action.default.p.success", {}, "3", ""});
  EXPECT_EQ(tap.Next(), "er.feed.event.default.t");
  EXPECT_EQ(tap.Next(), "er.feed.action.default.p.success");
}

TEST_F(JetStreamStreams, ATapMayNotPublish) {
  Tap tap(server_->url());
  tap.Publish("er.event.default.forged");
  EXPECT_THAT(tap.LastError(), HasSubstr("Permissions Violation"));
  EXPECT_EQ(Stored(kEvents), 0);
}

TEST_F(JetStreamStreams, ATapMayNotUseJetStream) {
  Tap tap(server_->url());
  tap.Publish("$JS.API.STREAM.PURGE.ER_EVENTS");
  EXPECT_THAT(tap.LastError(), HasSubstr("Permissions Violation"));
}

TEST_F(JetStreamStreams, ATapMayNotHearWhatServicesHear) {
  for (const char* subject : {"er.event.>", "_ER.>", ">", "$JS.>"}) {
    Tap tap(server_->url());
    tap.Listen(subject);
    EXPECT_THAT(tap.LastError(), HasSubstr("Permissions Violation")) << subject;
  }
}

TEST(StreamLimits, ThatCannotBeAreRefused) {
  EXPECT_TRUE(CheckLimits({}).ok());
  StreamLimits limits;
  limits.dead_max_bytes = 0;
  EXPECT_EQ(CheckLimits(limits).code(), absl::StatusCode::kInvalidArgument);
  limits = {};
  limits.duplicate_window = absl::ZeroDuration();
  EXPECT_EQ(CheckLimits(limits).code(), absl::StatusCode::kInvalidArgument);
  limits = {};
  limits.log_max_age = absl::Milliseconds(1);
  EXPECT_EQ(CheckLimits(limits).code(), absl::StatusCode::kInvalidArgument);
  limits.log_max_age = absl::ZeroDuration();
  EXPECT_TRUE(CheckLimits(limits).ok()) << "for ever";
  limits.replicas = 2;
  EXPECT_EQ(CheckLimits(limits).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace eventreactor::bus
