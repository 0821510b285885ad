// ParseManifests and ParsePipeline.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/manifest/manifest.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using ::testing::HasSubstr;

constexpr char kTwo[] = R"(# Two Pipelines.
apiVersion: eventreactor.summerwind.github.io/v1alpha1
kind: Pipeline
metadata:
  name: one
spec:
  steps:
  - image: busybox
  trigger:
    event: {type: a.b}
---
apiVersion: eventreactor.summerwind.github.io/v1alpha1
kind: Pipeline
metadata:
  name: two
  labels: {team: x}
spec:
  trigger:
    pipeline:
      name: one
)";

std::string RefusalOfDocuments(const std::string& text) {
  const auto documents = ParseManifests(text);
  if (!documents.ok()) return Message(documents.status());
  EXPECT_EQ(documents->size(), 1U) << text;
  const auto pipeline = ParsePipeline(documents->front());
  EXPECT_FALSE(pipeline.ok()) << text;
  return Message(pipeline.status());
}

TEST(DocumentsTest, EachDocumentIsAPipeline) {
  const auto documents = ParseManifests(kTwo);
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].line, 2);
  EXPECT_EQ((*documents)[1].line, 12);
  EXPECT_EQ((*documents)[1].kind, "Pipeline");
  EXPECT_EQ(ParsePipeline((*documents)[0])->spec().trigger().event().type(), "a.b");
  EXPECT_EQ(ParsePipeline((*documents)[1])->metadata().labels().at("team"), "x");
}

TEST(DocumentsTest, WhatIsPrintedCanBeApplied) {
  const auto first = ParsePipeline(ParseManifests(kTwo)->front());
  ASSERT_TRUE(first.ok()) << first.status();
  for (const std::string& text : {ToYaml(ToManifest(*first)), ToManifest(*first).dump(2)}) {
    const auto again = ParsePipeline(ParseManifests(text)->front());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  }
}

TEST(DocumentsTest, ItemsOfAListAreDocuments) {
  const auto documents = ParseManifests(R"(apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: eventreactor.summerwind.github.io/v1alpha1
  kind: Pipeline
  metadata: {name: one}
- apiVersion: eventreactor.summerwind.github.io/v1alpha1
  kind: Pipeline
  metadata:
    nmae: two
)");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[1].line, 8);
  EXPECT_EQ(ParsePipeline((*documents)[0])->metadata().name(), "one");
  EXPECT_EQ(Message(ParsePipeline((*documents)[1]).status()),
            "line 11: metadata.nmae: is unknown; did you mean \"name\"?");
}

TEST(DocumentsTest, ARefusalNamesTheLineOfTheField) {
  EXPECT_EQ(RefusalOfDocuments(R"(apiVersion: eventreactor.summerwind.github.io/v1alpha1
kind: Pipeline
spec:
  steps:
  - image: busybox
  trigger:
    event:
      type: 12
)"),
            "line 8: spec.trigger.event.type: expected a string (in quotes), got 12");
}

TEST(DocumentsTest, ADocumentOfAnotherKindOrGroupIsRefused) {
  EXPECT_EQ(
      RefusalOfDocuments("apiVersion: eventreactor.summerwind.github.io/v1alpha1\nkind: Event\n"),
      "line 2: kind: expected Pipeline, got \"Event\"");
  EXPECT_EQ(RefusalOfDocuments("apiVersion: apps/v1\nkind: Pipeline\n"),
            "line 1: apiVersion: expected eventreactor.summerwind.github.io/v1alpha1, got "
            "\"apps/v1\"");
}

TEST(DocumentsTest, ADocumentMustSayWhatItIs) {
  EXPECT_THAT(RefusalOfDocuments("kind: Pipeline\n"), HasSubstr("line 1: apiVersion: is missing"));
  EXPECT_THAT(RefusalOfDocuments("apiVersion: v1\n"), HasSubstr("kind: is missing"));
  EXPECT_THAT(RefusalOfDocuments("apiVersion: 1\nkind: x\n"),
              HasSubstr("expected a string, got 1"));
  EXPECT_THAT(RefusalOfDocuments("[a, b]"),
              HasSubstr("expected an object with apiVersion and kind"));
  EXPECT_THAT(RefusalOfDocuments("apiVersion: v1\nkind: List\n"), HasSubstr("items"));
}

TEST(DocumentsTest, ListsWithinListsEnd) {
  std::string text = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[]}";
  for (int i = 0; i < 24; ++i) {
    text = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" + text + "]}";
  }
  ASSERT_TRUE(ParseManifests(text).ok());
  EXPECT_TRUE(ParseManifests(text)->empty());
}

}  // namespace
}  // namespace eventreactor
