#include "libs/domain/matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/fixtures.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using fixtures::ChainedPipeline;
using fixtures::EventOf;
using fixtures::EventPipeline;
using fixtures::FinishedAction;
using ::testing::HasSubstr;

std::shared_ptr<const Matcher> Compiled(const v1::Pipeline& pipeline) {
  auto matcher = Matcher::Compile(pipeline);
  EXPECT_TRUE(matcher.ok()) << matcher.status();
  return *matcher;
}

struct SourceCase {
  const char* pattern;
  const char* source;
  bool matched;
};

class SourcePatternTest : public ::testing::TestWithParam<SourceCase> {};

TEST_P(SourcePatternTest, IsSearchedAnywhereInTheSource) {
  const SourceCase& c = GetParam();
  const v1::Decision decision =
      Compiled(EventPipeline("p", "push", c.pattern))->Evaluate(EventOf("push", c.source));
  EXPECT_EQ(decision.matched(), c.matched);
  EXPECT_EQ(decision.pipeline(), "p");
  EXPECT_EQ(decision.generation(), 1);
  if (!c.matched) {
    EXPECT_EQ(decision.predicate(), "spec.trigger.event.sourcePattern");
    EXPECT_EQ(decision.observed(), c.source);
    EXPECT_EQ(decision.expected(), c.pattern);
  }
}

INSTANTIATE_TEST_SUITE_P(All, SourcePatternTest,
                         ::testing::Values(SourceCase{"", "/anything", true},
                                           SourceCase{"/repos/", "/github/repos/x", true},
                                           SourceCase{"^/repos/", "/github/repos/x", false},
                                           SourceCase{"x$", "/github/repos/x", true},
                                           SourceCase{"(?i)GITHUB", "/github", true},
                                           SourceCase{"a.c", "abc", true},
                                           SourceCase{"a\\.c", "abc", false},
                                           SourceCase{"^\xC3\xBC.$", "\xC3\xBC\xC3\xA4", true}));

TEST(MatchingTest, AnotherTypeIsRefusedNamingBoth) {
  const v1::Decision decision = Compiled(EventPipeline("p", "push"))->Evaluate(EventOf("pull"));
  EXPECT_FALSE(decision.matched());
  EXPECT_EQ(decision.predicate(), "spec.trigger.event.type");
  EXPECT_EQ(decision.observed(), "pull");
  EXPECT_EQ(decision.expected(), "push");
  EXPECT_THAT(DescribeRefusal(decision), HasSubstr("\"pull\" where it wants \"push\""));
}

TEST(MatchingTest, ATypeIsNoPrefixAndNoPattern) {
  const auto matcher = Compiled(EventPipeline("p", "com.example"));
  EXPECT_TRUE(matcher->Evaluate(EventOf("com.example")).matched());
  EXPECT_FALSE(matcher->Evaluate(EventOf("com.example.push")).matched());
  EXPECT_FALSE(matcher->Evaluate(EventOf("comXexample")).matched());
  EXPECT_FALSE(matcher->Evaluate(EventOf("COM.EXAMPLE")).matched());
}

TEST(MatchingTest, EventsAndActionsTriggerOnlyWhatAsksForThem) {
  const v1::Decision chained = Compiled(ChainedPipeline("p"))->Evaluate(EventOf("push"));
  EXPECT_FALSE(chained.matched());
  EXPECT_EQ(chained.predicate(), "spec.trigger");
  EXPECT_THAT(DescribeRefusal(chained), HasSubstr("by finished Actions, not by Events"));
  const v1::Decision by_event =
      Compiled(EventPipeline("p", "push"))->Evaluate(FinishedAction("up"));
  EXPECT_FALSE(by_event.matched());
  EXPECT_EQ(by_event.predicate(), "spec.trigger");
  EXPECT_THAT(DescribeRefusal(by_event), HasSubstr("by Events, not by finished Actions"));
}

TEST(MatchingTest, EmptyFiltersMatchEveryActionButThePipelinesOwn) {
  const auto matcher = Compiled(ChainedPipeline("p"));
  for (const auto completion : {v1::COMPLETION_SUCCESS, v1::COMPLETION_FAILURE,
                                v1::COMPLETION_NEUTRAL, v1::COMPLETION_UNKNOWN}) {
    EXPECT_TRUE(matcher->Evaluate(FinishedAction("up", completion)).matched());
  }
  const v1::Decision own = matcher->Evaluate(FinishedAction("p"));
  EXPECT_FALSE(own.matched());
  EXPECT_EQ(DescribeRefusal(own), "a Pipeline never triggers itself");
}

TEST(MatchingTest, EachFilterOfAChainedPipelineMustMatch) {
  v1::Pipeline pipeline = ChainedPipeline("p", "build");
  v1::PipelineTrigger& trigger = *pipeline.mutable_spec()->mutable_trigger()->mutable_pipeline();
  trigger.set_status(v1::COMPLETION_FAILURE);
  (*trigger.mutable_selector()->mutable_match_labels())["team"] = "blue";
  const auto matcher = Compiled(pipeline);
  v1::Action action = FinishedAction("build", v1::COMPLETION_FAILURE);
  (*action.mutable_metadata()->mutable_labels())["team"] = "blue";
  EXPECT_TRUE(matcher->Evaluate(action).matched());

  v1::Action other = action;
  other.mutable_spec()->mutable_pipeline()->set_name("test");
  v1::Decision decision = matcher->Evaluate(other);
  EXPECT_EQ(decision.predicate(), "spec.trigger.pipeline.name");
  EXPECT_EQ(decision.observed(), "test");
  EXPECT_EQ(decision.expected(), "build");

  other = action;
  other.mutable_status()->set_completion(v1::COMPLETION_NEUTRAL);
  decision = matcher->Evaluate(other);
  EXPECT_EQ(decision.predicate(), "spec.trigger.pipeline.status");
  EXPECT_EQ(decision.observed(), "neutral");
  EXPECT_EQ(decision.expected(), "failure");

  other = action;
  (*other.mutable_metadata()->mutable_labels())["team"] = "red";
  decision = matcher->Evaluate(other);
  EXPECT_EQ(decision.predicate(), "spec.trigger.pipeline.selector");
  EXPECT_EQ(decision.observed(), "red");
  EXPECT_EQ(decision.expected(), "team=blue");
}

