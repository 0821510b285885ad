#include "libs/domain/document_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/document_fixtures.h"

namespace eventreactor {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

absl::Status Checked(const std::string& kind, const std::string& body) {
  v1::Document document = DocumentOf(kind, "d", body);
  return CheckDocument(document);
}

TEST(DocumentCheckTest, TakesWhatRunsCanUse) {
  EXPECT_TRUE(Checked(kConfigMap, R"({"data": {"a": "1"}, "binaryData": {"b": "AAE="}})").ok());
  EXPECT_TRUE(Checked(kSecret, R"({"type": "Opaque", "data": {"a": "YQ=="}})").ok());
  EXPECT_TRUE(Checked(kSecret, R"({"type": null})").ok());
  EXPECT_TRUE(Checked(kServiceAccount, R"({"secrets": [{"name": "s"}]})").ok());
  const std::string instance =
      R"({"spec": {"parameters": [{"name": "P"}], "steps": [{"image": "${P}"}]}})";
  EXPECT_TRUE(Checked(kBuildTemplate, instance).ok());
  EXPECT_TRUE(Checked(kClusterBuildTemplate, instance).ok());
}

struct BadDocument {
  std::string kind;
  std::string body;
  std::string field;
  std::string words;
};

TEST(DocumentCheckTest, RefusesWhatNoneCouldNamingTheField) {
  const std::vector<BadDocument> refusals = {
      {kConfigMap, R"({"dat": {}})", "dat", "did you mean \"data\"?"},
      {kConfigMap, R"({"data": {"a": 1}})", "data.a", "is no string"},
      {kConfigMap, R"({"data": ["a"]})", "data", "no object"},
      {kConfigMap, R"({"data": {"a/b": ""}})", "data[\"a/b\"]", "is no key"},
      {kConfigMap, R"({"data": {"..": ""}})", "data[\"..\"]", "is no key"},
      {kConfigMap, R"({"binaryData": {"a": "%"}})", "binaryData.a", "is no base64"},
      {kConfigMap, R"({"data": {"a": ""}, "binaryData": {"a": ""}})", "binaryData.a", "too"},
      {kSecret, R"({"data": {"a": "plain text!"}})", "data.a", "is no base64"},
      {kSecret, R"({"type": "kubernetes.io/ssh-auth"})", "data.ssh-privatekey", "is missing"},
      {kSecret, R"({"type": "kubernetes.io/dockerconfigjson"})", "data[\".dockerconfigjson\"]",
       "is missing"},
      {kSecret, R"({"type": 1})", "type", "is no string"},
      {kServiceAccount, R"({"secrets": [{"name": "S_"}]})", "secrets[0].name", "no Secret's name"},
      {kServiceAccount, R"({"secrets": {}})", "secrets", "is no list"},
      {kBuildTemplate, R"({})", "spec", "is missing"},
      {kBuildTemplate, R"({"spec": {"step": []}})", "spec.step", "did you mean \"steps\"?"},
      {kBuildTemplate, R"({"spec": {"steps": []}})", "spec.steps", "1 to 64"},
      {kBuildTemplate, R"({"spec": {"steps": [{"name": "a"}]}})", "spec.steps[0].image",
       "is missing"},
      {kBuildTemplate,
       R"({"spec": {"parameters": [{"name": "a"}, {"name": "a"}], "steps": [{"image": "i"}]}})",
       "spec.parameters[1].name", "is taken"},
  };
  for (const BadDocument& refusal : refusals) {
    const absl::Status status = Checked(refusal.kind, refusal.body);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << refusal.body;
    EXPECT_EQ(Field(status), refusal.field) << refusal.body;
    EXPECT_THAT(Message(status), HasSubstr(refusal.words)) << refusal.body;
  }
}

TEST(DocumentCheckTest, PipelinesAreNoDocuments) {
  EXPECT_TRUE(IsDocumentKind("Secret"));
  EXPECT_FALSE(IsDocumentKind("Pipeline"));
  EXPECT_FALSE(IsDocumentKind("secret"));
}

TEST(DocumentCheckTest, RefusesAnotherKindOrVersionWithWhatWasMeant) {
  EXPECT_THAT(Message(CheckDocumentKind("Configmaps", "kind")), HasSubstr("\"ConfigMap\"?"));
  EXPECT_THAT(Message(CheckDocumentKind("Deployment", "kind")), HasSubstr("expected ConfigMap"));
  v1::Document document = DocumentOf(kSecret, "d", "{}");
  document.set_api_version("v2");
  EXPECT_THAT(Message(CheckDocument(document)), HasSubstr("expected v1"));
}

TEST(DocumentCheckTest, DoesNotShowAValueThatMayBeASecretPutInPlainly) {
  EXPECT_THAT(Message(Checked(kSecret, R"({"data": {"a": "hunter2!"}})")),
              Not(HasSubstr("hunter2")));
}

TEST(DocumentCheckTest, HoldsAMebibyteAndNoMore) {
  const std::string mebibyte(size_t{1} << 20, 'x');
  EXPECT_TRUE(Checked(kConfigMap, json{{"data", {{"a", mebibyte}}}}.dump()).ok());
  const absl::Status more = Checked(kConfigMap, json{{"data", {{"a", mebibyte + "x"}}}}.dump());
  EXPECT_THAT(Message(more), HasSubstr("at most 1048576"));
}

TEST(DocumentCheckTest, PutsStringDataOverData) {
  const v1::Document secret = StoredDocument(
      kSecret, "s",
      R"({"data": {"a": "YQ==", "b": "Yg=="}, "stringData": {"b": "new", "c": "d"}})");
  EXPECT_THAT(ValuesOf(secret), ElementsAre(Pair("a", "a"), Pair("b", "new"), Pair("c", "d")));
  EXPECT_FALSE(secret.body().fields().contains("stringData"));
}

TEST(DocumentCheckTest, ReadsTextsAndBinaryDataOfAConfigMap) {
  const v1::Document map = StoredDocument(
      kConfigMap, "m", R"({"data": {"t": "dGV4dA=="}, "binaryData": {"b": "AP8="}})");
  EXPECT_THAT(ValuesOf(map),
              ElementsAre(Pair("b", std::string("\0\xFF", 2)), Pair("t", "dGV4dA==")));
}

TEST(DocumentCheckTest, ShowsOfASecretOnlyHowLongItsValuesAre) {
  const v1::Document secret =
      StoredDocument(kSecret, "s", R"({"type": "Opaque", "stringData": {"password": "hunter2"}})");
  const v1::Document shown = WithoutSecrets(secret);
  const json expected = {{"type", "Opaque"}, {"data", {{"password", "(7 bytes)"}}}};
  EXPECT_EQ(manifest::StructToJson(shown.body()), expected);
  // What was shown cannot be taken for the secret itself.
  v1::Document again = shown;
  EXPECT_FALSE(CheckDocument(again).ok());
}

}  // namespace
}  // namespace eventreactor
