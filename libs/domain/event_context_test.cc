#include "libs/domain/event_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "libs/domain/fixtures.h"

namespace eventreactor {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(EventContext, NamesTheEventAndThePipeline) {
  v1::Action action;
  action.mutable_spec()->mutable_event()->set_name("ev");
  action.mutable_spec()->mutable_event()->set_type("com.example.push");
  action.mutable_spec()->mutable_event()->set_source("/src/$(HOME)");
  action.mutable_spec()->mutable_pipeline()->set_name("pipe");
  v1::Event event;
  event.mutable_spec()->set_subject("sub");
  EXPECT_THAT(RunVariables(action, event),
              ElementsAre(Pair("HOME", "/builder/home"), Pair("ER_EVENT_NAME", "ev"),
                          Pair("ER_EVENT_TYPE", "com.example.push"),
                          Pair("ER_EVENT_SOURCE", "/src/$(HOME)"), Pair("ER_EVENT_SUBJECT", "sub"),
                          Pair("ER_PIPELINE_NAME", "pipe")));
}

TEST(EventContext, WhatAnActionDoesNotSayOfItsEventTheEventSays) {
  v1::Action action;
  action.mutable_spec()->mutable_event()->set_name("ev");
  const auto variables = RunVariables(action, fixtures::EventOf("push", "/src"));
  const std::map<std::string, std::string> by_name(variables.begin(), variables.end());
  EXPECT_EQ(by_name.at("ER_EVENT_TYPE"), "push");
  EXPECT_EQ(by_name.at("ER_EVENT_SOURCE"), "/src");
}

TEST(EventContext, TellsAChainedRunOfItsUpstream) {
  v1::Action action;
  v1::ActionUpstream& upstream = *action.mutable_spec()->mutable_upstream();
  upstream.set_name("up");
  upstream.set_status(v1::COMPLETION_NEUTRAL);
  upstream.set_pipeline("second");
  upstream.add_via("first");
  upstream.add_via("second");
  const auto variables = RunVariables(action, v1::Event());
  const std::map<std::string, std::string> by_name(variables.begin(), variables.end());
  EXPECT_EQ(by_name.at("ER_UPSTREAM_NAME"), "up");
  EXPECT_EQ(by_name.at("ER_UPSTREAM_STATUS"), "neutral");
  EXPECT_EQ(by_name.at("ER_UPSTREAM_PIPELINE"), "second");
  EXPECT_EQ(by_name.at("ER_UPSTREAM_VIA"), "first,second");
}

TEST(EventContext, HasAFileForEachAttributeEvenIfEmpty) {
  v1::Event event = fixtures::EventOf("t", "/s", "id-1");
  event.mutable_spec()->set_data_base64(std::string("\0\xFF\n", 3));
  (*event.mutable_spec()->mutable_extensions())["traceparent"] = "00-1";
  (*event.mutable_spec()->mutable_extensions())["a"] = "b";
  const auto files = EventFiles(event);
  ASSERT_TRUE(files.ok()) << files.status();
  std::vector<std::pair<std::string, std::string>> seen;
  for (const EventFile& file : *files) seen.emplace_back(file.path, file.data);
  EXPECT_THAT(seen, ElementsAre(Pair("id", "id-1"), Pair("time", ""), Pair("type", "t"),
                                Pair("source", "/s"), Pair("subject", ""), Pair("content-type", ""),
                                Pair("data", std::string("\0\xFF\n", 3)), Pair("extensions/a", "b"),
                                Pair("extensions/traceparent", "00-1")));
}

TEST(EventContext, TakesNoExtensionForAPath) {
  for (const char* name : {"../../etc/passwd", "", "a/b", "Upper", "dot."}) {
    v1::Event event = fixtures::EventOf("t");
    (*event.mutable_spec()->mutable_extensions())[name] = "x";
    EXPECT_EQ(EventFiles(event).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

}  // namespace
}  // namespace eventreactor
