#include "cli/validate/refusal.h"

#include <gtest/gtest.h>

#include "cli/errors.h"

namespace eventreactor::cli {
namespace {

std::string ErrorOf(const std::string& spec, const std::string& path = "a.yaml") {
  const std::string text =
      "apiVersion: eventreactor.summerwind.github.io/v1alpha1\nkind: Pipeline\n"
      "metadata: {name: a}\nspec:\n" +
      spec;
  const absl::Status status = CheckManifests({{path, text}}, {path}, "default");
  return status.ok() ? "" : ErrorText(status, " --context c");
}

constexpr char kTrigger[] = "  trigger: {event: {type: t}}\n";

TEST(Refusal, WhatIsRightOrOnlyOddIsSent) {
  EXPECT_EQ(ErrorOf("  trigger: {event: {type: 'a*'}}\n  steps: [{image: x}]\n"), "");
  EXPECT_TRUE(CheckManifests({{"empty.yaml", "# nothing\n"}}, {"."}, "default").ok());
}

TEST(Refusal, ASingleErrorIsToldWithItsPlace) {
  EXPECT_EQ(ErrorOf(std::string(kTrigger) + "  steps:\n  - image: x\n    comand: [a]\n"),
            "error: a.yaml:8:5: spec.steps[0].comand: is unknown; did you mean \"command\"?\n");
}

TEST(Refusal, OfSeveralTheFirstAndTheCommandThatShowsAll) {
  EXPECT_EQ(ErrorOf(std::string(kTrigger) + "  steps:\n  - comand: [a]\n", "my pipe@.yaml"),
            "error: my pipe@.yaml:7:5: spec.steps[0].comand: is unknown; did you mean "
            "\"command\"?\n"
            "next: `reactorctl pipelines validate -f 'my pipe@.yaml'` shows all 2 errors\n");
}

}  // namespace
}  // namespace eventreactor::cli
