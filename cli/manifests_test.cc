#include "cli/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

absl::StatusOr<v1::Document> DocumentIn(const std::string& yaml) {
  const auto documents = ParseManifests(yaml);
  EXPECT_TRUE(documents.ok()) << documents.status();
  return ParseDocument(documents->at(0));
}

TEST(Manifests, ADocumentComesBackAsItWas) {
  const auto document = DocumentIn(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, labels: {a: b}}\n"
      "data: {key: value}\n");
  ASSERT_TRUE(document.ok()) << document.status();
  const nlohmann::json expected = {{"apiVersion", "v1"},
                                   {"kind", "ConfigMap"},
                                   {"metadata", {{"name", "app"}, {"labels", {{"a", "b"}}}}},
                                   {"data", {{"key", "value"}}}};
  EXPECT_EQ(DocumentToManifest(*document), expected);
}

TEST(Manifests, ADocumentNeedsMetadata) {
  EXPECT_EQ(Field(DocumentIn("apiVersion: v1\nkind: Secret\n").status()), "metadata");
  EXPECT_EQ(Field(DocumentIn("apiVersion: v1\nkind: Secret\nmetadata: {nam: s}\n").status()),
            "metadata.nam");
}

}  // namespace
}  // namespace eventreactor::cli
