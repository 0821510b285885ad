#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/stack/log_file.h"
#include "cli/stack/record.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string path = testing::TempDir() + "filesXXXXXX";
    dir_ = mkdtemp(path.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(dir_); }

  std::string File(const std::string& content) {
    std::ofstream(dir_ + "/file") << content;
    return dir_ + "/file";
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::string dir_;
};

Record Example() {
  Record record;
  record.id = "0123456789abcdef";
  record.base_port = 14380;
  record.bind = "127.0.0.1";
  record.bind_grpc = "::1";
  record.http_token_file = "/d/http-token";
  record.tls = true;
  record.engine = "unix:///run/podman/podman.sock";
  record.version = "0.1.0";
  record.boot_id = BootId();
  record.failure = "janitor: it cannot work";
  record.supervisor = {7, 8};
  record.processes = {{"ingest", {9, 10}, 2, "killed by signal 9 (Killed)"}};
  return record;
}

TEST_F(FilesTest, ARecordIsReadAsItWasWritten) {
  ASSERT_TRUE(WriteRecord(dir_ + "/stack.json", Example()).ok());
  const auto record = ReadRecord(dir_ + "/stack.json");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(ToText(*record), ToText(Example()));
  EXPECT_EQ(record->processes.at(0).process, (ProcessId{9, 10}));
}

TEST_F(FilesTest, ARecordFromBeforeHasOneAddressForAll) {
  auto json = nlohmann::json::parse(ToText(Example()));
  json["bind"] = "10.0.0.7";
  for (const char* name : {"bind_grpc", "http_token_file", "failure"}) json.erase(name);
  const auto record = RecordFromText(json.dump());
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->bind_grpc, "10.0.0.7");
}

TEST_F(FilesTest, ARecordThatIsNotThereIsNotFound) {
  EXPECT_EQ(ReadRecord(dir_ + "/stack.json").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FilesTest, AnErrorInARecordNamesItsFile) {
  const auto record = ReadRecord(File("{"));
  EXPECT_EQ(Reason(record.status()), "BAD_RECORD");
  EXPECT_NE(Message(record.status()).find(dir_ + "/file"), std::string::npos);
}

TEST_F(FilesTest, ARecordOfAnotherBootIsNotRunning) {
  Record record = Example();
  record.supervisor = *Identify(getpid());
  EXPECT_TRUE(IsRunning(record));
  record.boot_id = "another";
  EXPECT_FALSE(IsRunning(record));
}

TEST_F(FilesTest, APrivateFileIsForItsOwnerOnlyEvenIfOneWasThereBefore) {
  const std::string path = File("old");
  ASSERT_TRUE(WritePrivateFile(path, "secret\n").ok());
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  EXPECT_EQ(Read(path), "secret\n");
}

TEST_F(FilesTest, OnlyOneHoldsTheLock) {
  {
    const auto first = Lock::TryAcquire(dir_ + "/lock");
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(Reason(Lock::TryAcquire(dir_ + "/lock").status()), "LOCKED");
  }
  EXPECT_TRUE(Lock::TryAcquire(dir_ + "/lock").ok());
}

TEST_F(FilesTest, RandomHexNeverRepeats) {
  EXPECT_EQ(RandomHex(16).size(), 32U);
  EXPECT_NE(RandomHex(16), RandomHex(16));
}

TEST_F(FilesTest, ALargeLogMovesAside) {
  const std::string path = File("12345");
  RotateLog(path, 4);
  EXPECT_EQ(Read(path), "");
  EXPECT_EQ(Read(path + ".1"), "12345");
}

TEST_F(FilesTest, ALogWithinItsBoundStays) {
  const std::string path = File("1234");
  RotateLog(path, 4);
  EXPECT_EQ(Read(path), "1234");
  EXPECT_FALSE(std::filesystem::exists(path + ".1"));
}

TEST_F(FilesTest, ARotatedLogIsStillWrittenByWhoHasItOpen) {
  const std::string path = File("12345");
  std::ofstream writer(path, std::ios::app);
  RotateLog(path, 4);
  writer << "67" << std::flush;
  EXPECT_EQ(Read(path), "67");
}

TEST_F(FilesTest, TheTailIsTheLastLines) {
  EXPECT_EQ(Tail(File("a\nb\nc\n"), 2), "b\nc\n");
  EXPECT_EQ(Tail(File("a\nb\nc"), 2), "b\nc");
  EXPECT_EQ(Tail(File("a\nb\n"), 5), "a\nb\n");
  EXPECT_EQ(Tail(File("\nb\n"), 1), "b\n");
  EXPECT_EQ(Tail(File(""), 5), "");
  EXPECT_EQ(Tail(dir_ + "/none", 5), "");
}

TEST_F(FilesTest, TheTailBeginsAtAnOffset) {
  EXPECT_EQ(Tail(File("old\nnew\n"), 5, 4), "new\n");
  EXPECT_EQ(Tail(File("new\n"), 5, 400), "new\n");
}

TEST_F(FilesTest, TheTailIsBounded) {
  EXPECT_EQ(Tail(File(std::string(100000, 'x')), 1).size(), 16384U);
}

}  // namespace
}  // namespace eventreactor::stack
