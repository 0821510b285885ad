#include "libs/adapter/request_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::HasSubstr;

TEST(CheckKey, AnEmptyNamespaceMeansDefault) {
  const auto key = CheckKey("", "a.b");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->ns, "default");
  EXPECT_EQ(key->name, "a.b");
}

TEST(CheckKey, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(Field(CheckKey("A", "a").status()), "namespace");
  EXPECT_EQ(Field(CheckKey("a.b", "a").status()), "namespace");
  EXPECT_EQ(Field(CheckKey("a", "").status()), "name");
  EXPECT_EQ(Field(CheckKey("a", "A").status()), "name");
  EXPECT_EQ(Field(CheckKey("a", "../x").status()), "name");
  EXPECT_EQ(Field(CheckKey("a", std::string("a\0b", 3)).status()), "name");
}

TEST(CheckKey, ShowsLongNonsenseShortened) {
  const absl::Status status = CheckKey("a", std::string(100'000, 'X')).status();
  EXPECT_LT(Message(status).size(), 300U);
}

TEST(AdmitMetadata, FillsInAndDropsWhatTheAdapterSets) {
  v1::ObjectMeta metadata;
  metadata.set_name("a");
  metadata.set_uid("forged");
  metadata.set_resource_version("7");
  metadata.set_generation(7);
  metadata.mutable_creation_timestamp()->set_seconds(1);
  ASSERT_TRUE(AdmitMetadata(metadata).ok());
  EXPECT_EQ(metadata.namespace_(), "default");
  EXPECT_EQ(metadata.uid(), "");
  EXPECT_EQ(metadata.resource_version(), "");
  EXPECT_EQ(metadata.generation(), 0);
  EXPECT_FALSE(metadata.has_creation_timestamp());
}

TEST(AdmitMetadata, ChecksLabelsAndAnnotations) {
  v1::ObjectMeta metadata;
  metadata.set_name("a");
  (*metadata.mutable_labels())["team"] = "red green";
  EXPECT_EQ(Field(AdmitMetadata(metadata)), "metadata.labels.team");
  metadata.clear_labels();
  (*metadata.mutable_labels())["a b"] = "c";
  EXPECT_EQ(Field(AdmitMetadata(metadata)), "metadata.labels[\"a b\"]");
  metadata.clear_labels();
  (*metadata.mutable_annotations())["n"] = std::string((256 << 10) + 1, 'x');
  EXPECT_EQ(Field(AdmitMetadata(metadata)), "metadata.annotations");
}

TEST(CheckList, HasDefaultsAndBounds) {
  const auto query = CheckList("", "", 0, "");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->ns, "") << "all namespaces";
  EXPECT_EQ(query->page_size, 100);
  EXPECT_EQ(CheckList("", "", 500, "")->page_size, 500);
  EXPECT_EQ(Field(CheckList("", "", 501, "").status()), "page_size");
  EXPECT_EQ(Field(CheckList("", "", -1, "").status()), "page_size");
  EXPECT_EQ(Field(CheckList("A", "", 0, "").status()), "namespace");
}

TEST(CheckList, SaysWhereASelectorIsWrong) {
  const absl::Status status = CheckList("", "a in (", 0, "").status();
  EXPECT_EQ(Field(status), "label_selector");
  EXPECT_THAT(Message(status), HasSubstr("label_selector: "));
  EXPECT_EQ(Field(CheckWatch("", "a in (", "").status()), "label_selector");
}

}  // namespace
}  // namespace eventreactor
