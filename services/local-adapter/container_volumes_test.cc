// What documents, volumes and sources make of a plan.
#include "services/local-adapter/container_volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "libs/manifest/manifest.h"
#include "services/local-adapter/document_fixtures.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor::local {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PlanWithDocuments : public testing::Test {
 protected:
  void Put(const std::string& kind, const std::string& name, const std::string& body = "{}") {
    *documents_.add_documents() = StoredDocument(kind, name, body, "team");
  }

  absl::StatusOr<RunPlan> Plan(const std::string& build) {
    v1::Action action;
    const absl::Status read =
        FromJson({{"metadata", {{"name", "a"}, {"namespace", "team"}, {"uid", "u"}}},
                  {"spec", nlohmann::json::parse(build)}},
                 action);
    EXPECT_TRUE(read.ok()) << read;
    v1::Event event;
    event.mutable_spec()->set_id("1");
    return PlanRun(action, event, DocumentSet(documents_), options_);
  }

  std::vector<PlannedContainer> Containers(const std::string& build) {
    auto plan = Plan(build);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.ok() ? plan->containers : std::vector<PlannedContainer>(8);
  }

  v1::RunDocuments documents_;
  PlanOptions options_;
};

// "volume path", or "=host path", with ":ro".
std::vector<std::string> MountsOf(const PlannedContainer& container) {
  std::vector<std::string> mounts;
  for (const VolumeMount& mount : container.spec.mounts) {
    mounts.push_back((mount.volume.empty() ? "=" + mount.host_path : mount.volume) + " " +
                     mount.path + (mount.read_only ? ":ro" : ""));
  }
  return mounts;
}

// The files of a directory as "name=data:mode".
std::vector<std::string> FilesIn(const PlannedContainer& container, const std::string& path) {
  std::vector<std::string> files;
  for (const FreshDirectory& directory : container.directories) {
    if (directory.path != path) continue;
    for (const TarEntry& file : directory.files) {
      char mode[8];
      std::snprintf(mode, sizeof(mode), "%o", static_cast<unsigned>(file.mode));
      files.push_back(file.name + "=" + file.data + ":" + mode);
    }
  }
  return files;
}

std::vector<std::string> NamesOf(const std::vector<PlannedContainer>& containers) {
  std::vector<std::string> names;
  for (const PlannedContainer& each : containers) {
    names.push_back(each.shown ? each.step : "(" + each.step + ")");
  }
  return names;
}

TEST_F(PlanWithDocuments, AnEmptyDirIsOneVolumeForAllThatMountIt) {
  const auto containers = Containers(R"({
      "volumes": [{"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}],
      "steps": [{"image": "i", "volumeMounts": [{"name": "scratch", "mountPath": "/s/"}]},
                {"image": "i", "volumeMounts": [{"name": "scratch", "mountPath": "/t",
                                                 "readOnly": true}]}]})");
  EXPECT_THAT(MountsOf(containers[0]),
              ElementsAre("v-scratch /s", "workspace /workspace", "home /builder/home"));
  EXPECT_THAT(MountsOf(containers[1]), Contains("v-scratch /t:ro"));
  // What the first one did to its mode stays.
  EXPECT_EQ(containers[0].directories.front().mode, 0777);
  EXPECT_THAT(containers[1].directories, IsEmpty());
}

TEST_F(PlanWithDocuments, FilesOfConfigMapsAndSecretsAreFreshForEachContainer) {
  Put(kConfigMap, "app", R"({"data": {"a.yaml": "A", "b": "B"}, "binaryData": {"c": "AP8="}})");
  Put(kSecret, "key", R"({"stringData": {"k": "top", "other": "x"}})");
  const auto containers = Containers(R"({
      "volumes": [{"name": "app", "configMap": {"name": "app"}},
                  {"name": "key", "secret": {"secretName": "key", "defaultMode": 256,
                      "items": [{"key": "k", "path": "ssh//./id/", "mode": 384}]}}],
      "steps": [{"image": "i", "volumeMounts": [{"name": "app", "mountPath": "/app"}]},
                {"image": "i", "volumeMounts": [{"name": "app", "mountPath": "/app"},
                                                {"name": "key", "mountPath": "/key"}]}]})");
  EXPECT_THAT(MountsOf(containers[0]), Contains("0-v-app /app"));
  EXPECT_THAT(MountsOf(containers[1]), Contains("1-v-app /app"));
  EXPECT_THAT(FilesIn(containers[0], "/app"),
              ElementsAre("a.yaml=A:644", "b=B:644", std::string("c=\0\xFF:644", 8)));
  EXPECT_THAT(FilesIn(containers[1], "/key"), ElementsAre("ssh/=:755", "ssh/id=top:600"));
}

