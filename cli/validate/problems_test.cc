#include "cli/validate/problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "LINE:COLUMN FIELD" of each problem, with ! before a warning.
std::vector<std::string> Places(const std::string& text, std::vector<Problem>* all = nullptr) {
  Validation validation("default");
  validation.Check("f", text);
  const auto problems = validation.Finish();
  std::vector<std::string> places;
  places.reserve(problems.size());
  for (const auto& problem : problems) {
    places.push_back(absl::StrCat(problem.is_warning ? "!" : "", problem.line, ":", problem.column,
                                  " ", problem.field));
  }
  if (all != nullptr) *all = problems;
  return places;
}

std::string WithSpec(const std::string& name, const std::string& spec) {
  return absl::StrCat(
      "apiVersion: eventreactor.summerwind.github.io/v1alpha1\nkind: Pipeline\nmetadata: {name: ",
      name, "}\nspec:\n", spec);
}

constexpr char kRight[] = "  steps: [{image: busybox}]\n  trigger: {event: {type: t}}\n";

TEST(ValidationTest, WhatIsRightHasNoProblem) {
  EXPECT_THAT(Places(WithSpec("a", kRight)), IsEmpty());
}

TEST(ValidationTest, EveryErrorIsToldWithItsPlace) {
  EXPECT_THAT(Places(WithSpec("Bad_Name",
                              "  timeout: 99h\n"
                              "  stepz:\n"
                              "  - image: busybox\n"
                              "    imagePullPolice: Never\n"
                              "  - name: Two\n"
                              "  trigger:\n"
                              "    event: {type: '', sourcePattern: '('}\n")),
              ElementsAre("3:12 metadata.name", "5:3 spec.timeout", "6:3 spec.stepz",
                          "8:5 spec.steps[0].imagePullPolice", "9:5 spec.steps[1].image",
                          "9:5 spec.steps[1].name", "11:13 spec.trigger.event.type",
                          "11:23 spec.trigger.event.sourcePattern"));
}

TEST(ValidationTest, WhatPipelinesReferToMayStandBesideThem) {
  const std::string config =
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n";
  EXPECT_THAT(Places(WithSpec("a", kRight) + config), IsEmpty());
  EXPECT_THAT(Places(config + "---\napiVersion: v1\nkind: Secret\nmetadata: [c]\n"),
              ElementsAre("9:1 metadata"));
  EXPECT_THAT(Places("apiVersion: v1\nkind: Deployment\nmetadata: {name: d}\n"),
              ElementsAre("1:1 apiVersion"));
}

struct BadDocument {
  std::string kind;
  std::string body;
  std::vector<std::string> places;
};

TEST(ValidationTest, WhatPipelinesReferToIsCheckedAsAnAdapterDoes) {
  const std::vector<BadDocument> documents = {
      {"ConfigMap",
       "data:\n  port: 8080\n  app.debug: true\n  right: text\n  a/b: x\ndta: {}\n",
       {"5:3 data.port", "6:3 data[\"app.debug\"]", "8:3 data[\"a/b\"]", "9:1 dta"}},
      {"Secret", "type: kubernetes.io/dockerconfigjson\n", {"1:1 data[\".dockerconfigjson\"]"}},
      {"Secret",
       "type: kubernetes.io/ssh-auth\ndata: {a: '%', ssh-privatekey: '%'}\n",
       {"5:8 data.a", "5:16 data.ssh-privatekey"}},
      {"ServiceAccount",
       "secrets: [{name: A_}, {name: s}, {name: B_}]\n",
       {"4:12 secrets[0].name", "4:35 secrets[2].name"}},
      {"BuildTemplate", "", {"1:1 spec"}},
      {"BuildTemplate",
       "spec:\n  steps: []\n  trigger: {event: {}}\n",
       {"5:3 spec.steps", "6:3 spec.trigger"}},
      {"BuildTemplate",
       "spec:\n  parameters: [{name: a}, {name: a}]\n  steps: [{image: x}, {name: y}]\n",
       {"5:28 spec.parameters[1].name", "6:23 spec.steps[1].image"}},
  };
  for (const BadDocument& each : documents) {
    const bool is_template = each.kind == "BuildTemplate";
    const std::string text =
        absl::StrCat("apiVersion: ", is_template ? "build.knative.dev/v1alpha1" : "v1",
                     "\nkind: ", each.kind, "\nmetadata: {name: a}\n", each.body);
    Validation validation("default");
    validation.Check("f", text);
    EXPECT_THAT(validation.not_looked_at(), IsEmpty()) << text;
    EXPECT_EQ(Places(text), each.places) << text;
  }
}

