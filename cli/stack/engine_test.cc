#include "cli/stack/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

using testing::HasSubstr;
using testing::Not;

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    query_.environment.runtime_dir = "/run/user/7";
    query_.answers = [this](const std::string& address) { return up_.contains(address); };
  }
  std::string Chosen() {
    const auto engine = ChooseEngine(query_);
    if (!engine.ok()) return Message(engine.status());
    return engine->own ? "own" : engine->address;
  }

  EngineQuery query_;
  std::set<std::string> up_;
};

TEST_F(EngineTest, TheFlagWinsOverDockerHost) {
  up_ = {"unix:///a", "unix:///b"};
  query_.flag = "unix:///a";
  query_.docker_host = "unix:///b";
  EXPECT_EQ(Chosen(), "unix:///a");
}

TEST_F(EngineTest, AFlagMayBeAPathAlone) {
  up_ = {"unix:///a"};
  query_.flag = "/a";
  EXPECT_EQ(Chosen(), "unix:///a");
}

TEST_F(EngineTest, AGivenEngineThatIsDownIsNotReplacedInSilence) {
  up_ = {"unix:///run/podman/podman.sock"};
  query_.docker_host = "unix:///b";
  EXPECT_THAT(Chosen(), HasSubstr("no container engine answers at unix:///b (from DOCKER_HOST)"));
}

TEST_F(EngineTest, AnEngineOverTcpIsRefusedInWords) {
  query_.docker_host = "tcp://host:2375";
  EXPECT_THAT(Chosen(), HasSubstr("only unix sockets"));
}

TEST_F(EngineTest, TheUsersPodmanComesBeforeTheSystems) {
  up_ = {"unix:///run/user/7/podman/podman.sock", "unix:///run/podman/podman.sock"};
  EXPECT_EQ(Chosen(), "unix:///run/user/7/podman/podman.sock");
}

TEST_F(EngineTest, DockerWillDo) {
  up_ = {"unix:///var/run/docker.sock"};
  EXPECT_EQ(Chosen(), "unix:///var/run/docker.sock");
}

TEST_F(EngineTest, TheEngineOfLastTimeComesFirst) {
  up_ = {"unix:///run/podman/podman.sock", "unix:///var/run/docker.sock"};
  query_.last = {"unix:///var/run/docker.sock", false};
  EXPECT_EQ(Chosen(), "unix:///var/run/docker.sock");
  query_.last = {"unix:///gone", false};
  EXPECT_EQ(Chosen(), "unix:///run/podman/podman.sock");
}

TEST_F(EngineTest, AnOwnEngineOfLastTimeIsKept) {
  up_ = {"unix:///run/podman/podman.sock"};
  query_.last = {"unix:///d/engine.sock", true};
  query_.podman = "/usr/bin/podman";
  EXPECT_EQ(Chosen(), "own");
}

TEST_F(EngineTest, WithoutAnyThatAnswersTheStackRunsItsOwn) {
  query_.podman = "/usr/bin/podman";
  EXPECT_EQ(Chosen(), "own");
}

TEST_F(EngineTest, WithoutPodmanTheErrorNamesWhatToInstall) {
  EXPECT_THAT(Chosen(), HasSubstr("apt-get install podman"));
}

TEST(ContainersConfTest, IsNotNeededOnAnOrdinaryHost) {
  EXPECT_EQ(ContainersConf(HostFacts{}), "");
}

TEST(ContainersConfTest, WithoutTheRightToRaiseLimitsOursAreKept) {
  HostFacts facts;
  facts.can_raise_limits = false;
  facts.max_open_files = 4096;
  facts.max_processes = ~uint64_t{0};
  EXPECT_THAT(ContainersConf(facts), HasSubstr(R"(["nofile=4096:4096", "nproc=1048576:1048576"])"));
}

TEST(ContainersConfTest, OnMixedCgroupsNoLimitOfProcessesIsAskedFor) {
  HostFacts facts;
  facts.unified_cgroups = false;
  EXPECT_THAT(ContainersConf(facts), HasSubstr("pids_limit = 0"));
  EXPECT_THAT(ContainersConf(facts), Not(HasSubstr("cgroup_manager")));
  EXPECT_THAT(ContainersConf(facts), Not(HasSubstr("runtime")));
}

TEST(ContainersConfTest, WithoutSystemdCgroupsAreFiles) {
  HostFacts facts;
  facts.unified_cgroups = false;
  facts.systemd = false;
  facts.only_runc = true;
  EXPECT_THAT(ContainersConf(facts), HasSubstr("cgroup_manager = \"cgroupfs\""));
  EXPECT_THAT(ContainersConf(facts), HasSubstr("runtime = \"runc\""));
}

}  // namespace
}  // namespace eventreactor::stack
