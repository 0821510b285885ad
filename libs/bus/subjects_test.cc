#include "libs/bus/subjects.h"

#include <gtest/gtest.h>

namespace eventreactor::bus {
namespace {

TEST(Subjects, DotsOfATypeDivideTokens) {
  EXPECT_EQ(EventSubject("default", "io.github.push"), "er.event.default.io.github.push");
}

TEST(Subjects, EmptyTokensAreEscaped) {
  EXPECT_EQ(EventSubject("n", "a..b"), "er.event.n.a%2E%2Eb");
  EXPECT_EQ(EventSubject("n", ".a"), "er.event.n.%2Ea");
  EXPECT_EQ(EventSubject("n", "a."), "er.event.n.a%2E");
  EXPECT_EQ(EventSubject("n", "..."), "er.event.n.%2E%2E%2E");
  EXPECT_EQ(EventSubject("n", ""), "er.event.n.%");
}

TEST(Subjects, WhatATokenCannotHoldIsEscaped) {
  EXPECT_EQ(EventSubject("n", "a b*c>d%e\tf\x7F"), "er.event.n.a%20b%2Ac%3Ed%25e%09f%7F");
  EXPECT_EQ(EventSubject("n", "\xC3\xA9"), "er.event.n.%C3%A9");
}

TEST(Subjects, DotsOfNamesAreEscaped) {
  EXPECT_EQ(ActionSubject("team", "ci.build", "success"), "er.action.team.ci%2Ebuild.success");
  EXPECT_EQ(LogSubject("team", "a.b", "step.1"), "er.log.team.a%2Eb.step%2E1");
  EXPECT_EQ(LogFilter("team", "a.b"), "er.log.team.a%2Eb.*");
}

TEST(Subjects, DifferentTypesHaveDifferentSubjects) {
  EXPECT_NE(EventSubject("n", "a%2Eb"), EventSubject("n", "a.b"));
  EXPECT_NE(EventSubject("n", "a%2E%2Eb"), EventSubject("n", "a..b"));
}

TEST(Subjects, LongOnesAreCutAtATokensEndAndMarked) {
  std::string type = "t";
  while (type.size() < 300) type += ".token";
  const std::string subject = EventSubject("n", type);
  EXPECT_LE(subject.size(), 255u);
  EXPECT_GT(subject.size(), 240u);
  EXPECT_EQ(subject.substr(subject.size() - 8), ".token.%");
  EXPECT_TRUE(IsConcreteSubject(subject));
  EXPECT_TRUE(IsConcreteSubject(DeadSubject(subject)));
}

TEST(Subjects, ALongTokenIsCutWhole) {
  EXPECT_EQ(EventSubject("n", std::string(4096, 'x')), "er.event.n.%");
}

TEST(Subjects, ASubjectOfExactlyTheBoundIsWhole) {
  const std::string type(255 - std::string("er.event.n.").size(), 'x');
  EXPECT_EQ(EventSubject("n", type), "er.event.n." + type);
}

TEST(Subjects, LogsOfLongNamesAreNeverCutAndStayApart) {
  const std::string ns(63, 'n');
  const std::string action(252, 'a');
  const std::string step(63, 's');
  const std::string subject = LogSubject(ns, action + "1", step);
  EXPECT_EQ(subject.size(), 255U);
  EXPECT_TRUE(IsConcreteSubject(subject));
  EXPECT_TRUE(SubjectMatches(LogFilter(ns, action + "1"), subject));
  EXPECT_FALSE(SubjectMatches(LogFilter(ns, action + "2"), subject));
  EXPECT_EQ(subject.substr(subject.size() - step.size()), step);
  EXPECT_NE(LogSubject("n", "a", std::string(64, 's')), LogSubject("n", "a", std::string(65, 's')));
  EXPECT_EQ(LogSubject("n", action.substr(0, 120), "s"), "er.log.n." + action.substr(0, 120) + ".s")
      << "whole, as long as it fits";
}

TEST(Subjects, DeadLettersAndTheFeedKeepTheOriginal) {
  EXPECT_EQ(DeadSubject("er.event.a.b"), "er.dead.event.a.b");
  EXPECT_EQ(FeedSubject("er.action.a.p.success"), "er.feed.action.a.p.success");
}

TEST(Subjects, OfWhatWasDispatchedHaveRoomOnTheFeed) {
  EXPECT_EQ(FeedSubject(DispatchedSubject("n", "a.b")), "er.feed.dispatched.n.a.b");
  std::string type = "a";
  for (int i = 0; i < 100; ++i) type += ".token";
  EXPECT_TRUE(IsConcreteSubject(FeedSubject(DispatchedSubject("n", type))));
}

TEST(Subjects, ConcreteOnesCanBePublishedTo) {
  EXPECT_TRUE(IsConcreteSubject("er.event.a"));
  for (const char* bad : {"", "a..b", ".a", "a.", "a.*", "a.>", "a b", "a\r\nPUB x", "\xC3\xA9"}) {
    EXPECT_FALSE(IsConcreteSubject(bad)) << bad;
  }
  EXPECT_FALSE(IsConcreteSubject(std::string(300, 'x')));
}

TEST(Subjects, WildcardsMatchAsInTheServer) {
  EXPECT_TRUE(SubjectMatches("er.log.n.a.*", "er.log.n.a.s"));
  EXPECT_FALSE(SubjectMatches("er.log.n.a.*", "er.log.n.a.s.t"));
  EXPECT_FALSE(SubjectMatches("er.log.n.a.*", "er.log.n.a"));
  EXPECT_TRUE(SubjectMatches("er.event.>", "er.event.n.a.b"));
  EXPECT_FALSE(SubjectMatches("er.event.>", "er.event"));
  EXPECT_TRUE(SubjectMatches("a.b", "a.b"));
  EXPECT_FALSE(SubjectMatches("a.b", "a.bc"));
}

}  // namespace
}  // namespace eventreactor::bus
