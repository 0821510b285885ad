#include "libs/domain/build_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/build_credentials.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;

TEST(BuildSources, GoBelowTheWorkspace) {
  v1::SourceSpec source;
  EXPECT_EQ(SourceDirectory(source), "/workspace");
  source.set_target_path("a/b");
  EXPECT_EQ(SourceDirectory(source), "/workspace/a/b");
}

TEST(BuildSources, TellTheToolAndTheFetcherWhatToFetch) {
  v1::SourceSpec source;
  source.mutable_git()->set_url("https://h/r.git");
  source.mutable_git()->set_revision("main");
  EXPECT_THAT(GitArguments(source), ElementsAre("git", "--url=https://h/r.git", "--revision=main",
                                                "--directory=/workspace"));
  source.mutable_gcs()->set_type("Archive");
  source.mutable_gcs()->set_location("gs://b/o");
  EXPECT_THAT(GcsArguments(source), ElementsAre("--type", "Archive", "--location", "gs://b/o",
                                                "--dest_dir", "/workspace"));
}

TEST(BuildSources, StepsGetTheSubPathOfTheSourceThatHasOne) {
  v1::BuildSpec build;
  EXPECT_EQ(StepsSubPath(build), "");
  build.add_sources()->set_name("a");
  build.add_sources()->set_sub_path("src");
  EXPECT_EQ(StepsSubPath(build), "src");
}

TEST(BuildCredentials, AreTheAnnotatedSecretsAndNoOthers) {
  const std::vector<SecretInfo> secrets = {
      {"git", "kubernetes.io/basic-auth", {{"build.knative.dev/git-0", "https://h"}}},
      {"key", "kubernetes.io/ssh-auth", {{"build.knative.dev/git-0", "h:22"}}},
      {"docker", "kubernetes.io/dockerconfigjson", {}},
      {"plain", "Opaque", {{"build.knative.dev/git-0", "https://h"}}},
      {"unused", "kubernetes.io/basic-auth", {}}};
  const auto credentials = CredentialsOf(secrets);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_THAT(credentials->secrets, ElementsAre("git", "key", "docker"));
  EXPECT_THAT(credentials->arguments, ElementsAre("--basic-git=git=https://h", "--ssh-git=key=h:22",
                                                  "--docker-config=docker"));
}

}  // namespace
}  // namespace eventreactor