TEST_F(PlanWithDocuments, RefusesFilesThatCannotBeInTheVolume) {
  Put(kConfigMap, "app", R"({"data": {"a": "A"}})");
  for (const char* path : {"", ".", "./", "..", "a/../../b", "/a", "..data"}) {
    const absl::Status status = Plan(absl::StrCat(R"({"steps": [{"image": "i"}], "volumes": [{
        "name": "v", "configMap": {"name": "app", "items": [{"key": "a", "path": ")",
                                                  path, R"("}]}}]})"))
                                    .status();
    EXPECT_EQ(Field(status), "spec.volumes[0].configMap.items[0].path") << path;
  }
}

TEST_F(PlanWithDocuments, ASubPathIsOneFileOfAConfigMap) {
  Put(kConfigMap, "app", R"({"data": {"a": "A", "b": "B"}})");
  const auto containers = Containers(R"({
      "volumes": [{"name": "app", "configMap": {"name": "app"}}],
      "steps": [{"image": "i", "volumeMounts":
                    [{"name": "app", "mountPath": "/etc//app.conf", "subPath": "./a"}]}]})");
  ASSERT_EQ(containers[0].files.size(), 1U);
  EXPECT_EQ(containers[0].files[0].name, "etc/app.conf");
  EXPECT_EQ(containers[0].files[0].data, "A");
}

TEST_F(PlanWithDocuments, VariablesComeFromConfigMapsAndSecrets) {
  Put(kConfigMap, "app", R"({"data": {"GREETING": "hi $(HOME).", "9no": "", "A": "from"}})");
  Put(kSecret, "key", R"({"stringData": {"k": "top"}})");
  const auto containers = Containers(R"({"steps": [{"image": "i",
      "envFrom": [{"prefix": "P_", "secretRef": {"name": "key"}},
                  {"configMapRef": {"name": "app"}}],
      "env": [{"name": "A", "value": "own"},
              {"name": "K", "valueFrom": {"secretKeyRef": {"name": "key", "key": "k"}}},
              {"name": "S", "value": "$(K)!"},
              {"name": "N", "valueFrom": {"configMapKeyRef":
                  {"name": "none", "key": "x", "optional": true}}}]}]})");
  const auto& env = containers[0].spec.env;
  EXPECT_THAT(env, Contains("GREETING=hi $(HOME)."));
  EXPECT_THAT(env, Contains("P_k=top"));
  EXPECT_THAT(env, Contains("A=own"));
  EXPECT_THAT(env, Contains("K=top"));
  EXPECT_THAT(env, Contains("S=top!"));
  EXPECT_THAT(env, Not(Contains(testing::StartsWith("N="))));
  EXPECT_THAT(env, Not(Contains(testing::StartsWith("9no="))));
}

struct MissingCase {
  std::string build;
  std::string field;
};

TEST_F(PlanWithDocuments, SaysWhatIsMissingByItsField) {
  Put(kConfigMap, "app", R"({"data": {"a": "A"}})");
  Put(kServiceAccount, "robot", R"({"secrets": [{"name": "gone"}]})");
  const std::string steps = R"("steps": [{"image": "i"}])";
  const std::vector<MissingCase> cases = {
      {R"({"volumes": [{"name": "v", "secret": {"secretName": "x"}}], )" + steps + "}",
       "spec.volumes[0].secret.secretName"},
      {R"({"volumes": [{"name": "v", "configMap": {"name": "app",
           "items": [{"key": "b", "path": "b"}]}}], )" +
           steps + "}",
       "spec.volumes[0].configMap.items[0].key"},
      {R"({"steps": [{"image": "i", "envFrom": [{"configMapRef": {"name": "x"}}]}]})",
       "spec.steps[0].envFrom[0].configMapRef.name"},
      {R"({"steps": [{"image": "i", "env": [{"name": "A", "valueFrom":
           {"configMapKeyRef": {"name": "app", "key": "b"}}}]}]})",
       "spec.steps[0].env[0].valueFrom.configMapKeyRef.key"},
      {R"({"serviceAccountName": "none", )" + steps + "}", "spec.serviceAccountName"},
      {R"({"serviceAccountName": "robot", )" + steps + "}", "spec.serviceAccountName"},
  };
  for (const MissingCase& each : cases) {
    const absl::Status status = Plan(each.build).status();
    EXPECT_EQ(Reason(status), "DOCUMENT_MISSING") << each.build;
    EXPECT_EQ(Field(status), each.field) << each.build;
  }
}

