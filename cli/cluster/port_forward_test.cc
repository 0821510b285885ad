#include "cli/cluster/port_forward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "cli/cluster/fake_kubectl.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kUntilForwarded = absl::Seconds(20);

// Says that it serves, writes its arguments and its process id down, and
// stays. Without a local port it takes 4242.
constexpr char kServes[] = R"(
here=$(dirname "$0")
for ports; do :; done
echo "$ports" >> "$here/ports"
echo "$$" > "$here/pid.new" && mv "$here/pid.new" "$here/pid"
local=${ports%%:*}
echo "Forwarding from 127.0.0.1:${local:-4242} -> 14383"
exec sleep 1000)";

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

pid_t PidOf(const FakeKubectl& fake) {
  const std::string text = ReadAll(fake.directory() + "/pid");
  return text.empty() ? 0 : std::stoi(text);
}

TEST(ForwardedPortTest, IsReadFromWhatKubectlSays) {
  EXPECT_EQ(ForwardedPort("Forwarding from 127.0.0.1:40123 -> 14383\n"), 40123);
  EXPECT_EQ(ForwardedPort("Forwarding from 127.0.0.1:401"), 0) << "not whole yet";
  EXPECT_EQ(ForwardedPort("error: no such thing\n"), 0);
  EXPECT_EQ(ForwardedPort(""), 0);
}

TEST(PortForwardTest, LeadsToTheServiceAndEndsWithTheObject) {
  const FakeKubectl fake(kServes);
  pid_t pid = 0;
  {
    PortForward forward(fake.Use(), "eventreactor-kube-adapter", 14383);
    const auto port = forward.Await(absl::Now() + kUntilForwarded);
    ASSERT_TRUE(port.ok()) << port.status();
    EXPECT_EQ(*port, 4242);
    EXPECT_EQ(ReadAll(fake.directory() + "/ports"), ":14383\n") << "any port of this machine";
    pid = PidOf(fake);
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(PortForwardTest, OneThatEndsIsFollowedByAnotherOnTheSamePort) {
  const FakeKubectl fake(kServes);
  PortForward forward(fake.Use(), "eventreactor-kube-adapter", 14383);
  ASSERT_TRUE(forward.Await(absl::Now() + kUntilForwarded).ok());
  const pid_t first = PidOf(fake);
  kill(first, SIGKILL);
  const absl::Time give_up = absl::Now() + kUntilForwarded;
  while (PidOf(fake) == first && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_NE(PidOf(fake), first);
  EXPECT_EQ(ReadAll(fake.directory() + "/ports"), ":14383\n4242:14383\n");
}

TEST(PortForwardTest, WhatKubectlRefusesIsSaid) {
  const FakeKubectl fake(
      "echo 'Error from server (NotFound): services \"eventreactor-ingest\" not found' >&2; exit "
      "1");
  PortForward forward(fake.Use(), "eventreactor-ingest", 14381);
  EXPECT_EQ(Reason(forward.Await(absl::Now() + kUntilForwarded).status()), "NOT_INSTALLED");
}

TEST(PortForwardTest, OneThatNeverServesIsGivenUp) {
  const FakeKubectl fake("exec sleep 1000");
  PortForward forward(fake.Use(), "eventreactor-ingest", 14381);
  EXPECT_TRUE(absl::IsDeadlineExceeded(forward.Await(absl::Now()).status()));
}

TEST(PortForwardTest, AProgramThatCannotBeStartedIsSaid) {
  PortForward forward(Kubectl("/nonexistent/kubectl", {}), "eventreactor-ingest", 14381);
  EXPECT_EQ(Reason(forward.Await(absl::Now() + kUntilForwarded).status()), "CANNOT_START");
}

}  // namespace
}  // namespace eventreactor::cli
