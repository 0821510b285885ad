#include "cli/stack/neighbour.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "absl/time/clock.h"
#include "cli/stack/layout.h"
#include "cli/stack/services.h"

namespace eventreactor::stack {
namespace {

std::vector<Child> Children() {
  StackPlan plan{Layout("/d")};
  plan.base_port = 20000;
  plan.programs = {"",
                   "/usr/sbin/nats-server",
                   "/b/eventreactor-local-adapter",
                   "/b/eventreactor-dispatcher",
                   "/b/eventreactor-ingest",
                   "/b/eventreactor-janitor"};
  return ChildrenOf(plan);
}

TEST(NeighbourTest, IsKnownByEachOfItsPortsButThatOfMonitoring) {
  for (int port = 20000; port <= 20010; ++port) {
    if (port == PortsFrom(20000).nats_monitoring) continue;
    std::string found;
    for (const auto& child : Children()) {
      if (found.empty()) found = StackOfCommand(child.command.argv, port);
    }
    EXPECT_EQ(found, "/d") << port;
  }
}

TEST(NeighbourTest, IsNotWhoUsesAnotherPort) {
  for (const auto& child : Children()) {
    EXPECT_EQ(StackOfCommand(child.command.argv, 20011), "");
    EXPECT_EQ(StackOfCommand(child.command.argv, 2000), "");
  }
}

TEST(NeighbourTest, IsNoProgramOfSomebodyElse) {
  EXPECT_EQ(
      StackOfCommand({"/usr/bin/httpd", "--token-file", "/d/token", "--listen", ":20000"}, 20000),
      "");
  EXPECT_EQ(StackOfCommand({}, 20000), "");
  EXPECT_EQ(StackOfCommand({"eventreactor-ingest", "--http-listen", "127.0.0.1:20000"}, 20000), "");
}

TEST(NeighbourTest, LooksAtTheProcessesOfThisMachine) {
  EXPECT_EQ(StackOnPort(1), "");
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl("/bin/sh", "/b/eventreactor-ingest", "-c", "kill -STOP $$", "--token-file", "/d/token",
          "--http-listen", "127.0.0.1:1", nullptr);
    _exit(127);
  }
  // Until it is no more the process that it came from.
  std::string found;
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (found.empty() && absl::Now() < deadline) found = StackOnPort(1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(found, "/d");
}

}  // namespace
}  // namespace eventreactor::stack