TEST_F(PlanWithDocuments, RefusesMountsThatCannotBe) {
  const auto field_of = [this](const std::string& mounts) {
    return Field(Plan(R"({"volumes": [{"name": "v", "emptyDir": {}}],
                          "steps": [{"image": "i", "volumeMounts": [)" +
                      mounts + "]}]}")
                     .status());
  };
  const std::string at = "spec.steps[0].volumeMounts";
  EXPECT_EQ(field_of(R"({"name": "v", "mountPath": "rel"})"), at + "[0].mountPath");
  EXPECT_EQ(field_of(R"({"name": "v", "mountPath": "/"})"), at + "[0].mountPath");
  EXPECT_EQ(field_of(R"({"name": "v", "mountPath": "/./"})"), at + "[0].mountPath");
  EXPECT_EQ(field_of(R"({"name": "v", "mountPath": "/a/../b"})"), at + "[0].mountPath");
  EXPECT_EQ(field_of(R"({"name": "w", "mountPath": "/a"})"), at + "[0].name");
  EXPECT_EQ(field_of(R"({"name": "v", "mountPath": "/a", "subPath": "b"})"), at + "[0].subPath");
  EXPECT_EQ(field_of(R"({"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "//a/./"})"),
            at + "[1].mountPath");
}

TEST_F(PlanWithDocuments, AUsersOwnMountOnTheWorkspaceWins) {
  const auto containers = Containers(R"({
      "volumes": [{"name": "mine", "emptyDir": {}}],
      "steps": [{"image": "i", "volumeMounts": [{"name": "mine", "mountPath": "/workspace"}]},
                {"image": "i"}]})");
  EXPECT_THAT(MountsOf(containers[0]), ElementsAre("v-mine /workspace", "home /builder/home"));
  EXPECT_THAT(FilesIn(containers[0], "/workspace"), IsEmpty());
  // The Event's files are where the run's own workspace is.
  EXPECT_THAT(FilesIn(containers[1], "/workspace"), Contains(".event/id=1:644"));
}

TEST_F(PlanWithDocuments, HostPathsOnlyWhereTheAdapterGivesThemOut) {
  const TestDirectory directory;
  const std::string inside = directory.path() + "/data";
  std::filesystem::create_directory(inside);
  std::filesystem::create_symlink("/etc", inside + "/out");
  const auto build = [](const std::string& path) {
    return R"({"volumes": [{"name": "h", "hostPath": {"path": ")" + path + R"("}}],
               "steps": [{"image": "i", "volumeMounts":
                   [{"name": "h", "mountPath": "/h", "readOnly": true}]}]})";
  };
  EXPECT_EQ(Reason(Plan(build(inside)).status()), "NOT_ALLOWED_HERE");
  options_.host_paths = {inside};
  EXPECT_THAT(MountsOf(Containers(build(inside + "/a"))[0]), Contains("=" + inside + "/a /h:ro"));
  for (const std::string& outside :
       {directory.path(), inside + "2", inside + "/../other", inside + "/out/passwd"}) {
    const absl::Status status = Plan(build(outside)).status();
    EXPECT_EQ(Reason(status), "NOT_ALLOWED_HERE") << outside;
    EXPECT_THAT(Message(status), HasSubstr("--allow-host-path"));
  }
}

