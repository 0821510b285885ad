#include "libs/adapter/step_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/bus/fake_bus.h"

namespace eventreactor {
namespace {

class ALog : public testing::Test {
 protected:
  StepLog Make(size_t tail = 16) {
    return {logs_, key_, "build-step-a", tail, [this](const absl::Status&) {
              if (++failures_ > 3) bus_.SetConnected(true);
              return go_on_;
            }};
  }
  static bool Write(StepLog& log, const std::string& text) {
    return log.Write(text.data(), text.size());
  }
  std::string Stored() {
    std::string all;
    EXPECT_TRUE(logs_
                    .Read(
                        key_.ns, key_.name, key_.uid, "build-step-a", /*follow=*/false,
                        [] { return true; },
                        [&all](const LogPiece& piece) {
                          EXPECT_EQ(piece.offset, static_cast<int64_t>(all.size()));
                          EXPECT_LE(piece.data.size(), size_t{64} << 10);
                          all += piece.data;
                          return true;
                        })
                    .ok());
    return all;
  }

  bus::FakeBus bus_;
  LogStore logs_{bus_, LogStore::Options{}};
  const RunKey key_{"default", "run", "uid"};
  int failures_ = 0;
  bool go_on_ = true;
};

TEST_F(ALog, StoresEachByteOnceHoweverOftenItIsRead) {
  StepLog log = Make();
  ASSERT_TRUE(log.Open());
  EXPECT_TRUE(Write(log, "one "));
  EXPECT_TRUE(log.Flush());
  log.Rewind();
  EXPECT_TRUE(Write(log, "on"));
  EXPECT_TRUE(Write(log, "e two"));
  EXPECT_TRUE(log.Close());
  EXPECT_EQ(Stored(), "one two");
  EXPECT_EQ(log.tail(), "one two");
}

TEST_F(ALog, GoesOnWhereAnEarlierProcessStopped) {
  {
    StepLog first = Make();
    ASSERT_TRUE(first.Open());
    EXPECT_TRUE(Write(first, "stored "));
    EXPECT_TRUE(first.Flush());
    EXPECT_TRUE(Write(first, "buffered only"));
  }
  StepLog second = Make(64);
  ASSERT_TRUE(second.Open());
  EXPECT_TRUE(Write(second, "stored buf"));
  EXPECT_TRUE(Write(second, "fered only, more"));
  EXPECT_TRUE(second.Close());
  EXPECT_EQ(Stored(), "stored buffered only, more");
  EXPECT_EQ(second.tail(), "stored buffered only, more") << "the tail knows it all";
}

TEST_F(ALog, WaitsForABusThatIsDownAndLosesNothing) {
  StepLog log = Make();
  ASSERT_TRUE(log.Open());
  bus_.SetConnected(false);
  const std::string text(200'000, 'x');
  EXPECT_TRUE(Write(log, text)) << "returns when there is room again";
  EXPECT_GT(failures_, 3);
  EXPECT_TRUE(log.Close());
  EXPECT_EQ(Stored(), text);
}

TEST_F(ALog, AnAnswerThatIsLostStoresNothingTwice) {
  StepLog log = Make();
  ASSERT_TRUE(log.Open());
  EXPECT_TRUE(Write(log, "text"));
  bus_.LoseAnswers(1);
  EXPECT_TRUE(log.Flush());
  EXPECT_GE(failures_, 1);
  EXPECT_TRUE(log.Close());
  EXPECT_EQ(Stored(), "text");
}

TEST_F(ALog, GivesUpWhenTold) {
  StepLog log = Make();
  ASSERT_TRUE(log.Open());
  bus_.SetConnected(false);
  go_on_ = false;
  EXPECT_TRUE(Write(log, "text"));
  EXPECT_FALSE(log.Flush());
  EXPECT_FALSE(log.Close());
}

TEST_F(ALog, KeepsTheTail) {
  StepLog log = Make(4);
  ASSERT_TRUE(log.Open());
  for (const char* piece : {"a", "bc", "defghijklmnop", "q"}) EXPECT_TRUE(Write(log, piece));
  EXPECT_EQ(log.tail(), "nopq");
}

}  // namespace
}  // namespace eventreactor
