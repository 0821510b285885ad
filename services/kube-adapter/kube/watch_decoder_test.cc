#include "services/kube-adapter/kube/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using testing::ElementsAre;

constexpr char kTwo[] =
    "{\"type\":\"ADDED\",\"object\":{\"n\":1}}\n"
    "{\"type\":\"BOOKMARK\",\"object\":{\"n\":2}}\r\n\n";

class WatchDecoderTest : public testing::Test {
 protected:
  absl::Status Feed(std::string_view bytes) {
    return decoder_.Feed(bytes, [this](WatchEvent&& event) {
      seen_.push_back(event.object["n"].get<int>());
      types_.push_back(event.type);
      return absl::OkStatus();
    });
  }
  WatchDecoder decoder_{100};
  std::vector<int> seen_;
  std::vector<WatchEvent::Type> types_;
};

TEST_F(WatchDecoderTest, ReadsEventsALine) {
  ASSERT_TRUE(Feed(kTwo).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2));
  EXPECT_THAT(types_, ElementsAre(WatchEvent::Type::kAdded, WatchEvent::Type::kBookmark));
  EXPECT_TRUE(decoder_.Finish().ok());
}

TEST_F(WatchDecoderTest, ReadsEventsThatComeInPieces) {
  for (const char byte : std::string_view(kTwo)) ASSERT_TRUE(Feed({&byte, 1}).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2));
}

TEST_F(WatchDecoderTest, SaysThatItEndedTooSoon) {
  ASSERT_TRUE(Feed("{\"type\"").ok());
  EXPECT_EQ(Reason(decoder_.Finish()), "BAD_WATCH");
}

TEST_F(WatchDecoderTest, BoundsALine) {
  EXPECT_EQ(Reason(Feed(std::string(101, ' '))), "WATCH_LINE_TOO_LONG");
  EXPECT_EQ(Reason(Feed(std::string(101, ' ') + "\n")), "WATCH_LINE_TOO_LONG");
}

TEST_F(WatchDecoderTest, TellsAnErrorEvent) {
  const absl::Status gone = Feed(
      "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}"
      "\n");
  EXPECT_TRUE(absl::IsOutOfRange(gone)) << gone;
  EXPECT_TRUE(absl::IsInternal(Feed("{\"type\":\"ERROR\",\"object\":7}\n")));
}

TEST_F(WatchDecoderTest, RefusesWhatIsNoEvent) {
  for (const char* line : {"x\n", "{}\n", "[]\n", "{\"type\":\"NEW\",\"object\":{}}\n",
                           "{\"type\":\"ADDED\"}\n", "{\"type\":\"ADDED\",\"object\":[]}\n"}) {
    EXPECT_EQ(Reason(Feed(line)), "BAD_WATCH") << line;
  }
}

TEST_F(WatchDecoderTest, EndsWithItsReadersError) {
  int calls = 0;
  const absl::Status status = decoder_.Feed(kTwo, [&](WatchEvent&&) {
    ++calls;
    return absl::AbortedError("enough");
  });
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace eventreactor::kube