TEST_F(PlanWithDocuments, StepsComeFromTheTemplate) {
  Put(kBuildTemplate, "greet", R"({"spec": {"parameters": [{"name": "WHO", "default": "you"}],
      "steps": [{"name": "say", "image": "i", "args": ["hi ${WHO}"]}]}})");
  const auto containers = Containers(
      R"({"template": {"name": "greet", "arguments": [{"name": "WHO", "value": "me"}]}})");
  EXPECT_THAT(NamesOf(containers), ElementsAre("build-step-say"));
  EXPECT_THAT(containers[0].spec.args, ElementsAre("hi me"));
  EXPECT_EQ(Field(Plan(R"({"template": {"name": "none"}})").status()), "spec.template.name");
}

TEST_F(PlanWithDocuments, GitIsClonedByTheToolInItsImage) {
  options_.git_image = "localhost/git:1";
  const auto containers = Containers(R"json({
      "sources": [{"name": "one", "git": {"url": "https://h/$(A)", "revision": "v1"},
                   "targetPath": "code"},
                  {"name": "two", "gcs": {"type": "Archive", "location": "gs://b/o"}}],
      "steps": [{"image": "i"}]})json");
  EXPECT_THAT(NamesOf(containers),
              ElementsAre("build-source-one", "build-source-two", "build-step-unnamed-0"));
  EXPECT_EQ(containers[0].spec.image.ToString(), "localhost/git:1");
  EXPECT_THAT(containers[0].spec.entrypoint, ElementsAre(kToolPath));
  EXPECT_THAT(containers[0].spec.args, ElementsAre("git", "--url=https://h/$(A)", "--revision=v1",
                                                   "--directory=/workspace/code"));
  EXPECT_TRUE(containers[0].needs_tool);
  EXPECT_EQ(containers[1].spec.image.ToString(), "gcr.io/cloud-builders/gcs-fetcher:latest");
  EXPECT_FALSE(containers[1].needs_tool);
}

TEST_F(PlanWithDocuments, StepsGetThePartOfTheSourcesThatASubPathNames) {
  const auto containers = Containers(R"({
      "source": {"custom": {"image": "fetch"}, "subPath": "src/app"},
      "steps": [{"image": "i"}]})");
  EXPECT_THAT(NamesOf(containers),
              ElementsAre("build-source-custom", "(sub-path)", "build-step-unnamed-0"));
  EXPECT_THAT(MountsOf(containers[0]), Contains("workspace /workspace"));
  EXPECT_THAT(MountsOf(containers[1]), ElementsAre("sub-path /eventreactor/workspace",
                                                   "workspace /workspace", "home /builder/home"));
  EXPECT_THAT(containers[1].spec.args,
              ElementsAre("copy", "--from=/workspace/src/app", "--to=/eventreactor/workspace"));
  EXPECT_EQ(containers[1].spec.image.ToString(), "fetch:latest");
  EXPECT_THAT(MountsOf(containers[2]), Contains("sub-path /workspace"));
  EXPECT_THAT(FilesIn(containers[1], "/eventreactor/workspace"), Contains(".event/id=1:644"));
}

TEST_F(PlanWithDocuments, OnlyTheCredentialsContainerSeesTheSecrets) {
  v1::Document secret = StoredDocument(kSecret, "git", R"({"type": "kubernetes.io/basic-auth",
                          "stringData": {"username": "u", "password": "hunter2"}})");
  (*secret.mutable_metadata()->mutable_annotations())["build.knative.dev/git-0"] = "https://h";
  *documents_.add_documents() = secret;
  Put(kServiceAccount, "default", R"({"secrets": [{"name": "git"}]})");
  const auto containers = Containers(R"({"steps": [{"image": "i"}]})");
  EXPECT_THAT(NamesOf(containers), ElementsAre("(credentials)", "build-step-unnamed-0"));
  EXPECT_THAT(containers[0].spec.args,
              ElementsAre("credentials", "--secrets=/eventreactor/secrets", "--home=/builder/home",
                          "--basic-git=git=https://h"));
  const auto holds = [](const PlannedContainer& container) {
    for (const TarEntry& file : container.files) {
      if (file.data.find("hunter2") != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_TRUE(holds(containers[0]));
  EXPECT_FALSE(holds(containers[1]));
  EXPECT_EQ(containers[0].spec.user, "0");
}

}  // namespace
}  // namespace eventreactor::local
