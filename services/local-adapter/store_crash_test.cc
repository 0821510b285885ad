// What the database holds after a process was killed, its disk was full, or
// somebody else wrote it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "libs/status/status.h"
#include "services/local-adapter/schema.h"
#include "services/local-adapter/sqlite_store.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor::local {
namespace {

using testing::HasSubstr;

class StoreCrashTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteStore> Open() {
    absl::StatusOr<std::unique_ptr<SqliteStore>> store = SqliteStore::Open(options_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  TestDirectory directory_;
  Database::Options options_ = {.path = directory_.path() + "/er.db"};
};

TEST_F(StoreCrashTest, WhatWasAnsweredSurvivesTheKill) {
  int answers[2];
  ASSERT_EQ(pipe(answers), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Creates for ever, and says so after each.
    const std::unique_ptr<SqliteStore> store = Open();
    for (unsigned char i = 0; store != nullptr; ++i) {
      if (!store->actions().Create(MakeTestAction("a" + std::to_string(i))).ok()) break;
      if (write(answers[1], &i, 1) != 1) break;
    }
    _exit(1);
  }
  close(answers[1]);
  unsigned char last = 0;
  while (last < 20) ASSERT_EQ(read(answers[0], &last, 1), 1);
  kill(child, SIGKILL);
  // Answers that came before the kill.
  unsigned char more = 0;
  while (read(answers[0], &more, 1) == 1) last = more;
  close(answers[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));

  const std::unique_ptr<SqliteStore> store = Open();
  ASSERT_NE(store, nullptr);
  for (int i = 0; i <= last; ++i) {
    EXPECT_TRUE(store->actions().Get("default", "a" + std::to_string(i)).ok()) << i;
  }
  // And its successor goes on from there.
  EXPECT_TRUE(store->actions().Create(MakeTestAction("after")).ok());
  WatchQuery all;
  all.resource_version = "0";
  const auto stream = store->actions().Watch(all);
  ASSERT_TRUE(stream.ok());
  int64_t version = 0;
  for (int i = 0; i <= last; ++i) {
    const auto change = (*stream)->Next(absl::ZeroDuration());
    ASSERT_TRUE(change.ok() && change->has_value());
    EXPECT_EQ((*change)->resource_version, std::to_string(++version));
  }
}

TEST_F(StoreCrashTest, AFullDiskIsSaidAndLeavesNothingHalfWritten) {
  options_.max_bytes = 512 << 10;
  std::unique_ptr<SqliteStore> store = Open();
  absl::Status status;
  int stored = 0;
  for (; stored < 1000; ++stored) {
    v1::Event event = MakeTestEvent("e" + std::to_string(stored));
    event.mutable_spec()->set_data(std::string(50'000, 'x'));
    status = store->events().Create(event).status();
    if (!status.ok()) break;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(status), "DISK_FULL");
  EXPECT_THAT(Message(status), HasSubstr(options_.path));
  EXPECT_GT(stored, 0);

  ListQuery query;
  query.page_size = 1000;
  EXPECT_EQ(store->events().List(query)->items.size(), static_cast<size_t>(stored));
  // What needs no room is still done, and with room it all goes on.
  EXPECT_TRUE(store->events().Delete("default", "e0", "").ok());
  store.reset();
  options_.max_bytes = 1024 << 10;
  store = Open();
  v1::Event again = MakeTestEvent("again");
  again.mutable_spec()->set_data(std::string(50'000, 'x'));
  EXPECT_TRUE(store->events().Create(again).ok());
}

TEST_F(StoreCrashTest, RefusesADatabaseOfALaterProgram) {
  Open().reset();
  {
    const auto connection = Connection::Open(options_.path, Connection::Mode::kReadWrite, 64);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->Execute("PRAGMA user_version = 99").ok());
  }
  const absl::Status status = SqliteStore::Open(options_).status();
  EXPECT_EQ(Reason(status), "SCHEMA_TOO_NEW");
  EXPECT_THAT(Message(status), HasSubstr("99"));
}

TEST_F(StoreCrashTest, WritesDownTheVersionOfItsSchema) {
  Open().reset();
  const auto connection = Connection::Open(options_.path, Connection::Mode::kReadOnly, 64);
  ASSERT_TRUE(connection.ok());
  EXPECT_EQ(*(*connection)->Number("PRAGMA user_version"), SchemaVersion());
}

TEST_F(StoreCrashTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(options_.path) << std::string(5000, 'x');
  const absl::Status status = SqliteStore::Open(options_).status();
  EXPECT_EQ(Reason(status), "STORE_CORRUPT");
  EXPECT_THAT(Message(status), HasSubstr(options_.path));
}

TEST_F(StoreCrashTest, NamesTheDirectoryThatIsNotThere) {
  options_.path = directory_.path() + "/none/er.db";
  const absl::Status status = SqliteStore::Open(options_).status();
  EXPECT_EQ(Reason(status), "STORE_UNUSABLE");
  EXPECT_THAT(Message(status), HasSubstr("/none/er.db"));
}

}  // namespace
}  // namespace eventreactor::local
