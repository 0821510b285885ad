#include "cli/stack/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace eventreactor::stack {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

StackPlan Plan() {
  StackPlan plan{Layout("/d")};
  plan.id = "abc";
  plan.base_port = 20000;
  plan.engine = {"unix:///run/podman/podman.sock", false};
  plan.programs = {"/usr/bin/podman", "/usr/sbin/nats-server",
                   "/b/adapter",      "/b/dispatcher",
                   "/b/ingest",       "/b/janitor"};
  return plan;
}

std::vector<std::string> Names(const std::vector<Child>& children) {
  std::vector<std::string> names;
  for (const auto& child : children) names.push_back(child.name);
  return names;
}

const Child& Named(const std::vector<Child>& children, const std::string& name) {
  for (const auto& child : children) {
    if (child.name == name) return child;
  }
  ADD_FAILURE() << "no " << name;
  return children.front();
}

// The value after a flag.
std::string Value(const Child& child, const std::string& flag) {
  const auto& argv = child.command.argv;
  for (size_t i = 0; i + 1 < argv.size(); ++i) {
    if (argv[i] == flag) return argv[i + 1];
  }
  return "(none)";
}

TEST(ServicesTest, StartInTheOrderOfNeed) {
  EXPECT_THAT(Names(ChildrenOf(Plan())),
              ElementsAre("nats-server", "local-adapter", "dispatcher", "ingest", "janitor"));
}

TEST(ServicesTest, AnOwnEngineIsOneMoreProcess) {
  StackPlan plan = Plan();
  plan.engine = {"unix:///d/engine.sock", true};
  const auto children = ChildrenOf(plan);
  EXPECT_EQ(children.front().name, "engine");
  EXPECT_THAT(children.front().command.argv, ElementsAre("/usr/bin/podman", "system", "service",
                                                         "--time=0", "unix:///d/engine.sock"));
  EXPECT_THAT(children.front().command.environment, IsEmpty());
  EXPECT_EQ(Value(Named(children, "local-adapter"), "--engine"), "unix:///d/engine.sock");
}

TEST(ServicesTest, OnlyTheOwnEngineReadsTheStacksContainersConf) {
  StackPlan plan = Plan();
  plan.engine.own = true;
  plan.use_containers_conf = true;
  const auto children = ChildrenOf(plan);
  EXPECT_THAT(children.front().command.environment,
              ElementsAre(Pair("CONTAINERS_CONF", "/d/containers.conf")));
  EXPECT_THAT(Named(children, "local-adapter").command.environment, IsEmpty());
}

TEST(ServicesTest, PortsAreWhereTheDocumentationSays) {
  const auto children = ChildrenOf(Plan());
  EXPECT_EQ(Value(Named(children, "ingest"), "--http-listen"), "127.0.0.1:20000");
  EXPECT_EQ(Value(Named(children, "ingest"), "--listen"), "127.0.0.1:20001");
  EXPECT_EQ(Value(Named(children, "dispatcher"), "--listen"), "127.0.0.1:20002");
  EXPECT_EQ(Value(Named(children, "dispatcher"), "--adapter"), "127.0.0.1:20003");
  EXPECT_EQ(Value(Named(children, "local-adapter"), "--listen"), "127.0.0.1:20003");
  EXPECT_EQ(Value(Named(children, "local-adapter"), "--nats-url"), "nats://127.0.0.1:20004");
  EXPECT_EQ(Value(Named(children, "ingest"), "--metrics-listen"), "127.0.0.1:20006");
  EXPECT_EQ(Value(Named(children, "dispatcher"), "--metrics-listen"), "127.0.0.1:20007");
  EXPECT_EQ(Value(Named(children, "local-adapter"), "--metrics-listen"), "127.0.0.1:20008");
  EXPECT_EQ(Value(Named(children, "janitor"), "--listen"), "127.0.0.1:20009");
  EXPECT_EQ(Value(Named(children, "janitor"), "--metrics-listen"), "127.0.0.1:20010");
  EXPECT_EQ(Value(Named(children, "janitor"), "--adapter"), "127.0.0.1:20003");
}

TEST(ServicesTest, WithoutATokenHttpIsOpen) {
  EXPECT_THAT(Named(ChildrenOf(Plan()), "ingest").command.argv, Not(Contains("--http-token-file")));
}

TEST(ServicesTest, HttpTakesTheTokenOfThePlan) {
  StackPlan plan = Plan();
  plan.http_token_file = "/d/http-token";
  EXPECT_EQ(Value(Named(ChildrenOf(plan), "ingest"), "--http-token-file"), "/d/http-token");
}

