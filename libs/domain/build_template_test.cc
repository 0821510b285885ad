#include "libs/domain/build_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/manifest/manifest.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

v1::BuildSpec BuildWith(const std::string& text) {
  v1::BuildSpec build;
  const absl::Status status = FromJson(json::parse(text), build);
  EXPECT_TRUE(status.ok()) << status;
  return build;
}

json Applied(const std::string& build, const std::string& spec) {
  const auto applied = ApplyTemplate(BuildWith(build), json::parse(spec));
  EXPECT_TRUE(applied.ok()) << applied.status();
  return applied.ok() ? ToJson(*applied) : json();
}

absl::Status Refusal(const std::string& build, const std::string& spec) {
  return ApplyTemplate(BuildWith(build), json::parse(spec)).status();
}

TEST(BuildTemplate, PutsArgumentsIntoAllThatAStepSays) {
  const json applied = Applied(
      R"({"template": {"name": "t", "arguments": [{"name": "A", "value": "x"}]}, "timeout": "5m"})",
      R"({"parameters": [{"name": "A"}, {"name": "B", "default": "y"}],
          "steps": [{"name": "s-${A}", "image": "i:${B}", "command": ["${A}"], "args": ["-${A}${B}-"],
                     "workingDir": "/${A}", "env": [{"name": "${A}", "value": "${B}"}],
                     "volumeMounts": [{"name": "v-${A}", "mountPath": "/${B}", "subPath": "${A}"}],
                     "other": "${A}"}],
          "volumes": [{"name": "v-${A}", "emptyDir": {"medium": "${A}"}}]})");
  EXPECT_EQ(applied, json::parse(R"({
      "steps": [{"name": "s-x", "image": "i:y", "command": ["x"], "args": ["-xy-"],
                 "workingDir": "/x", "env": [{"name": "${A}", "value": "y"}],
                 "volumeMounts": [{"name": "v-x", "mountPath": "/y", "subPath": "x"}],
                 "other": "${A}"}],
      "volumes": [{"name": "v-x", "emptyDir": {"medium": "${A}"}}], "timeout": "5m"})"));
}

TEST(BuildTemplate, SubstitutesOnceAndLeavesWhatIsNoParameter) {
  const json applied =
      Applied(R"({"template": {"name": "t", "arguments": [{"name": "A", "value": "${B}"}]}})",
              R"({"parameters": [{"name": "A"}, {"name": "B", "default": "no"}],
                  "steps": [{"image": "i", "args": ["${A}", "${C}", "$A", "${", "${C${A}", "$${A}"]}]})");
  EXPECT_EQ(applied["steps"][0]["args"], json({"${B}", "${C}", "$A", "${", "${C${B}", "$${B}"}));
}

TEST(BuildTemplate, TheUsersVariablesOverrideByName) {
  const json applied = Applied(
      R"({"template": {"name": "t", "env": [{"name": "A", "value": "mine"}, {"name": "N", "value": "new"}]}})",
      R"({"steps": [{"image": "i", "env": [{"name": "A", "value": "its"}, {"name": "B", "value": "b"}]},
                    {"image": "i"}]})");
  EXPECT_EQ(applied["steps"][0]["env"],
            json::parse(R"([{"name": "B", "value": "b"}, {"name": "A", "value": "mine"},
                            {"name": "N", "value": "new"}])"));
  EXPECT_EQ(applied["steps"][1]["env"].size(), 2U);
}

TEST(BuildTemplate, VolumesOfBothAreThere) {
  const json applied = Applied(R"({"template": {"name": "t"}, "volumes": [{"name": "a"}]})",
                               R"({"steps": [{"image": "i"}], "volumes": [{"name": "b"}]})");
  EXPECT_EQ(applied["volumes"], json::parse(R"([{"name": "a"}, {"name": "b"}])"));
}

TEST(BuildTemplate, AnArgumentWithoutAParameterIsPassedOver) {
  Applied(R"({"template": {"name": "t", "arguments": [{"name": "X", "value": "x"}]}})",
          R"({"steps": [{"image": "i"}]})");
}

TEST(BuildTemplate, RefusesByField) {
  const absl::Status missing =
      Refusal(R"({"template": {"name": "t"}})",
              R"({"parameters": [{"name": "IMAGE"}], "steps": [{"image": "${IMAGE}"}]})");
  EXPECT_EQ(Field(missing), "spec.template.arguments");
  EXPECT_THAT(Message(missing), HasSubstr("IMAGE"));
  EXPECT_THAT(Message(Refusal(R"({"template": {"name": "t"}})", R"({"steps": []})")),
              HasSubstr("spec.template(t).steps"));
  EXPECT_THAT(Message(Refusal(R"({"template": {"name": "t"}})", R"({"steps": [7]})")),
              HasSubstr("steps[0]"));
  EXPECT_FALSE(Refusal(R"({"template": {"name": "t"}})", "7").ok());
  EXPECT_THAT(Message(Refusal(R"({"template": {"name": "t"}, "volumes": [{"name": "a"}]})",
                              R"({"steps": [{"image": "i"}], "volumes": [{"name": "a"}]})")),
              HasSubstr("volumes[1].name"));
}

TEST(BuildTemplate, WhatGrowsIsBounded) {
  const std::string value(4096, 'x');
  json args = json::array();
  for (int i = 0; i < 300; ++i) args.push_back("${A}");
  const json spec = {{"parameters", {{{"name", "A"}, {"default", value}}}},
                     {"steps", {{{"image", "i"}, {"args", args}}}}};
  EXPECT_EQ(Field(Refusal(R"({"template": {"name": "t"}})", spec.dump())),
            "spec.template.arguments");
}

}  // namespace
}  // namespace eventreactor
