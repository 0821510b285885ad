#include "services/ingest/acceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "libs/bus/fake_bus.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/ingest/metric_value.h"

namespace eventreactor::ingest {
namespace {

using ::testing::IsEmpty;

cloudevents::CloudEvent Event() {
  cloudevents::CloudEvent event;
  event.id = "1";
  event.source = "/s";
  event.type = "com.example.push";
  event.subject = "a b";
  event.extensions = {{"ext", "v"}};
  event.data = std::string("\0\xFF", 2);
  return event;
}

class AcceptorTest : public ::testing::Test {
 protected:
  absl::StatusOr<Receipt> Accept(const std::string& ns, const cloudevents::CloudEvent& event,
                                 Protocol protocol = Protocol::kHttp) {
    std::promise<absl::StatusOr<Receipt>> answer;
    acceptor_.Accept({protocol, "127.0.0.1"}, ns, event, [&](absl::StatusOr<Receipt> receipt) {
      answer.set_value(std::move(receipt));
    });
    return answer.get_future().get();
  }
  double Metric(const std::string& name, const std::map<std::string, std::string>& labels) {
    return MetricValue(registry_, name, labels);
  }

  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  bus::FakeBus bus_;
  Acceptor acceptor_{
      Acceptor::Options{
          .default_namespace = "fallback", .limits = {}, .publish_timeout = absl::Seconds(5)},
      bus_, metrics_};
};

TEST_F(AcceptorTest, AnAcceptedEventIsOnTheBusAsTheBindingHasIt) {
  const auto receipt = Accept("prod", Event());
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->ns, "prod");
  EXPECT_EQ(receipt->name, EventName("prod", "/s", "1"));
  EXPECT_FALSE(receipt->duplicate);

  const auto stored = bus_.Stored(bus::kEvents);
  ASSERT_EQ(stored.size(), 1U);
  const bus::Message& message = stored[0].message;
  EXPECT_EQ(message.subject, "er.event.prod.com.example.push");
  EXPECT_EQ(message.id, receipt->name);
  EXPECT_EQ(message.Header(kNamespaceHeader), "prod");
  EXPECT_EQ(*cloudevents::FromNats(message.headers, message.payload), Event());
}

TEST_F(AcceptorTest, WithoutANamespaceItIsTheDefault) {
  EXPECT_EQ(Accept("", Event())->ns, "fallback");
  EXPECT_EQ(bus_.Stored(bus::kEvents)[0].message.Header(kNamespaceHeader), "fallback");
}

TEST_F(AcceptorTest, ADuplicateHasTheSameNameAndSaysSo) {
  const auto first = Accept("a", Event());
  const auto second = Accept("a", Event());
  EXPECT_EQ(second->name, first->name);
  EXPECT_TRUE(second->duplicate);
  EXPECT_FALSE(Accept("b", Event())->duplicate) << "another namespace, another Event";
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 2U);
  const std::map<std::string, std::string> http = {{"protocol", "http"}};
  EXPECT_EQ(Metric("eventreactor_ingest_events_accepted_total", http), 3);
  EXPECT_EQ(Metric("eventreactor_ingest_events_duplicate_total", http), 1);
}

TEST_F(AcceptorTest, WhatIsInvalidNeverReachesTheBus) {
  cloudevents::CloudEvent event = Event();
  event.time = "now";
  EXPECT_EQ(Field(Accept("a", event, Protocol::kGrpc).status()), "time");
  EXPECT_EQ(Field(Accept("Not a label", Event()).status()), "namespace");
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  EXPECT_EQ(Metric("eventreactor_ingest_events_refused_total",
                   {{"protocol", "grpc"}, {"reason", "INVALID_FIELD"}}),
            1);
}

TEST_F(AcceptorTest, WhatTheBusCannotCarryNamesTheAttribute) {
  cloudevents::CloudEvent event = Event();
  for (int i = 0; i < 20; ++i) event.extensions["e" + std::to_string(i)] = std::string(4000, 'x');
  event.extensions["longest"] = std::string(4090, 'x');
  const auto receipt = Accept("a", event);
  EXPECT_EQ(Reason(receipt.status()), "MESSAGE_TOO_LARGE");
  EXPECT_EQ(Field(receipt.status()), "longest");
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(AcceptorTest, NothingIsAcceptedThatTheBusDidNotStore) {
  bus_.SetConnected(false);
  EXPECT_EQ(Reason(Accept("a", Event()).status()), "BUS_DOWN");
  bus_.SetConnected(true);
  bus_.SetFull(bus::kEvents, true);
  EXPECT_EQ(Reason(Accept("a", Event()).status()), "BUS_FULL");
  bus_.SetFull(bus::kEvents, false);
  bus_.LoseAnswers(1);
  EXPECT_EQ(Reason(Accept("a", Event()).status()), "BUS_DOWN");
  EXPECT_TRUE(Accept("a", Event())->duplicate) << "the retry of what was stored unseen";
  EXPECT_EQ(Metric("eventreactor_ingest_events_refused_total",
                   {{"protocol", "http"}, {"reason", "BUS_DOWN"}}),
            2);
}

}  // namespace
}  // namespace eventreactor::ingest