TEST(MatchingTest, WhatADecisionShowsIsCutBetweenCharacters) {
  std::string source = std::string(252, 'a') + "\xC3\xBC" + std::string(2000, 'b');
  const v1::Decision decision =
      Compiled(EventPipeline("p", "push", "^z"))->Evaluate(EventOf("push", source));
  EXPECT_LE(decision.observed().size(), 256U);
  EXPECT_THAT(decision.observed(), ::testing::StartsWith(std::string(250, 'a')));
  EXPECT_THAT(decision.observed(), ::testing::EndsWith("..."));
}

TEST(MatchingTest, APatternThatDoesNotCompileIsRefusedWithItsFault) {
  const struct {
    std::string pattern;
    const char* message;
  } cases[] = {{"(abc", "missing )"},
               {"a**", "bad repetition"},
               {"[z-a]", "invalid character class range"},
               {"(?=a)", "invalid perl operator"},
               {"\xFF", "invalid UTF-8"},
               {"((((a{10}){10}){10}){10})", "invalid repetition size"},
               {std::string(1025, 'a'), "at most 1024 are allowed"},
               {"([^a]{30}){30}", "too costly"}};
  for (const auto& c : cases) {
    const auto matcher = Matcher::Compile(EventPipeline("p", "push", c.pattern));
    EXPECT_EQ(matcher.status().code(), absl::StatusCode::kInvalidArgument) << c.pattern;
    EXPECT_EQ(Field(matcher.status()), "spec.trigger.event.sourcePattern") << c.pattern;
    EXPECT_THAT(Message(matcher.status()), HasSubstr(c.message));
  }
  EXPECT_TRUE(Matcher::Compile(EventPipeline("p", "push", std::string(1024, 'a'))).ok());
}

TEST(MatchingTest, ASelectorThatDoesNotCompileIsRefusedWithItsField) {
  v1::Pipeline pipeline = ChainedPipeline("p");
  pipeline.mutable_spec()
      ->mutable_trigger()
      ->mutable_pipeline()
      ->mutable_selector()
      ->add_match_expressions()
      ->set_key("team");
  EXPECT_EQ(Field(Matcher::Compile(pipeline).status()),
            "spec.trigger.pipeline.selector.matchExpressions[0].operator");
}

TEST(MatchingTest, CompletionsHaveTheNamesOfManifests) {
  EXPECT_EQ(CompletionName(v1::COMPLETION_SUCCESS), "success");
  EXPECT_EQ(CompletionName(v1::COMPLETION_FAILURE), "failure");
  EXPECT_EQ(CompletionName(v1::COMPLETION_NEUTRAL), "neutral");
  EXPECT_EQ(CompletionName(v1::COMPLETION_UNKNOWN), "unknown");
  EXPECT_EQ(CompletionName(v1::COMPLETION_UNSPECIFIED), "");
}

v1::Decision DecisionOf(const std::string& pipeline, bool matched) {
  v1::Decision decision;
  decision.set_pipeline(pipeline);
  decision.set_matched(matched);
  return decision;
}

TEST(MatchingTest, DecisionsAreArrangedMatchesFirstThenByName) {
  std::vector<v1::Decision> decisions = {DecisionOf("b", false), DecisionOf("d", true),
                                         DecisionOf("a", false), DecisionOf("c", true)};
  EXPECT_EQ(ArrangeDecisions(decisions), 0);
  std::string names;
  for (const v1::Decision& decision : decisions) names += decision.pipeline();
  EXPECT_EQ(names, "cdab");
}

TEST(MatchingTest, DecisionsAreCutWhereAnEventCouldNotBeStoredWithThem) {
  std::vector<v1::Decision> decisions;
  for (int i = 10'000; i < 14'000; ++i) {
    decisions.push_back(DecisionOf("p" + std::to_string(i) + std::string(200, 'x'), true));
  }
  decisions.push_back(DecisionOf("a", false));
  const int omitted = ArrangeDecisions(decisions);
  EXPECT_EQ(decisions.size() + static_cast<size_t>(omitted), 4001U);
  EXPECT_GT(decisions.size(), 1000U);
  EXPECT_TRUE(decisions.back().matched());
  v1::EventStatus status;
  for (const v1::Decision& decision : decisions) *status.add_decisions() = decision;
  EXPECT_LE(status.ByteSizeLong(), kMaxDecisionBytes);
  EXPECT_GT(status.ByteSizeLong(), kMaxDecisionBytes - 4096) << "no more than needs be";
}

TEST(MatchingTest, RefusalsAreCutAtAHundredAndMatchesNever) {
  std::vector<v1::Decision> decisions;
  for (int i = 100; i < 350; ++i) {
    decisions.push_back(DecisionOf("p" + std::to_string(i), i % 2 == 0));
  }
  EXPECT_EQ(ArrangeDecisions(decisions), 25);
  ASSERT_EQ(decisions.size(), 225U);
  EXPECT_TRUE(decisions[124].matched());
  EXPECT_EQ(decisions[125].pipeline(), "p101");
  EXPECT_EQ(decisions.back().pipeline(), "p299");
}

}  // namespace
}  // namespace eventreactor
