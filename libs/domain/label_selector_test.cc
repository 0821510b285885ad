#include "libs/domain/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/selector_parser.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using ::testing::HasSubstr;

Labels Of(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  Labels labels;
  for (const auto& [key, value] : pairs) labels[key] = value;
  return labels;
}

TEST(LabelSelectorTest, TheEmptySelectorMatchesEverything) {
  EXPECT_TRUE(LabelSelector().Matches(Of({})));
  EXPECT_TRUE(LabelSelector::Parse("")->Matches(Of({{"a", "b"}})));
  EXPECT_TRUE(LabelSelector::Parse("  ")->empty());
  EXPECT_TRUE(LabelSelector::FromProto(v1::LabelSelector())->empty());
}

struct SelectorCase {
  const char* text;
  bool web;      // app=web, tier=front
  bool db;       // app=db
  bool nothing;  // no labels
};

class SelectorTextTest : public ::testing::TestWithParam<SelectorCase> {};

TEST_P(SelectorTextTest, MatchesAsKubectlDoes) {
  const SelectorCase& c = GetParam();
  const absl::StatusOr<LabelSelector> selector = LabelSelector::Parse(c.text);
  ASSERT_TRUE(selector.ok()) << selector.status();
  EXPECT_EQ(selector->Matches(Of({{"app", "web"}, {"tier", "front"}})), c.web);
  EXPECT_EQ(selector->Matches(Of({{"app", "db"}})), c.db);
  EXPECT_EQ(selector->Matches(Of({})), c.nothing);
}

INSTANTIATE_TEST_SUITE_P(
    All, SelectorTextTest,
    ::testing::Values(
        SelectorCase{"app=web", true, false, false}, SelectorCase{"app==web", true, false, false},
        SelectorCase{"app!=web", false, true, true}, SelectorCase{"app", true, true, false},
        SelectorCase{"!app", false, false, true}, SelectorCase{"! app", false, false, true},
        SelectorCase{"app in (web)", true, false, false},
        SelectorCase{"app in (web,db)", true, true, false},
        SelectorCase{" app  in( web , db ) ", true, true, false},
        SelectorCase{"app notin (web,x)", false, true, true},
        SelectorCase{"app=web,tier=front", true, false, false},
        SelectorCase{"app,!tier", false, true, false}, SelectorCase{"app=", false, false, false},
        SelectorCase{"app!=", true, true, true}, SelectorCase{"app in (,web)", true, false, false},
        SelectorCase{"in in (a)", false, false, false}, SelectorCase{"notin", false, false, false},
        SelectorCase{"example.com/app!=x", true, true, true}));

struct BadSelector {
  const char* text;
  const char* message;
};

class BadSelectorTextTest : public ::testing::TestWithParam<BadSelector> {};

TEST_P(BadSelectorTextTest, IsRefusedWithThePosition) {
  const absl::StatusOr<LabelSelector> selector = LabelSelector::Parse(GetParam().text);
  EXPECT_EQ(selector.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(selector.status()), HasSubstr(GetParam().message));
  EXPECT_EQ(Field(selector.status()), "label_selector");
  EXPECT_EQ(Reason(selector.status()), "INVALID_LABEL_SELECTOR");
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSelectorTextTest,
    ::testing::Values(BadSelector{",", "position 1: expected a label key, got \",\""},
                      BadSelector{"a=b,", "position 5: expected a label key, got the end"},
                      BadSelector{"a=b c=d", "position 5: expected a comma"},
                      BadSelector{"a > 1", "position 3: expected =, ==, !=, in or notin"},
                      BadSelector{"a in b", "position 6: expected ("},
                      BadSelector{"a in (b", "position 8: expected a comma or )"},
                      BadSelector{"a in (b c)", "position 9: expected a comma or )"},
                      BadSelector{"a=-b", "position 3: \"-b\" is no label value"},
                      BadSelector{"-a", "position 1: \"-a\" is no label key"},
                      BadSelector{"!a=b", "position 3: expected a comma"},
                      BadSelector{"a=b=c", "position 4: expected a comma"}));

TEST(LabelSelectorTest, ATextWithoutEndIsRefused) {
  EXPECT_FALSE(LabelSelector::Parse(std::string(kMaxSelectorText + 1, 'a')).ok());
}