TEST(ServicesTest, HttpHasATokenOfItsOwnBeyondLoopbackOnly) {
  const Layout layout("/d");
  EXPECT_EQ(HttpTokenFile(layout, "127.0.0.1", ""), "");
  EXPECT_EQ(HttpTokenFile(layout, "0.0.0.0", ""), "/d/http-token");
  EXPECT_EQ(HttpTokenFile(layout, "10.0.0.7", ""), "/d/http-token");
}

TEST(ServicesTest, ATokenThatTheUserNamesIsTakenWhereverHttpListens) {
  const Layout layout("/d");
  EXPECT_EQ(HttpTokenFile(layout, "0.0.0.0", "/etc/er/t"), "/etc/er/t");
  EXPECT_EQ(HttpTokenFile(layout, "127.0.0.1", "/etc/er/t"), "/etc/er/t");
  EXPECT_EQ(HttpTokenFile(layout, "127.0.0.1", "./t"), std::filesystem::current_path() / "t");
}

TEST(ServicesTest, BindOpensHttpAlone) {
  StackPlan plan = Plan();
  plan.bind = "0.0.0.0";
  const auto children = ChildrenOf(plan);
  EXPECT_EQ(Value(Named(children, "ingest"), "--http-listen"), "0.0.0.0:20000");
  for (const auto& child : children) {
    if (child.name == kNats) continue;
    EXPECT_THAT(Value(child, "--listen"), StartsWith("127.0.0.1:")) << child.name;
    EXPECT_THAT(Value(child, "--metrics-listen"), StartsWith("127.0.0.1:")) << child.name;
  }
}

TEST(ServicesTest, BindGrpcOpensTheGrpcOfAllServices) {
  StackPlan plan = Plan();
  plan.bind_grpc = "10.0.0.7";
  const auto children = ChildrenOf(plan);
  EXPECT_EQ(Value(Named(children, "ingest"), "--http-listen"), "127.0.0.1:20000");
  for (const auto& child : children) {
    if (child.name == kNats) continue;
    EXPECT_THAT(Value(child, "--listen"), StartsWith("10.0.0.7:")) << child.name;
    EXPECT_THAT(Value(child, "--metrics-listen"), StartsWith("127.0.0.1:")) << child.name;
  }
  EXPECT_EQ(Value(Named(children, "dispatcher"), "--adapter"), "10.0.0.7:20003");
  EXPECT_EQ(Value(Named(children, "janitor"), "--adapter"), "10.0.0.7:20003");
}

TEST(ServicesTest, ServicesReachAWildcardOverLoopback) {
  StackPlan plan = Plan();
  plan.bind_grpc = "0.0.0.0";
  EXPECT_EQ(Value(Named(ChildrenOf(plan), "dispatcher"), "--adapter"), "127.0.0.1:20003");
}

TEST(ServicesTest, TheBusStaysOnLoopback) {
  StackPlan plan = Plan();
  plan.bind = plan.bind_grpc = "0.0.0.0";
  EXPECT_EQ(Value(Named(ChildrenOf(plan), "ingest"), "--nats-url"), "nats://127.0.0.1:20004");
}

TEST(ServicesTest, WhoNeedsNoBusHasNoPasswordOfIt) {
  EXPECT_THAT(Named(ChildrenOf(Plan()), "janitor").command.argv,
              Not(Contains("--nats-password-file")));
}

TEST(ServicesTest, OnlyOurOwnProgramsSayThatTheyAreUsedWrongly) {
  StackPlan plan = Plan();
  plan.engine.own = true;
  for (const auto& child : ChildrenOf(plan)) {
    const bool own = child.name != kNats && child.name != kEngine;
    EXPECT_EQ(child.usage_status.has_value(), own) << child.name;
  }
}

TEST(ServicesTest, MaxRunningIsPassedOnOnlyIfGiven) {
  StackPlan plan = Plan();
  EXPECT_EQ(Value(Named(ChildrenOf(plan), "local-adapter"), "--max-running"), "(none)");
  plan.max_running = 0;
  EXPECT_EQ(Value(Named(ChildrenOf(plan), "local-adapter"), "--max-running"), "0");
}

TEST(ServicesTest, ReadinessIsAskedOfEachProcess) {
  std::vector<std::string> asked;
  for (const auto& readiness : ReadinessOf(20000, "0.0.0.0", true, "unix:///e")) {
    asked.push_back(readiness.name + " " + readiness.address + readiness.path);
  }
  EXPECT_THAT(asked, ElementsAre("engine unix:///e/_ping", "nats-server 127.0.0.1:20005/healthz",
                                 "local-adapter 127.0.0.1:20003", "dispatcher 127.0.0.1:20002",
                                 "ingest 127.0.0.1:20001", "janitor 127.0.0.1:20009"));
}

}  // namespace
}  // namespace eventreactor::stack
