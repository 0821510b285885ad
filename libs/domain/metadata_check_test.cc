#include "libs/domain/metadata_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::HasSubstr;

v1::ObjectMeta Named(const std::string& name) {
  v1::ObjectMeta metadata;
  metadata.set_name(name);
  return metadata;
}

TEST(MetadataCheckTest, TakesWhatKubernetesTakes) {
  v1::ObjectMeta metadata = Named("a.b-c");
  EXPECT_TRUE(CheckMetadata(metadata).ok());
  metadata.set_namespace_("team");
  (*metadata.mutable_labels())["example.com/app"] = "";
  (*metadata.mutable_annotations())["note"] = std::string(200'000, 'x');
  for (int i = 0; i < 300; ++i) (*metadata.mutable_labels())["l" + std::to_string(i)] = "x";
  EXPECT_TRUE(CheckMetadata(metadata).ok());
}

TEST(MetadataCheckTest, NamesTheFieldAndWhatIsExpected) {
  EXPECT_THAT(Message(CheckMetadata(Named(""))), HasSubstr("metadata.name: is missing"));
  EXPECT_THAT(Message(CheckMetadata(Named("Upper"))), HasSubstr("\"Upper\" is no name"));
  v1::ObjectMeta metadata = Named("a");
  metadata.set_namespace_("a.b");
  EXPECT_EQ(Field(CheckMetadata(metadata)), "metadata.namespace");
}

TEST(MetadataCheckTest, TheFirstLabelAtFaultIsAlwaysTheSame) {
  v1::ObjectMeta metadata = Named("a");
  for (const char* key : {"z", "team", "b"}) (*metadata.mutable_labels())[key] = "red green";
  EXPECT_EQ(Field(CheckMetadata(metadata)), "metadata.labels.b");
}

TEST(MetadataCheckTest, AnnotationsAreBoundedAltogether) {
  v1::ObjectMeta metadata = Named("a");
  (*metadata.mutable_annotations())["a b"] = "";
  EXPECT_EQ(Field(CheckMetadata(metadata)), "metadata.annotations[\"a b\"]");
  metadata.clear_annotations();
  (*metadata.mutable_annotations())["n"] = std::string((256 << 10) - 1, 'x');
  EXPECT_TRUE(CheckMetadata(metadata).ok());
  (*metadata.mutable_annotations())["n"] += 'x';
  EXPECT_EQ(Field(CheckMetadata(metadata)), "metadata.annotations");
}

}  // namespace
}  // namespace eventreactor