v1::LabelSelectorRequirement Expression(const std::string& key, const std::string& op,
                                        std::initializer_list<const char*> values) {
  v1::LabelSelectorRequirement expression;
  expression.set_key(key);
  expression.set_operator_(op);
  for (const char* value : values) expression.add_values(value);
  return expression;
}

TEST(LabelSelectorTest, AllOfAManifestsSelectorMustHold) {
  v1::LabelSelector proto;
  (*proto.mutable_match_labels())["app"] = "web";
  *proto.add_match_expressions() = Expression("tier", "In", {"front", "back"});
  *proto.add_match_expressions() = Expression("canary", "DoesNotExist", {});
  *proto.add_match_expressions() = Expression("region", "NotIn", {"eu"});
  *proto.add_match_expressions() = Expression("owner", "Exists", {});
  const absl::StatusOr<LabelSelector> selector = LabelSelector::FromProto(proto);
  ASSERT_TRUE(selector.ok()) << selector.status();
  Labels labels = Of({{"app", "web"}, {"tier", "back"}, {"owner", "me"}});
  EXPECT_TRUE(selector->Matches(labels));
  EXPECT_EQ(selector->Explain(labels).requirement, "");
  for (const auto& [key, value] : {std::pair("app", "db"), std::pair("tier", "x"),
                                   std::pair("canary", ""), std::pair("region", "eu")}) {
    Labels changed = labels;
    changed[key] = value;
    EXPECT_FALSE(selector->Matches(changed)) << key;
  }
  labels.erase("owner");
  EXPECT_FALSE(selector->Matches(labels));
}

TEST(LabelSelectorTest, ExplainNamesTheFirstRequirementThatSaysNo) {
  const absl::StatusOr<LabelSelector> selector =
      LabelSelector::Parse("app=web,tier in (a,b),!canary");
  LabelSelector::Refusal refusal = selector->Explain(Of({{"app", "db"}}));
  EXPECT_EQ(refusal.requirement, "app=web");
  EXPECT_EQ(refusal.observed, "db");
  refusal = selector->Explain(Of({{"app", "web"}}));
  EXPECT_EQ(refusal.requirement, "tier in (a,b)");
  EXPECT_EQ(refusal.observed, "(not set)");
  refusal = selector->Explain(Of({{"app", "web"}, {"tier", "a"}, {"canary", "yes"}}));
  EXPECT_EQ(refusal.requirement, "!canary");
  EXPECT_EQ(refusal.observed, "yes");
}

TEST(LabelSelectorTest, ItsTextReadsBackAsTheSame) {
  const std::string text = "a=1,b!=2,c in (3,4),d notin (5,6),e,!f";
  EXPECT_EQ(LabelSelector::Parse(text)->text(), text);
  EXPECT_EQ(LabelSelector::Parse("")->text(), "");
}

TEST(LabelSelectorTest, AManifestsBadSelectorIsRefusedNamingTheField) {
  const struct {
    v1::LabelSelectorRequirement expression;
    const char* field;
  } cases[] = {
      {Expression("a b", "Exists", {}), "matchExpressions[0].key"},
      {Expression("a", "in", {"x"}), "matchExpressions[0].operator"},
      {Expression("a", "", {}), "matchExpressions[0].operator"},
      {Expression("a", "In", {}), "matchExpressions[0].values"},
      {Expression("a", "NotIn", {}), "matchExpressions[0].values"},
      {Expression("a", "Exists", {"x"}), "matchExpressions[0].values"},
      {Expression("a", "In", {"x", "-"}), "matchExpressions[0].values[1]"},
  };
  for (const auto& c : cases) {
    v1::LabelSelector proto;
    *proto.add_match_expressions() = c.expression;
    const absl::StatusOr<LabelSelector> selector = LabelSelector::FromProto(proto);
    EXPECT_EQ(selector.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Field(selector.status()), c.field);
  }
  v1::LabelSelector proto;
  (*proto.mutable_match_labels())["ok"] = "not ok";
  EXPECT_EQ(Field(LabelSelector::FromProto(proto).status()), "matchLabels[ok]");
}

}  // namespace
}  // namespace eventreactor
