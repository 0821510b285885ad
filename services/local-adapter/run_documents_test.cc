#include "services/local-adapter/run_documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/manifest/manifest.h"
#include "services/local-adapter/document_fixtures.h"

namespace eventreactor::local {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

v1::Action ActionOf(const std::string& build) {
  v1::Action action;
  const absl::Status read =
      FromJson({{"metadata", {{"name", "a"}, {"namespace", "team"}, {"uid", "u"}}},
                {"spec", json::parse(build)}},
               action);
  EXPECT_TRUE(read.ok()) << read;
  return action;
}

class RunDocumentsTest : public testing::Test {
 protected:
  void Put(const std::string& kind, const std::string& name, const std::string& body = "{}",
           const std::string& ns = "team") {
    documents_.Put(StoredDocument(kind, name, body, ns));
  }

  // "Kind name" of each.
  std::vector<std::string> Collected(const std::string& build) {
    const auto collected = CollectDocuments(documents_, ActionOf(build));
    EXPECT_TRUE(collected.ok()) << collected.status();
    std::vector<std::string> names;
    for (const v1::Document& each : collected->documents()) {
      names.push_back(each.kind() + " " + each.metadata().name());
    }
    return names;
  }

  FakeDocuments documents_;
};

TEST_F(RunDocumentsTest, CollectsWhatTheActionRefersToAndNothingElse) {
  Put(kConfigMap, "env");
  Put(kConfigMap, "files");
  Put(kConfigMap, "other");
  Put(kSecret, "key");
  Put(kSecret, "mounted");
  Put(kSecret, "account-key");
  Put(kServiceAccount, "builder", R"({"secrets": [{"name": "account-key"}]})");
  Put(kServiceAccount, "default");
  EXPECT_THAT(
      Collected(R"({
      "serviceAccountName": "builder",
      "volumes": [{"name": "f", "configMap": {"name": "files"}},
                  {"name": "s", "secret": {"secretName": "mounted"}},
                  {"name": "gone", "secret": {"secretName": "not-there"}}],
      "source": {"custom": {"image": "i", "envFrom": [{"configMapRef": {"name": "env"}}]}},
      "steps": [{"image": "i", "env": [
          {"name": "K", "valueFrom": {"secretKeyRef": {"name": "key", "key": "k"}}}]}]})"),
      UnorderedElementsAre("ConfigMap env", "ConfigMap files", "Secret key", "Secret mounted",
                           "ServiceAccount builder", "Secret account-key"));
}

TEST_F(RunDocumentsTest, LooksInTheActionsNamespaceOnly) {
  Put(kConfigMap, "env", "{}", "other");
  EXPECT_THAT(
      Collected(R"({"steps": [{"image": "i", "envFrom": [{"configMapRef": {"name": "env"}}]}]})"),
      IsEmpty());
}

TEST_F(RunDocumentsTest, FollowsATemplateToWhatItsStepsReferTo) {
  Put(kClusterBuildTemplate, "t", R"({"spec": {"steps": [{"image": "i",
      "envFrom": [{"secretRef": {"name": "of-template"}}]}]}})");
  Put(kSecret, "of-template");
  EXPECT_THAT(Collected(R"({"template": {"name": "t", "kind": "ClusterBuildTemplate"}})"),
              UnorderedElementsAre("ClusterBuildTemplate t", "Secret of-template"));
}

TEST_F(RunDocumentsTest, TheDefaultAccountIsTakenWhereThereIsOne) {
  EXPECT_THAT(Collected(R"({"steps": [{"image": "i"}]})"), IsEmpty());
  Put(kServiceAccount, "default");
  EXPECT_THAT(Collected(R"({"steps": [{"image": "i"}]})"),
              UnorderedElementsAre("ServiceAccount default"));
}

TEST_F(RunDocumentsTest, ARunThatGoesOnHasWhatItBeganWith) {
  Put(kBuildTemplate, "t", R"({"spec": {"steps": [{"image": "old"}]}})");
  v1::Action action = ActionOf(R"({"template": {"name": "t"}})");
  ASSERT_TRUE(DocumentsOfRun(documents_, action).ok());
  Put(kBuildTemplate, "t", R"({"spec": {"steps": [{"image": "new"}]}})");
  const auto kept = DocumentsOfRun(documents_, action);
  ASSERT_TRUE(kept.ok()) << kept.status();
  const auto build = BuildOf(action, DocumentSet(*kept));
  ASSERT_TRUE(build.ok()) << build.status();
  EXPECT_EQ(build->steps(0).fields().at("image").string_value(), "old");
}

TEST_F(RunDocumentsTest, ARunThatBeganWithoutAnyGetsNoneLater) {
  v1::Action action = ActionOf(R"({"steps": [{"image": "i"}]})");
  action.mutable_status()->mutable_start_time()->set_seconds(1);
  Put(kServiceAccount, "default");
  const auto documents = DocumentsOfRun(documents_, action);
  ASSERT_TRUE(documents.ok()) << documents.status();
  EXPECT_THAT(documents->documents(), IsEmpty());
}

TEST_F(RunDocumentsTest, ADatabaseThatDoesNotAnswerIsAskedAgain) {
  documents_.error = absl::UnavailableError("locked");
  EXPECT_TRUE(absl::IsUnavailable(
      DocumentsOfRun(documents_, ActionOf(R"({"steps": [{"image": "i"}]})")).status()));
}

TEST_F(RunDocumentsTest, ATemplateThatIsNotThereIsNamed) {
  const absl::Status status =
      BuildOf(ActionOf(R"({"template": {"name": "t"}})"), DocumentSet()).status();
  EXPECT_EQ(Field(status), "spec.template.name");
  EXPECT_THAT(Message(status), HasSubstr("there is no BuildTemplate t in namespace team"));
}

TEST_F(RunDocumentsTest, BoundsWhatOneRunRefersTo) {
  json volumes = json::array();
  v1::Document map = StoredDocument(
      kConfigMap, "m", json{{"data", {{"a", std::string(size_t{1} << 20, 'x')}}}}.dump(), "team");
  for (int i = 0; i < 17; ++i) {
    const std::string name = "m" + std::to_string(i);
    map.mutable_metadata()->set_name(name);
    documents_.Put(map);
    volumes.push_back({{"name", name}, {"configMap", {{"name", name}}}});
  }
  const json build = {{"steps", {{{"image", "i"}}}}, {"volumes", volumes}};
  const absl::Status status = CollectDocuments(documents_, ActionOf(build.dump())).status();
  EXPECT_THAT(Message(status), HasSubstr("more than 16 MiB"));
}

}  // namespace
}  // namespace eventreactor::local
