#include "cli/commands/ask_again.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ListItem Item(const std::string& name, const std::string& kind, int version) {
  return {"default", name, {}, {name}, {{"kind", kind}, {"version", version}}};
}

std::vector<std::string> Words(const std::vector<ListItem>& before,
                               const std::vector<ListItem>& after) {
  std::vector<std::string> words;
  for (const auto& [type, item] : Changes(before, after)) {
    words.push_back(v1::ChangeType_Name(type) + " " + item.name + " " +
                    item.manifest["version"].dump());
  }
  return words;
}

TEST(AskAgainTest, NothingIsToldOfWhatIsAsItWas) {
  EXPECT_THAT(Words({Item("a", "Secret", 1)}, {Item("a", "Secret", 1)}), IsEmpty());
}

TEST(AskAgainTest, WhatIsNewOtherAndGoneIsTold) {
  EXPECT_THAT(
      Words({Item("a", "Secret", 1), Item("b", "Secret", 1), Item("c", "Secret", 1)},
            {Item("d", "Secret", 1), Item("b", "Secret", 2), Item("c", "Secret", 1)}),
      ElementsAre("CHANGE_TYPE_ADDED d 1", "CHANGE_TYPE_MODIFIED b 2", "CHANGE_TYPE_DELETED a 1"));
}

TEST(AskAgainTest, KindsAreApart) {
  EXPECT_THAT(Words({Item("a", "Secret", 1)}, {Item("a", "ConfigMap", 1)}),
              ElementsAre("CHANGE_TYPE_ADDED a 1", "CHANGE_TYPE_DELETED a 1"));
}

TEST(AskAgainTest, WhatHasNoKindIsKnownByItsName) {
  ListItem letter{"default", "7", {}, {"7"}, {{"version", 1}}};
  EXPECT_THAT(Words({letter}, {letter}), IsEmpty());
}

class WatchByAskingTest : public testing::Test {
 protected:
  using Answer = absl::StatusOr<std::vector<ListItem>>;

  // What the list answers each time; once more than there are answers is an
  // error of the test.
  void Watch(const std::vector<Answer>& answers, absl::Duration timeout = absl::Seconds(60)) {
    Globals globals;
    globals.timeout = timeout;
    ListView view(kind_, options_);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const absl::Time begin = absl::Now();
    result_ = WatchByAsking(globals, view, [&]() -> Answer {
      return asked_ < answers.size() ? answers[asked_++] : absl::InternalError("asked too often");
    });
    took_ = absl::Now() - begin;
    said_ = testing::internal::GetCapturedStderr();
    shown_ = testing::internal::GetCapturedStdout();
  }
  static absl::Status Away() {
    return MakeStatus(absl::StatusCode::kUnavailable, "UNREACHABLE", "it is away");
  }
  static absl::Status Refusal() {
    return MakeStatus(absl::StatusCode::kPermissionDenied, "NO_TOKEN", "no token");
  }

  const ListKind kind_{.columns = {{"NAME"}}, .sort_keys = {}};
  const ListOptions options_;
  size_t asked_ = 0;
  absl::StatusOr<int> result_;
  absl::Duration took_;
  std::string said_, shown_;
};

TEST_F(WatchByAskingTest, EndsWhenItsTimeIsUp) {
  Watch({{{Item("a", "Secret", 1)}}}, absl::Milliseconds(300));
  EXPECT_EQ(Reason(result_.status()), "TIME_IS_UP");
  EXPECT_EQ(asked_, 1U);
  EXPECT_GE(took_, absl::Milliseconds(300));
  EXPECT_THAT(shown_, testing::HasSubstr("a"));
}

TEST_F(WatchByAskingTest, WhatIsAwayAtFirstIsAnErrorAtOnce) {
  Watch({Away()});
  EXPECT_EQ(Reason(result_.status()), "UNREACHABLE");
  EXPECT_EQ(asked_, 1U);
}

TEST_F(WatchByAskingTest, WhatGoesAwayIsWaitedForAndSaidOnce) {
  Watch({{{Item("a", "Secret", 1)}}, Away(), Away(), {{Item("b", "Secret", 1)}}, Refusal()});
  EXPECT_EQ(Reason(result_.status()), "NO_TOKEN");
  EXPECT_EQ(asked_, 5U);
  EXPECT_EQ(said_, "it is away; waiting for it\n");
  EXPECT_THAT(shown_, testing::HasSubstr("b"));
}

}  // namespace
}  // namespace eventreactor::cli
