#include "cli/commands/config_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::HasSubstr;

// What `config set-context` makes of a command line.
absl::StatusOr<Context> Make(std::vector<std::string> arguments) {
  CLI::App app;
  ContextFlags flags;
  DeclareContextFlags(app, flags);
  // CLI11 takes a vector from its end.
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  return MakeContext(flags);
}

TEST(MakeContextTest, OneAddressServesAllParts) {
  const auto context = Make({"prod", "--address", "er.example.com:443", "--adapter", "b:1",
                             "--ca-file", "/ca.pem", "--token-file", "/token"});
  ASSERT_TRUE(context.ok()) << context.status();
  EXPECT_EQ(std::get<AddressTarget>(context->target),
            (AddressTarget{.ingest = "er.example.com:443",
                           .dispatcher = "er.example.com:443",
                           .adapter = "b:1",
                           .janitor = "er.example.com:443",
                           .nats = "",
                           .nats_user = "",
                           .nats_password_file = "",
                           .tls = true,
                           .ca_file = "/ca.pem",
                           .token_file = "/token"}));
}

TEST(MakeContextTest, AClusterTakesWhatItsKustomizationMakes) {
  const auto context = Make({"lab", "--kubernetes"});
  ASSERT_TRUE(context.ok()) << context.status();
  EXPECT_EQ(std::get<KubernetesTarget>(context->target), KubernetesTarget());
}

TEST(MakeContextTest, PathsAreTheSameFromEverywhere) {
  const std::string here = std::filesystem::current_path().string();
  const auto lab = Make({"lab", "--kubeconfig", "lab.yaml"});
  EXPECT_EQ(std::get<KubernetesTarget>(lab->target).kubeconfig, here + "/lab.yaml");
  const auto home = Make({"home", "--stack", "./er"});
  EXPECT_EQ(std::get<StackTarget>(home->target).data_dir, here + "/er");
}

TEST(MakeContextTest, FlagsAreOfOneKind) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"a"},
                                                    {"a", "--stack", "/d", "--kubernetes"},
                                                    {"a", "--address", "a:1", "--kubeconfig", "/k"},
                                                    {"a", "--stack", "/d", "--token-file", "/t"}}) {
    EXPECT_EQ(Reason(Make(arguments).status()), "USAGE");
  }
  EXPECT_THAT(Message(Make({"a", "--tls", "--secret", "s"}).status()),
              HasSubstr("--tls and --secret are of two kinds"));
}

TEST(MakeContextTest, WhatCannotBeIsRefused) {
  EXPECT_EQ(Field(Make({"A b", "--kubernetes"}).status()), "name");
  EXPECT_EQ(Field(Make({"a", "--address", "gateway"}).status()), "addresses.ingest");
}

}  // namespace
}  // namespace eventreactor::cli
