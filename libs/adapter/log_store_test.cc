#include "libs/adapter/log_store.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "absl/time/clock.h"
#include "libs/bus/fake_bus.h"
#include "libs/bus/nats_server_fixture.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

const RunKey kKey{"team", "action1", "uid-1"};

LogPiece Piece(const std::string& step, int64_t offset, const std::string& data) {
  return {step, offset, data, absl::FromUnixSeconds(1700000000)};
}

// Everything that is stored, by step: "step@offset:data".
std::vector<std::string> ReadAll(LogStore& logs, const std::string& uid = kKey.uid,
                                 const std::string& step = "") {
  std::vector<std::string> read;
  const absl::Status status = logs.Read(
      kKey.ns, kKey.name, uid, step, /*follow=*/false, [] { return true; },
      [&](const LogPiece& piece) {
        read.push_back(piece.step + "@" + std::to_string(piece.offset) + ":" + piece.data);
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  return read;
}

using Strings = std::vector<std::string>;

class LogStoreTest : public ::testing::Test {
 protected:
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
};

TEST_F(LogStoreTest, ReadsBackWhatWasAppended) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 4, "two\n")).ok());
  ASSERT_TRUE(logs_.Close(kKey, "build").ok());
  ASSERT_TRUE(logs_.Append(kKey, Piece("test", 0, "ok\n")).ok());
  EXPECT_EQ(ReadAll(logs_), (Strings{"build@0:one\n", "build@4:two\n", "test@0:ok\n"}));
  EXPECT_EQ(ReadAll(logs_, kKey.uid, "test"), (Strings{"test@0:ok\n"}));
}

TEST_F(LogStoreTest, MessagesAreCloudEventsThatATapCanRead) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  const bus::Message message = bus_.Stored(bus::kLog).at(0).message;
  EXPECT_EQ(message.subject, "er.log.team.action1.build");
  EXPECT_EQ(message.id, "uid-1/build/0");
  EXPECT_EQ(message.Header("ce-id"), "uid-1/build/0");
  EXPECT_EQ(message.Header("ce-specversion"), "1.0");
  EXPECT_EQ(message.Header("ce-type"), "io.github.summerwind.eventreactor.log");
  EXPECT_EQ(message.Header("ce-source"), "/namespaces/team/actions/action1");
  EXPECT_EQ(message.Header("ce-subject"), "build");
  EXPECT_EQ(message.Header("ce-time"), "2023-11-14T22:13:20+00:00");
  EXPECT_EQ(message.Header("er-end"), "4");
  EXPECT_EQ(message.payload, "one\n");
}

TEST_F(LogStoreTest, AnAppendMayBeRepeated) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  EXPECT_EQ(bus_.StoredEver(bus::kLog), 1u);
}

TEST_F(LogStoreTest, AfterARestartItGoesOnWhereItWas) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  bus_.ForgetIds();  // Beyond the duplicate window.
  LogStore restarted(bus_, {});
  EXPECT_EQ(*restarted.Stored(kKey, "build"), 4);
  EXPECT_EQ(*restarted.Stored(kKey, "test"), 0);
  ASSERT_TRUE(restarted.Append(kKey, Piece("build", 0, "one\ntwo\n")).ok());
  EXPECT_EQ(ReadAll(restarted), (Strings{"build@0:one\n", "build@4:two\n"}));
}

TEST_F(LogStoreTest, ALostAnswerStoresNothingTwice) {
  bus_.LoseAnswers(1);
  EXPECT_EQ(logs_.Append(kKey, Piece("build", 0, "one\n")).code(), absl::StatusCode::kUnavailable);
  bus_.ForgetIds();
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\ntwo\n")).ok());
  EXPECT_EQ(ReadAll(logs_), (Strings{"build@0:one\n", "build@4:two\n"}));
}

TEST_F(LogStoreTest, ADuplicateThatWasShorterIsCompleted) {
  LogStore other(bus_, {});
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  ASSERT_TRUE(other.Append(kKey, Piece("build", 0, "one\ntwo\n")).ok());
  // `logs_` still believes that 4 bytes are stored.
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 4, "two\nthree\n")).ok());
  EXPECT_EQ(ReadAll(logs_), (Strings{"build@0:one\n", "build@4:two\n", "build@8:three\n"}));
}

