#include "libs/domain/naming.h"

#include <gtest/gtest.h>

#include <set>

namespace eventreactor {
namespace {

TEST(NamingTest, AnEventNameIsAlwaysTheSameForTheSameEvent) {
  // These are promises: a name that changed would run retained Events again.
  EXPECT_EQ(EventName("default", "/source", "1"), EventName("default", "/source", "1"));
  EXPECT_EQ(EventName("default", "/source", "1"), "2x520cd63ccyjgh6k8kd5sjeng");
  EXPECT_EQ(ActionName("event", "pipeline"), "1xwmadah98s9ftj937mpmpga38");
}

TEST(NamingTest, NamesHaveTheShapeOfALowerCaseUlid) {
  for (int i = 0; i < 1000; ++i) {
    const std::string name = EventName("default", "/source", std::to_string(i));
    ASSERT_EQ(name.size(), 26U);
    ASSERT_LE(name[0], '7') << name;
    ASSERT_EQ(name.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
    ASSERT_TRUE(IsDnsLabel(name));
  }
}

TEST(NamingTest, EveryFieldCounts) {
  const std::set<std::string> names = {
      EventName("a", "b", "c"),       EventName("x", "b", "c"),       EventName("a", "x", "c"),
      EventName("a", "b", "x"),       EventName("", "ab", "c"),       EventName("ab", "", "c"),
      EventName("a", "bc", ""),       EventName("", "", "abc"),       ActionName("a", "b", ""),
      ActionName("a", "b", "retry1"), ActionName("ab", "", "retry1"), ActionName("", "ab", ""),
      ActionName("a", "b", "retry2"), ActionName("a", "bretry1", ""),
  };
  EXPECT_EQ(names.size(), 14U);
}

TEST(NamingTest, BytesThatAreNoTextAreFieldsToo) {
  EXPECT_NE(EventName("n", std::string("a\0b", 3), "1"), EventName("n", "a", "1"));
  EXPECT_EQ(EventName("n", "\xff\xfe", "1").size(), 26U);
}

TEST(NamingTest, DnsLabels) {
  for (const char* good : {"a", "0", "a-b", "a--b", "default", "n01"}) {
    EXPECT_TRUE(IsDnsLabel(good)) << good;
  }
  for (const char* bad : {"", "-a", "a-", "A", "a.b", "a_b", "a b", "a/b", "a\n", "\xc3\xa4"}) {
    EXPECT_FALSE(IsDnsLabel(bad)) << bad;
  }
  EXPECT_TRUE(IsDnsLabel(std::string(63, 'a')));
  EXPECT_FALSE(IsDnsLabel(std::string(64, 'a')));
}

TEST(NamingTest, DnsSubdomains) {
  for (const char* good : {"a", "a.b", "a-b.c-d", "1.2.3", "example.com"}) {
    EXPECT_TRUE(IsDnsSubdomain(good)) << good;
  }
  for (const char* bad :
       {"", ".", "a.", ".a", "a..b", "a.-b", "a-.b", "A.b", "a/../b", "..", "*"}) {
    EXPECT_FALSE(IsDnsSubdomain(bad)) << bad;
  }
  EXPECT_TRUE(IsDnsSubdomain(std::string(253, 'a')));
  EXPECT_FALSE(IsDnsSubdomain(std::string(254, 'a')));
}

TEST(NamingTest, LabelValues) {
  for (const char* good : {"", "a", "A.b_c-d", "com.example.push", "1"}) {
    EXPECT_TRUE(IsLabelValue(good)) << good;
  }
  for (const char* bad : {"-a", "a-", ".a", "a.", "_", "a b", "a/b", "a=b", "a,b", "(a)"}) {
    EXPECT_FALSE(IsLabelValue(bad)) << bad;
  }
  EXPECT_TRUE(IsLabelValue(std::string(63, 'a')));
  EXPECT_FALSE(IsLabelValue(std::string(64, 'a')));
}

TEST(NamingTest, LabelKeys) {
  for (const char* good : {"a", "app", "App.x_y-z", "example.com/app", "a/B"}) {
    EXPECT_TRUE(IsLabelKey(good)) << good;
  }
  for (const char* bad : {"", "/", "a/", "/a", "A.com/a", "a/b/c", "-a", "a b", "a/-"}) {
    EXPECT_FALSE(IsLabelKey(bad)) << bad;
  }
  EXPECT_TRUE(IsLabelKey(EventTypeLabel()));
  EXPECT_TRUE(IsLabelKey(TransactionIdLabel()));
}

TEST(NamingTest, LabelsAreThoseOfTheOriginal) {
  EXPECT_EQ(EventTypeLabel(), "event.eventreactor.summerwind.github.io/type");
  EXPECT_EQ(EventNameLabel(), "event.eventreactor.summerwind.github.io/name");
  EXPECT_EQ(PipelineNameLabel(), "pipeline.eventreactor.summerwind.github.io/name");
  EXPECT_EQ(PipelineTriggerLabel(), "pipeline.eventreactor.summerwind.github.io/trigger");
  EXPECT_EQ(TransactionIdLabel(), "transaction.eventreactor.summerwind.github.io/id");
}

TEST(NamingTest, ADigestTellsObjectsOfOneNameApart) {
  EXPECT_EQ(ShortDigest(""), "e3b0c442");
  EXPECT_NE(ShortDigest("one uid"), ShortDigest("another uid"));
}

}  // namespace
}  // namespace eventreactor
