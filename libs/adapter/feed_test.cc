#include "libs/adapter/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/bus/fake_bus.h"
#include "libs/domain/convert.h"

namespace eventreactor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

v1::Action ToldAction() {
  v1::Action action;
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_metadata()->set_name("a");
  action.mutable_metadata()->set_uid("u");
  action.mutable_metadata()->mutable_creation_timestamp()->set_seconds(1'700'000'000);
  action.mutable_spec()->mutable_pipeline()->set_name("build");
  action.mutable_spec()->mutable_transaction()->set_id("a");
  auto& fields = *action.mutable_spec()->mutable_build()->add_steps()->mutable_fields();
  fields["image"].set_string_value("secret-image");
  return action;
}

void End(v1::Action& action, const std::string& name, int exit_code) {
  v1::StepState& step = *action.mutable_status()->add_step_states();
  step.set_name(name);
  step.mutable_terminated()->set_exit_code(exit_code);
  step.mutable_terminated()->mutable_finished_at()->set_seconds(1'700'000'009);
}

TEST(Feed, TellsThatAnActionIsThere) {
  const bus::Message message = ActionCreatedMessage(ToldAction());
  EXPECT_EQ(message.subject, "er.feed.action.default.build.created");
  EXPECT_EQ(message.Header("ce-type"), "io.github.summerwind.eventreactor.action.created");
  EXPECT_EQ(message.Header("ce-id"), "u/created");
  EXPECT_EQ(message.Header("ce-source"), "/namespaces/default/actions/a");
  EXPECT_EQ(message.Header("ce-subject"), "build");
  EXPECT_EQ(message.Header("ce-time"), "2023-11-14T22:13:20+00:00");
  EXPECT_EQ(message.id, "u/created") << "told twice it is known as one";
  EXPECT_THAT(message.payload, HasSubstr("\"kind\":\"Action\""));
  EXPECT_THAT(message.payload, Not(HasSubstr("secret-image")));
}

TEST(Feed, TellsWhatIsNewInAStatus) {
  const v1::Action created = ToldAction();
  v1::Action running = created;
  running.mutable_status()->mutable_start_time()->set_seconds(1'700'000'001);
  End(running, "build-step-one", 0);
  const auto first = ActionChangeMessages(created, running);
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(first[0].subject, "er.feed.action.default.build.started");
  EXPECT_EQ(first[0].Header("ce-time"), "2023-11-14T22:13:21+00:00");
  EXPECT_EQ(first[1].subject, "er.feed.action.default.build.step");
  EXPECT_EQ(first[1].Header("ce-step"), "build-step-one");
  EXPECT_EQ(first[1].Header("ce-exitcode"), "0");

  v1::Action further = running;
  further.mutable_status()->add_step_states()->set_name("build-step-two");
  EXPECT_THAT(ActionChangeMessages(running, further), IsEmpty()) << "it has not ended";
  v1::Action ended = running;
  End(ended, "build-step-two", 3);
  const auto second = ActionChangeMessages(further, ended);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].Header("ce-type"), "io.github.summerwind.eventreactor.action.step.ended");
  EXPECT_EQ(second[0].Header("ce-exitcode"), "3");
  EXPECT_EQ(second[0].id, "u/step/build-step-two");
}

TEST(Feed, TellsWhatAnEventCreatedAndNotWhatItCarries) {
  v1::Event event;
  event.mutable_metadata()->set_namespace_("default");
  event.mutable_metadata()->set_name("e");
  event.mutable_metadata()->set_uid("u");
  event.mutable_spec()->set_type("com.example.push");
  event.mutable_spec()->set_data("a secret");
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1'700'000'000);
  v1::Decision& created = *event.mutable_status()->add_decisions();
  created.set_pipeline("build");
  created.set_action("a");
  event.mutable_status()->add_decisions()->set_pipeline("refused");
  const bus::Message message = EventDispatchedMessage(event);
  EXPECT_EQ(message.subject, "er.feed.dispatched.default.com.example.push");
  EXPECT_EQ(message.Header("ce-type"), "io.github.summerwind.eventreactor.event.dispatched");
  EXPECT_EQ(message.Header("ce-subject"), "com.example.push");
  EXPECT_EQ(message.Header("ce-source"), "/namespaces/default/events/e");
  EXPECT_EQ(message.Header("ce-time"), "2023-11-14T22:13:20+00:00");
  EXPECT_THAT(message.payload, HasSubstr("build"));
  EXPECT_THAT(message.payload, Not(HasSubstr("refused")));
  EXPECT_THAT(message.payload, Not(HasSubstr("a secret")));
}

TEST(Feed, ATapMaySeeItAndABusThatIsAwayDoesNoHarm) {
  bus::FakeBus bus;
  TellFeed(bus, ActionCreatedMessage(ToldAction()));
  EXPECT_EQ(bus.Stored(bus::kFeed).at(0).message.subject, "er.feed.action.default.build.created");
  bus.SetConnected(false);
  TellFeed(bus, ActionCreatedMessage(ToldAction()));
}

}  // namespace
}  // namespace eventreactor