TEST(ValidationTest, AsManyErrorsAsAreToldAreNotMore) {
  const auto with_errors = [](int count) {
    std::string text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n";
    for (int i = 0; i < count; ++i) absl::StrAppend(&text, "  k", i, ": ", i, "\n");
    Validation validation("default");
    validation.Check("f", text);
    return std::pair(validation.Finish().size(), validation.not_looked_at().size());
  };
  EXPECT_EQ(with_errors(50), std::pair(size_t{50}, size_t{0}));
  EXPECT_EQ(with_errors(51), std::pair(size_t{50}, size_t{1}));
}

TEST(ValidationTest, AFaultInOneDocumentHidesNoOther) {
  std::vector<Problem> problems;
  EXPECT_THAT(
      Places(absl::StrCat("kind: Pipeline\n---\n", WithSpec("b", "  steps: []\n"),
                          "---\napiVersion: v1\nkind: Pod\n"),
             &problems),
      ElementsAre("1:1 apiVersion", "6:1 spec.trigger", "7:3 spec.steps", "9:1 apiVersion"));
}

TEST(ValidationTest, WhatIsNoYamlIsToldWithLineAndColumn) {
  std::vector<Problem> problems;
  EXPECT_THAT(Places("a: 1\nb: [\n", &problems), ElementsAre("3:1 "));
  EXPECT_THAT(Places("a: 1\na: 2\n", &problems), ElementsAre("2:1 "));
  EXPECT_THAT(problems.front().message, HasSubstr("given twice"));
  EXPECT_THAT(Places("# nothing\n"), ElementsAre("1:1 "));
}

TEST(ValidationTest, JsonHasPlacesToo) {
  EXPECT_THAT(Places(R"({"apiVersion": "eventreactor.summerwind.github.io/v1alpha1",
 "kind": "Pipeline", "metadata": {"name": "a"},
 "spec": {"steps": [{"image": "b"}], "trigger": {"event": {"type": 3}}}})"),
              ElementsAre("3:60 spec.trigger.event.type"));
}

TEST(ValidationTest, WarnsOfWhatIsAcceptedAndSurelyNotMeant) {
  const std::string steps = "  steps: [{image: busybox}]\n";
  EXPECT_THAT(Places(WithSpec("a", steps + "  trigger: {pipeline: {name: a}}\n")),
              ElementsAre("!6:24 spec.trigger.pipeline.name"));
  EXPECT_THAT(Places(WithSpec("a", steps + "  trigger: {pipeline: {}}\n")),
              ElementsAre("!6:13 spec.trigger.pipeline"));
  EXPECT_THAT(Places(WithSpec("a", steps + "  trigger: {pipeline: {status: failure}}\n")),
              IsEmpty());
  EXPECT_THAT(Places(WithSpec("a", steps + "  trigger: {event: {type: com.*}}\n")),
              ElementsAre("!6:21 spec.trigger.event.type"));
  EXPECT_THAT(Places(WithSpec("a", steps + "  trigger: {event: {type: 'push '}}\n")),
              ElementsAre("!6:21 spec.trigger.event.type"));
}

TEST(ValidationTest, WarnsOfTwins) {
  std::vector<Problem> problems;
  EXPECT_THAT(
      Places(absl::StrCat(WithSpec("a", kRight), "---\n", WithSpec("a", kRight)), &problems),
      ElementsAre("!10:12 metadata.name"));
  EXPECT_THAT(problems.front().message, HasSubstr("f:1"));
}

