#include "cli/stack/layout.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

TEST(DataDirTest, IsBelowXdgStateHomeWhereThatIsSet) {
  EXPECT_EQ(*DefaultDataDir({"/home/ada", "/state", ""}), "/state/eventreactor");
}

TEST(DataDirTest, IsBelowHomeOtherwise) {
  EXPECT_EQ(*DefaultDataDir({"/home/ada", "", ""}), "/home/ada/.local/state/eventreactor");
}

TEST(DataDirTest, IgnoresARelativeXdgPath) {
  EXPECT_EQ(*DefaultDataDir({"/home/ada", "state", ""}), "/home/ada/.local/state/eventreactor");
}

TEST(DataDirTest, WithoutAnyHomeTheErrorNamesTheFlag) {
  EXPECT_NE(Message(DefaultDataDir({}).status()).find("--data-dir"), std::string::npos);
}

TEST(PortsTest, FollowTheBasePort) {
  const Ports ports = PortsFrom(20000);
  EXPECT_EQ(ports.ingest_http, 20000);
  EXPECT_EQ(ports.ingest_grpc, 20001);
  EXPECT_EQ(ports.dispatcher_grpc, 20002);
  EXPECT_EQ(ports.adapter_grpc, 20003);
  EXPECT_EQ(ports.nats_client, 20004);
  EXPECT_EQ(ports.nats_monitoring, 20005);
  EXPECT_EQ(ports.adapter_metrics, 20008);
  EXPECT_EQ(ports.janitor_grpc, 20009);
  EXPECT_EQ(ports.janitor_metrics, 20010);
}

TEST(PortsTest, AllOfThemMustFit) {
  EXPECT_TRUE(CheckBasePort(1).ok());
  EXPECT_TRUE(CheckBasePort(65525).ok());
  EXPECT_FALSE(CheckBasePort(65526).ok());
  EXPECT_FALSE(CheckBasePort(0).ok());
  EXPECT_FALSE(CheckBasePort(-1).ok());
}

absl::Status Check(const std::string& bind) { return CheckBind("--bind-grpc", bind); }

TEST(BindTest, TakesAddressesAndNoNames) {
  EXPECT_TRUE(Check("0.0.0.0").ok());
  EXPECT_TRUE(Check("::1").ok());
  EXPECT_FALSE(Check("localhost").ok());
  EXPECT_FALSE(Check("").ok());
  EXPECT_FALSE(Check("127.0.0.1:80").ok());
}

TEST(BindTest, ARefusalNamesTheFlag) {
  EXPECT_EQ(Message(Check("lab")).rfind("--bind-grpc: \"lab\" is no IP address", 0), 0U);
}

TEST(BindTest, KnowsLoopback) {
  EXPECT_TRUE(IsLoopback("127.0.0.1"));
  EXPECT_TRUE(IsLoopback("127.8.8.8"));
  EXPECT_TRUE(IsLoopback("::1"));
  EXPECT_FALSE(IsLoopback("0.0.0.0"));
  EXPECT_FALSE(IsLoopback("192.0.2.1"));
}

TEST(BindTest, AWildcardIsReachedOverLoopback) {
  EXPECT_EQ(HostPort(ReachableHost("0.0.0.0"), 80), "127.0.0.1:80");
  EXPECT_EQ(HostPort(ReachableHost("::"), 80), "[::1]:80");
  EXPECT_EQ(HostPort(ReachableHost("192.0.2.1"), 80), "192.0.2.1:80");
}

TEST(LayoutTest, MakesARelativeDirectoryAbsolute) {
  const auto here = std::filesystem::current_path().string();
  EXPECT_EQ(Layout("a/../stack/").root(), here + "/stack");
}

TEST(LayoutTest, TheEngineSocketLivesInTheDataDirectory) {
  EXPECT_EQ(Layout("/d").EngineSocket("id", {}), "/d/engine.sock");
}

TEST(LayoutTest, ALongPathMovesTheEngineSocketToTheRuntimeDirectory) {
  const Layout layout("/" + std::string(120, 'd'));
  EXPECT_EQ(layout.EngineSocket("id", {"", "", "/run/user/7"}),
            "/run/user/7/eventreactor-id/engine.sock");
}

TEST(LayoutTest, WithoutAUsableRuntimeDirectoryTheSocketMovesToTmp) {
  const Layout layout("/" + std::string(120, 'd'));
  EXPECT_EQ(layout.EngineSocket("id", {}), "/tmp/eventreactor-id/engine.sock");
  EXPECT_EQ(layout.EngineSocket("id", {"", "", "/" + std::string(120, 'r')}),
            "/tmp/eventreactor-id/engine.sock");
}

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() {
    std::string path = testing::TempDir() + "layoutXXXXXX";
    dir_ = mkdtemp(path.data());
  }
  ~DirectoryTest() override { std::filesystem::remove_all(dir_); }
  std::string dir_;
};

TEST_F(DirectoryTest, IsForItsOwnerOnly) {
  ASSERT_TRUE(Layout(dir_ + "/a/b").MakeDirectories().ok());
  struct stat found {};
  ASSERT_EQ(stat((dir_ + "/a/b/nats").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700U);
}

TEST_F(DirectoryTest, AFileInItsPlaceIsNamed) {
  std::ofstream(dir_ + "/file") << "x";
  const auto status = MakePrivateDirectory(dir_ + "/file");
  EXPECT_NE(Message(status).find(dir_ + "/file: it is no directory"), std::string::npos) << status;
}

}  // namespace
}  // namespace eventreactor::stack
