#include "libs/domain/image_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

TEST(ImageReference, KnowsRegistryPathTagAndDigest) {
  const auto image = ParseImageReference("Registry.example.com:5000/Team/app:v1.2");
  EXPECT_FALSE(image.ok()) << "upper case is for hosts alone";
  const auto tagged = ParseImageReference("Registry.example.com:5000/team/app:v1.2");
  ASSERT_TRUE(tagged.ok()) << tagged.status();
  EXPECT_EQ(tagged->repository, "Registry.example.com:5000/team/app");
  EXPECT_EQ(tagged->tag, "v1.2");
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto pinned = ParseImageReference("localhost/app:1@" + digest);
  ASSERT_TRUE(pinned.ok()) << pinned.status();
  EXPECT_EQ(pinned->digest, digest);
  EXPECT_EQ(pinned->ToString(), "localhost/app@" + digest) << "the digest wins";
}

TEST(ImageReference, MeansLatestWithoutATag) {
  const auto image = ParseImageReference("busybox");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->ToString(), "busybox:latest");
}

TEST(ImageReference, TakesAPortForNoTag) {
  const auto image = ParseImageReference("localhost:5000/app");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->repository, "localhost:5000/app");
  EXPECT_EQ(image->tag, "latest");
}

TEST(ImageReference, RefusesWhatNoEngineTakes) {
  for (const char* text : {"", "Busybox", "bad name", "a//b", "app:", "app@sha256:12", "-app",
                           "app:tag/../../x", "app?x=1", "../etc/passwd", "a\nb"}) {
    const auto image = ParseImageReference(text);
    EXPECT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(Reason(image.status()), "INVALID_IMAGE") << text;
  }
  EXPECT_FALSE(ParseImageReference(std::string(600, 'a')).ok());
}

}  // namespace
}  // namespace eventreactor