TEST_F(LogStoreTest, WhatWasStoredTwiceIsReadOnce) {
  LogEntry entry{.uid = kKey.uid, .step = "build", .data = "one\n", .time = absl::Now()};
  entry.end = 4;
  ASSERT_TRUE(bus_.Publish(LogMessage(kKey, entry)).ok());
  bus_.ForgetIds();
  entry.data = "one\ntwo\n";
  entry.end = 8;
  ASSERT_TRUE(bus_.Publish(LogMessage(kKey, entry)).ok());
  EXPECT_EQ(ReadAll(logs_), (Strings{"build@0:one\n", "build@4:two\n"}));
}

TEST_F(LogStoreTest, WhatIsNoLogIsLeftOut) {
  ASSERT_TRUE(bus_.Publish({"er.log.team.action1.build", {{"er-uid", "uid-1"}}, "x", ""}).ok());
  ASSERT_TRUE(bus_.Publish({"er.log.team.action1.build",
                            {{"er-uid", "uid-1"}, {"er-offset", "9"}, {"er-end", "-1"}},
                            "x",
                            ""})
                  .ok());
  EXPECT_EQ(ReadAll(logs_), Strings{});
  EXPECT_EQ(*logs_.Stored(kKey, "build"), 0);
}

TEST_F(LogStoreTest, TheLogSaysWhereItWasCut) {
  LogStore logs(bus_, {.max_bytes_per_step = 6});
  ASSERT_TRUE(logs.Append(kKey, Piece("build", 0, "1234")).ok());
  ASSERT_TRUE(logs.Append(kKey, Piece("build", 4, "5678")).ok());
  ASSERT_TRUE(logs.Append(kKey, Piece("build", 8, "9")).ok());
  const Strings expected{
      "build@0:1234", "build@4:56",
      "build@6:\n[the log is cut here: more than 6 bytes of a step are not kept]\n"};
  EXPECT_EQ(ReadAll(logs), expected);
  // Nor after a restart, nor after the end.
  LogStore restarted(bus_, {.max_bytes_per_step = 6});
  EXPECT_EQ(*restarted.Stored(kKey, "build"), 6);
  ASSERT_TRUE(restarted.Append(kKey, Piece("build", 6, "789")).ok());
  ASSERT_TRUE(restarted.Close(kKey, "build").ok());
  ASSERT_TRUE(restarted.Append(kKey, Piece("build", 6, "789")).ok());
  EXPECT_EQ(ReadAll(logs), expected);
}

TEST_F(LogStoreTest, ALogOfExactlyTheBoundIsNotCut) {
  LogStore logs(bus_, {.max_bytes_per_step = 4});
  ASSERT_TRUE(logs.Append(kKey, Piece("build", 0, "1234")).ok());
  ASSERT_TRUE(logs.Close(kKey, "build").ok());
  EXPECT_EQ(ReadAll(logs), (Strings{"build@0:1234"}));
}

TEST_F(LogStoreTest, TheBoundIsPerStep) {
  LogStore logs(bus_, {.max_bytes_per_step = 4});
  ASSERT_TRUE(logs.Append(kKey, Piece("build", 0, "1234")).ok());
  ASSERT_TRUE(logs.Append(kKey, Piece("test", 0, "1234")).ok());
  EXPECT_EQ(ReadAll(logs), (Strings{"build@0:1234", "test@0:1234"}));
}

TEST_F(LogStoreTest, AClosedLogTakesNoMore) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  ASSERT_TRUE(logs_.Close(kKey, "build").ok());
  ASSERT_TRUE(logs_.Close(kKey, "build").ok());
  EXPECT_EQ(bus_.StoredEver(bus::kLog), 2u);
  EXPECT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  EXPECT_EQ(Reason(logs_.Append(kKey, Piece("build", 4, "two\n"))), "LOG_CLOSED");
}

TEST_F(LogStoreTest, AnActionMadeAgainHasALogOfItsOwn) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "old\n")).ok());
  ASSERT_TRUE(logs_.Close(kKey, "build").ok());
  const RunKey again{kKey.ns, kKey.name, "uid-2"};
  EXPECT_EQ(*logs_.Stored(again, "build"), 0);
  ASSERT_TRUE(logs_.Append(again, Piece("build", 0, "new\n")).ok());
  EXPECT_EQ(ReadAll(logs_, "uid-2"), (Strings{"build@0:new\n"}));
  EXPECT_EQ(ReadAll(logs_, "uid-1"), (Strings{"build@0:old\n"}));
}