TEST(ValidationTest, WarnsOfRings) {
  const auto after = [](const std::string& name, const std::string& upstream) {
    return WithSpec(name,
                    "  steps: [{image: b}]\n  trigger: {pipeline: {name: " + upstream + "}}\n");
  };
  std::vector<Problem> problems;
  EXPECT_THAT(Places(absl::StrJoin(std::vector<std::string>{after("a", "c"), after("b", "a"),
                                                            after("c", "b"), after("d", "a")},
                                   "---\n"),
                     &problems),
              ElementsAre("!6:24 spec.trigger.pipeline.name"));
  EXPECT_THAT(problems.front().message, HasSubstr("a -> b -> c -> a"));
}

TEST(ValidationTest, ContainersAreLookedAtAsTheClusterWould) {
  EXPECT_THAT(
      Places(WithSpec("a",
                      "  trigger: {event: {type: t}}\n"
                      "  steps:\n"
                      "  - image: x\n"
                      "    comand: [echo, 1]\n"
                      "    env:\n"
                      "    - {name: A, vale: b}\n"
                      "    - {name: B, valueFrom: {secretKeyRef: {nam: s, key: k}}}\n"
                      "    resources: {limits: {memory: 10MB}}\n"
                      "    volumeMounts: [{name: none, mountPath: /n}]\n"
                      "    workingDir: src\n")),
      ElementsAre("8:5 spec.steps[0].comand", "8:20 spec.steps[0].command[1]",
                  "10:17 spec.steps[0].env[0].vale",
                  "11:44 spec.steps[0].env[1].valueFrom.secretKeyRef.nam",
                  "12:26 spec.steps[0].resources.limits.memory",
                  "13:21 spec.steps[0].volumeMounts[0].name", "!14:5 spec.steps[0].workingDir"));
}

TEST(ValidationTest, NoErrorHidesAnother) {
  std::vector<Problem> problems;
  EXPECT_THAT(
      Places(WithSpec("a",
                      "  timeout: 10\n"
                      "  trigger:\n"
                      "    event: {type: com.github.*, sourcePattern: '^/repos/(web'}\n"
                      "    pipeline: {name: Bad_Name}\n"
                      "  steps: [{name: a, imag: x}, {name: b}]\n"),
             &problems),
      ElementsAre("5:3 spec.timeout", "6:3 spec.trigger", "!7:13 spec.trigger.event.type",
                  "7:33 spec.trigger.event.sourcePattern", "8:16 spec.trigger.pipeline.name",
                  "9:21 spec.steps[0].imag", "9:31 spec.steps[1].image"));
}

TEST(ValidationTest, AWrongFilterIsNotCalledNoFilter) {
  EXPECT_THAT(Places(WithSpec("a",
                              "  steps: [{image: b}]\n"
                              "  trigger: {pipeline: {status: sucess}}\n")),
              ElementsAre("6:24 spec.trigger.pipeline.status"));
}

TEST(ValidationTest, SaysWhatWasNotLookedAt) {
  Validation validation("default");
  validation.Check("f", "a: 1\nb: [\n");
  validation.Check("g", WithSpec("a",
                                 "  trigger: {event: {type: t}}\n  steps: [{image: b}]\n"
                                 "  source: {git: {url: u}, custom: {}, subPath: ../up}\n"));
  EXPECT_THAT(validation.not_looked_at(), ElementsAre("f:3: the rest", "g:7: spec.source"));
}

TEST(ValidationTest, ManyErrorsAreCut) {
  std::string labels = "  labels:\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&labels, "    l", i, ": '", i, " no'\n");
  const auto places = Places(
      "apiVersion: eventreactor.summerwind.github.io/v1alpha1\nkind: Pipeline\nmetadata:\n"
      "  name: a\n" +
      labels + "spec:\n" + kRight);
  EXPECT_EQ(places.size(), 50);
}

TEST(ValidationTest, AProblemReadsLikeACompilers) {
  EXPECT_EQ(ProblemText({true, "a.yaml", 3, 5, "spec.x", "is odd"}),
            "a.yaml:3:5: warning: spec.x: is odd");
  EXPECT_EQ(ProblemText({false, "a.yaml", 1, 1, "", "is \x1b[2J"}),
            "a.yaml:1:1: error: is \xEF\xBF\xBD[2J");
}

}  // namespace
}  // namespace eventreactor::cli
