#include "services/kube-adapter/kube/exec_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/program.h"
#include "services/kube-adapter/kube/testing/fake_clock.h"

namespace eventreactor::kube {
namespace {

using testing::HasSubstr;

constexpr char kV1[] = "client.authentication.k8s.io/v1";

std::string Output(const std::string& status) {
  return R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" +
         status + "}";
}

// Runs a script.
ExecPlugin Shell(const std::string& script) {
  ExecPlugin plugin;
  plugin.api_version = kV1;
  plugin.command = "sh";
  plugin.args = {"-c", script};
  return plugin;
}

TEST(ExecCredential, ReadsATokenOrACertificate) {
  const auto token = ParseExecCredential(
      kV1, Output(R"({"token":"t","expirationTimestamp":"2026-01-02T03:04:05Z"})"));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->credential.token, "t");
  EXPECT_EQ(absl::ToUnixSeconds(token->expires), 1767323045);
  const auto certificate =
      ParseExecCredential(kV1, Output(R"({"clientCertificateData":"c","clientKeyData":"k"})"));
  EXPECT_EQ(certificate->credential.client_key, "k");
  EXPECT_EQ(certificate->expires, absl::InfiniteFuture());
}

TEST(ExecCredential, RefusesWhatIsNone) {
  for (const std::string& output :
       {std::string(), std::string("token"), std::string("{}"), Output("{}"), Output("7"),
        Output(R"({"token":"a b"})"), Output(R"({"clientCertificateData":"c"})"),
        Output(R"({"token":"t","expirationTimestamp":"soon"})"),
        std::string(
            R"({"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",)"
            R"("status":{"token":"t"}})")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseExecCredential(kV1, output).status())) << output;
  }
}

TEST(ExecCredentials, RunsThePluginAgainWhenWhatItGaveHasExpired) {
  FakeClock clock(absl::FromUnixSeconds(1767323000));
  const auto source = ExecCredentials(
      Shell("echo '" + Output(R"({"token":"'$$'","expirationTimestamp":"2026-01-02T03:04:05Z"})") +
            "'"),
      clock);
  EXPECT_FALSE((*source->Current()).has_value());
  const auto first = source->Fetch();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*source->Current(), *first);
  clock.Advance(absl::Seconds(40));
  EXPECT_FALSE((*source->Current()).has_value());
}

TEST(ExecCredentials, RunsThePluginAgainWhenWhatItGaveIsRefused) {
  FakeClock clock;
  const auto source = ExecCredentials(Shell("echo '" + Output(R"({"token":"t"})") + "'"), clock);
  const auto first = source->Fetch();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(source->Refused({.token = "another"}));
  EXPECT_TRUE((*source->Current()).has_value());
  EXPECT_TRUE(source->Refused(*first));
  EXPECT_FALSE((*source->Current()).has_value());
}

TEST(ExecCredentials, SaysWhyThereAreNone) {
  FakeClock clock;
  struct Case {
    ExecPlugin plugin;
    std::string message;
  };
  ExecPlugin absent = Shell("");
  absent.command = "no-such-plugin";
  absent.install_hint = "install it so";
  const Case cases[] = {
      {Shell("echo who are you >&2; exit 3"), "ended with code 3: who are you"},
      {Shell("echo hello"), "printed"},
      {absent, "install it so"},
  };
  for (const Case& c : cases) {
    const absl::Status status = ExecCredentials(c.plugin, clock)->Fetch().status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
    EXPECT_EQ(Reason(status), "CREDENTIALS_FAILED");
    EXPECT_THAT(Message(status), HasSubstr(c.message));
  }
}

TEST(Program, IsGivenAnEmptyInputAndItsEnvironment) {
  const auto end = RunProgram({"sh", {"-c", "cat; echo $GREETING; exit 7"}, {{"GREETING", "hi"}}});
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->output, "hi\n");
  EXPECT_EQ(end->exit_code, 7);
}

TEST(Program, TellsTheSignalThatEndedIt) {
  EXPECT_EQ(RunProgram({"sh", {"-c", "kill -9 $$"}})->exit_code, 137);
}

TEST(Program, IsKilledWithAllItStartedWhenItTakesTooLong) {
  Program program{"sh", {"-c", "sleep 100 & wait"}};
  program.timeout = absl::Milliseconds(100);
  EXPECT_EQ(Reason(RunProgram(program).status()), "PROGRAM_TOO_SLOW");
}

TEST(Program, IsStoppedWhenItPrintsWithoutEnd) {
  EXPECT_EQ(Reason(RunProgram({"yes"}).status()), "PROGRAM_TOO_TALKATIVE");
}

TEST(Program, DoesNotHoldItsCallerUpThroughAChild) {
  const auto end = RunProgram({"sh", {"-c", "sleep 5 & echo done"}});
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->output, "done\n");
}

}  // namespace
}  // namespace eventreactor::kube
