#include "libs/domain/fragment_check.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::BuildSpec ParsedBuild(const std::string& text) {
  v1::BuildSpec build;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &build);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return build;
}

std::vector<std::string> FieldsOf(const std::vector<absl::Status>& problems) {
  std::vector<std::string> fields;
  fields.reserve(problems.size());
  for (const absl::Status& each : problems) fields.push_back(Field(each));
  return fields;
}

std::vector<std::string> BuildProblems(const std::string& build) {
  return FieldsOf(FragmentProblems(ParsedBuild(build)));
}

TEST(Fragments, WhatIsRightHasNoProblem) {
  EXPECT_THAT(BuildProblems(R"({
    "steps": [{"image": "x", "volumeMounts": [{"name": "v", "mountPath": "/v"},
                                               {"name": "workspace", "mountPath": "/w"}],
               "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}],
    "volumes": [{"name": "v"}, {"name": "c", "configMap": {"name": "c", "defaultMode": 420}}]})"),
              IsEmpty());
}

TEST(Fragments, ATemplateMayHaveTheVolumeThatASourceMounts) {
  EXPECT_THAT(BuildProblems(R"({
    "template": {"name": "t"},
    "source": {"custom": {"image": "x", "volumeMounts": [{"name": "c", "mountPath": "/c"}]}}})"),
              IsEmpty());
}

TEST(Fragments, WhatKubernetesTakesOfPathsAndQuantitiesIsTaken) {
  EXPECT_THAT(BuildProblems(R"({
    "steps": [{"image": "[2001:db8::1]:5000/team/app:1",
               "resources": {"limits": {"memory": "8Ei", "cpu": "10G"}},
               "volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/v/"}]}],
    "volumes": [{"name": "v", "configMap": {"name": "c", "items": [
        {"key": "k", "path": "./k"}, {"key": "l", "path": "a//b"}]}}]})"),
              IsEmpty());
}

TEST(Fragments, EveryContainerIsLookedAt) {
  EXPECT_THAT(
      BuildProblems(R"({"steps": [{"image": "x", "comand": []}, {"image": "x", "arg": []}],
                           "source": {"custom": {"image": "x", "tyt": true}},
                           "template": {"name": "t", "env": [{"name": "A", "vale": "b"}]}})"),
      ElementsAre("source.custom.tyt", "steps[0].comand", "steps[1].arg", "template.env[0].vale"));
}

TEST(Fragments, MountsNeedAVolumeAndAPlaceOfTheirOwn) {
  EXPECT_THAT(BuildProblems(R"({"steps": [{"image": "x", "volumeMounts": [
                             {"name": "v", "mountPath": "/v"}, {"name": "none", "mountPath": "/n"},
                             {"name": "v", "mountPath": "/v"}, {"name": "v"}]}],
                           "volumes": [{"name": "v"}]})"),
              ElementsAre("steps[0].volumeMounts[1].name", "steps[0].volumeMounts[2].mountPath",
                          "steps[0].volumeMounts[3].mountPath"));
}

TEST(Fragments, VariablesHaveOneSource) {
  EXPECT_THAT(BuildProblems(R"({"steps": [{"image": "x",
                     "env": [{"name": "A", "value": "1", "valueFrom": {"fieldRef": {}}},
                             {"name": "B", "valueFrom": {}},
                             {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
                     "envFrom": [{"prefix": "p"}, {"secretRef": {}}]}]})"),
              ElementsAre("steps[0].env[0].valueFrom", "steps[0].env[1].valueFrom",
                          "steps[0].env[2].valueFrom.secretKeyRef.key", "steps[0].envFrom[0]",
                          "steps[0].envFrom[1].secretRef.name"));
}

TEST(Fragments, VolumesHaveOneTypeAndFilesWithin) {
  EXPECT_THAT(BuildProblems(R"({"steps": [{"image": "x"}], "volumes": [
                             {"name": "a", "emptyDir": {}, "configMap": {"name": "c"}},
                             {"name": "b", "secret": {"defaultMode": 4000,
                               "items": [{"key": "k", "path": "../k"}]}}]})"),
              ElementsAre("volumes[0]", "volumes[1].secret.secretName",
                          "volumes[1].secret.defaultMode", "volumes[1].secret.items[0].path"));
}

TEST(Fragments, WordsThatKubernetesChecksAreChecked) {
  EXPECT_THAT(BuildProblems(R"({"steps": [{"image": "UPPER/case", "imagePullPolicy": "Sometimes",
                                      "securityContext": {"runAsUser": -1}}]})"),
              ElementsAre("steps[0].image", "steps[0].imagePullPolicy",
                          "steps[0].securityContext.runAsUser"));
}

TEST(Fragments, WhatOnlyOneMachineRefusesIsNoProblemOfTheManifest) {
  const v1::BuildSpec build = ParsedBuild(R"({
    "steps": [{"image": "x", "workingDir": "src", "securityContext": {"runAsNonRoot": true},
               "volumeMounts": [{"name": "home", "mountPath": "data"},
                                {"name": "h", "mountPath": "/a:b"},
                                {"name": "h", "mountPath": "/a/../b"}]}],
    "volumes": [{"name": "h", "hostPath": {"path": "a"}}]})");
  EXPECT_THAT(FragmentProblems(build), IsEmpty());
  EXPECT_THAT(
      FieldsOf(OneMachineProblems(build)),
      ElementsAre("steps[0].workingDir", "steps[0].volumeMounts[0].name",
                  "steps[0].volumeMounts[0].mountPath", "steps[0].volumeMounts[1].mountPath",
                  "steps[0].volumeMounts[2].mountPath", "steps[0].securityContext.runAsNonRoot",
                  "volumes[0].hostPath.path"));
}

TEST(Fragments, PathsHaveANormalFormOrNone) {
  EXPECT_EQ(PathInVolume("a"), "a");
  EXPECT_EQ(PathInVolume("./config//app.yaml/"), "config/app.yaml");
  for (const char* path : {"", ".", "./", "..", "..data", "a/../b", "/a"}) {
    EXPECT_EQ(PathInVolume(path), "") << path;
  }
  EXPECT_EQ(MountPathOnOneMachine("/a"), "/a");
  EXPECT_EQ(MountPathOnOneMachine("//a/./b/"), "/a/b");
  for (const char* path : {"", "/", "//", "/.", "/./", "/a/..", "a", "/a:b"}) {
    EXPECT_EQ(MountPathOnOneMachine(path), "") << path;
  }
}

}  // namespace
}  // namespace eventreactor
