#include "services/kube-adapter/executor/line_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/bus/fake_bus.h"

namespace eventreactor::kube {
namespace {

using ::testing::HasSubstr;

std::string At(int second, const std::string& text) {
  return absl::StrCat("2026-01-02T03:04:0", second, ".123456789Z ", text);
}

class ALineLog : public ::testing::Test {
 protected:
  // As a new process.
  void Restart() {
    log_.emplace(logs_, key_, "build-step-a", size_t{1} << 10,
                 [](const absl::Status&) { return false; });
    ASSERT_TRUE(log_->Open());
  }
  void SetUp() override { Restart(); }
  // All that the node has.
  void Read(const std::string& sent) {
    log_->Begin();
    ASSERT_TRUE(log_->Write(sent));
    ASSERT_TRUE(log_->End());
  }
  std::string Stored() {
    std::string text;
    EXPECT_TRUE(logs_
                    .Read(
                        "team", "run", "u", "build-step-a", /*follow=*/false, [] { return true; },
                        [&](const LogPiece& piece) {
                          EXPECT_EQ(piece.offset, static_cast<int64_t>(text.size()));
                          text += piece.data;
                          return true;
                        })
                    .ok());
    return text;
  }

  const RunKey key_{"team", "run", "u"};
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
  std::optional<LineLog> log_;
};

TEST_F(ALineLog, IsWithoutTheNodesTimes) {
  Read(At(1, "one\n") + At(2, "\n") + At(3, "no end"));
  EXPECT_EQ(Stored(), "one\n\nno end");
  EXPECT_EQ(log_->tail(), "one\n\nno end");
  EXPECT_FALSE(log_->missing());
}

TEST_F(ALineLog, MayComeInPiecesOfAnySize) {
  log_->Begin();
  for (const char c : At(1, "one\n") + At(2, "two\n")) ASSERT_TRUE(log_->Write({&c, 1}));
  ASSERT_TRUE(log_->End());
  EXPECT_EQ(Stored(), "one\ntwo\n");
}

TEST_F(ALineLog, HasLinesOfAnyLength) {
  const std::string line(200'000, 'x');
  Read(At(1, line + "\n") + At(2, "two\n"));
  EXPECT_EQ(Stored(), line + "\ntwo\n");
}

TEST_F(ALineLog, HasLinesThatTheNodeSentWithoutATime) {
  Read("no time here\n" + At(2, "two\n"));
  EXPECT_EQ(Stored(), "no time here\ntwo\n");
}

TEST_F(ALineLog, HasEachLineOnceHoweverOftenItIsRead) {
  Read(At(1, "one\n") + At(2, "two\n"));
  Read(At(1, "one\n") + At(2, "two\n") + At(2, "three\n"));
  Restart();
  Read(At(1, "one\n") + At(2, "two\n") + At(2, "three\n") + At(4, "four\n"));
  EXPECT_EQ(Stored(), "one\ntwo\nthree\nfour\n");
  EXPECT_EQ(log_->tail(), "one\ntwo\nthree\nfour\n");
}

TEST_F(ALineLog, LosesNothingWhereTheRotatedPartIsKnown) {
  Read(At(1, "one\n") + At(2, "two\n"));
  Read(At(2, "two\n") + At(2, "too\n") + At(3, "three\n"));
  Read(At(3, "three\n") + At(4, "four\n"));
  EXPECT_EQ(Stored(), "one\ntwo\ntoo\nthree\nfour\n");
  EXPECT_FALSE(log_->missing());
}

TEST_F(ALineLog, KeepsWhatTheNodeWroteInAnotherOrderThanItStamped) {
  Read(At(1, "one\n") + At(3, "three\n"));
  Read(At(3, "three\n") + At(5, "five\n") + At(4, "four\n") + At(4, "four\n"));
  EXPECT_EQ(Stored(), "one\nthree\nfive\nfour\nfour\n");
}

TEST_F(ALineLog, SaysWhereAPartWasRotatedAway) {
  Read(At(1, "one\n"));
  Read(At(3, "three\n") + At(4, "four\n"));
  EXPECT_EQ(Stored(),
            "one\n\n[a part of this log is missing here: its node rotated it before it was read]\n"
            "three\nfour\n");
  EXPECT_TRUE(log_->missing());
}

TEST_F(ALineLog, SaysThatAPartMayBeMissingAfterARestart) {
  Read(At(1, "one\n"));
  Restart();
  Read(At(3, "three\n"));
  EXPECT_THAT(Stored(), HasSubstr("one\n\n[its node has rotated this log"));
  EXPECT_THAT(Stored(), HasSubstr("twice]\nthree\n"));
  EXPECT_TRUE(log_->missing());
}

}  // namespace
}  // namespace eventreactor::kube