TEST_F(LogStoreTest, RemoveTakesAllStepsAndNothingElse) {
  const RunKey other{kKey.ns, "action2", "uid-2"};
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  ASSERT_TRUE(logs_.Append(kKey, Piece("test", 0, "two\n")).ok());
  ASSERT_TRUE(logs_.Append(other, Piece("build", 0, "three\n")).ok());
  ASSERT_TRUE(logs_.Remove(kKey).ok());
  EXPECT_EQ(ReadAll(logs_), Strings{});
  EXPECT_EQ(bus_.Stored(bus::kLog).size(), 1u);
}

TEST_F(LogStoreTest, RefusesPiecesBeyondTheBound) {
  const absl::Status refused =
      logs_.Append(kKey, Piece("build", 0, std::string((64 << 10) + 1, 'x')));
  EXPECT_EQ(Reason(refused), "LOG_PIECE_TOO_LARGE");
  EXPECT_TRUE(logs_.Append(kKey, Piece("build", 0, std::string(64 << 10, 'x'))).ok());
}

TEST_F(LogStoreTest, SaysTryAgainWhileTheBusIsDown) {
  bus_.SetConnected(false);
  EXPECT_EQ(logs_.Stored(kKey, "build").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(logs_.Append(kKey, Piece("build", 0, "one\n")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(logs_.Close(kKey, "build").code(), absl::StatusCode::kUnavailable);
  bus_.SetConnected(true);
  EXPECT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
}

// Follows until finished; `read` gets each piece's data.
std::future<absl::Status> Follow(LogStore& logs, const std::atomic<bool>& finished,
                                 std::promise<void>& first, std::string& read) {
  return std::async(std::launch::async, [&] {
    return logs.Read(
        kKey.ns, kKey.name, kKey.uid, "", /*follow=*/true, [&] { return finished.load(); },
        [&, told = false](const LogPiece& piece) mutable {
          read += piece.data;
          if (!std::exchange(told, true)) first.set_value();
          return true;
        });
  });
}

TEST_F(LogStoreTest, FollowsUntilFinishedAndReadsTheRest) {
  std::atomic<bool> finished = false;
  std::promise<void> first;
  std::string read;
  auto followed = Follow(logs_, finished, first, read);
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  first.get_future().wait();
  // An interruption only delays it.
  bus_.SetConnected(false);
  bus_.SetConnected(true);
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 4, "two\n")).ok());
  ASSERT_TRUE(logs_.Close(kKey, "build").ok());
  finished = true;
  EXPECT_TRUE(followed.get().ok());
  EXPECT_EQ(read, "one\ntwo\n");
}

TEST_F(LogStoreTest, AReaderThatHasEnoughStops) {
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 0, "one\n")).ok());
  ASSERT_TRUE(logs_.Append(kKey, Piece("build", 4, "two\n")).ok());
  int pieces = 0;
  const absl::Status status = logs_.Read(
      kKey.ns, kKey.name, kKey.uid, "", /*follow=*/true, [] { return false; },
      [&](const LogPiece&) { return ++pieces < 1; });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(pieces, 1);
}

TEST_F(LogStoreTest, WritersOfOneStepDoNotTearIt) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        EXPECT_TRUE(logs_.Append(kKey, Piece("build", 2 * k, "x\n")).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(bus_.StoredEver(bus::kLog), 50u);
}

TEST(LogStoreOnNats, FollowsAcrossAKillOfTheServer) {
  auto server = bus::NatsServerFixture::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  auto bus = *bus::JetStreamBus::Connect((*server)->Services());
  while (!bus->EnsureStreams({}).ok()) absl::SleepFor(absl::Milliseconds(10));
  LogStore logs(*bus, {});
  std::atomic<bool> finished = false;
  std::promise<void> first;
  std::string read;
  auto followed = Follow(logs, finished, first, read);
  ASSERT_TRUE(logs.Append(kKey, Piece("build", 0, "one\n")).ok());
  first.get_future().wait();
  (*server)->Kill();
  EXPECT_EQ(logs.Append(kKey, Piece("build", 4, "two\n")).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE((*server)->Restart().ok());
  while (!logs.Append(kKey, Piece("build", 4, "two\n")).ok()) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  ASSERT_TRUE(logs.Close(kKey, "build").ok());
  finished = true;
  EXPECT_TRUE(followed.get().ok());
  EXPECT_EQ(read, "one\ntwo\n");
  LogStore restarted(*bus, {});
  EXPECT_EQ(*restarted.Stored(kKey, "build"), 8);
  ASSERT_TRUE(restarted.Remove(kKey).ok());
  EXPECT_EQ(ReadAll(restarted), Strings{});
}

}  // namespace
}  // namespace eventreactor
