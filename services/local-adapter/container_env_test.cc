#include "services/local-adapter/container_env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::local {
namespace {

using testing::ElementsAre;

TEST(Environment, ExpandsVariablesAsKubernetesDoes) {
  const std::map<std::string, std::string> values = {{"A", "1"}, {"EMPTY", ""}, {"B", "$(A)"}};
  const auto expand = [&values](const std::string& text) { return ExpandVariables(text, values); };
  EXPECT_EQ(expand("x$(A)y"), "x1y");
  EXPECT_EQ(expand("$(EMPTY)"), "");
  EXPECT_EQ(expand("$(UNKNOWN)"), "$(UNKNOWN)");
  EXPECT_EQ(expand("$$(A)"), "$(A)") << "escaped";
  EXPECT_EQ(expand("$$$(A)"), "$1");
  EXPECT_EQ(expand("$(B)"), "$(A)") << "once, not again";
  EXPECT_EQ(expand("$A ${A} $(A"), "$A ${A} $(A") << "the shell's, not ours";
  EXPECT_EQ(expand("costs 5$"), "costs 5$");
}

TEST(Environment, LaterOnesWinAndSeeEarlierOnes) {
  Environment environment;
  environment.Set("HOME", "/builder/home");
  environment.Set("RAW", "$(HOME)");
  environment.SetExpanded("BIN", "$(HOME)/bin:$(LATER)");
  environment.SetExpanded("LATER", "x");
  environment.SetExpanded("HOME", "/mine");
  EXPECT_THAT(environment.List(), ElementsAre("BIN=/builder/home/bin:$(LATER)", "HOME=/mine",
                                              "LATER=x", "RAW=$(HOME)"));
}

}  // namespace
}  // namespace eventreactor::local
