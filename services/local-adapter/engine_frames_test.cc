#include "services/local-adapter/engine_frames.h"

#include <gtest/gtest.h>

#include <string>

namespace eventreactor::local {
namespace {

std::string Frame(char stream, const std::string& data) {
  std::string frame(8, '\0');
  frame[0] = stream;
  for (int i = 0; i < 4; ++i) {
    frame[7 - i] = static_cast<char>(data.size() >> (8 * i) & 0xFF);
  }
  return frame + data;
}

TEST(FrameDecoder, GivesTheSameBytesHoweverTheStreamIsCut) {
  std::string binary;
  for (int i = 0; i < 300; ++i) binary.push_back(static_cast<char>(i % 256));
  const std::string stream =
      Frame(1, "out\n") + Frame(2, binary) + Frame(1, "") + Frame(1, "no newline");
  const std::string expected = "out\n" + binary + "no newline";
  for (size_t cut = 1; cut <= stream.size(); ++cut) {
    FrameDecoder decoder;
    std::string seen;
    for (size_t at = 0; at < stream.size(); at += cut) {
      const std::string piece = stream.substr(at, cut);
      const auto more =
          decoder.Feed(piece.data(), piece.size(), [&seen](const char* data, size_t size) {
            seen.append(data, size);
            return true;
          });
      ASSERT_TRUE(more.ok() && *more) << more.status();
    }
    ASSERT_EQ(seen, expected) << "cut at every " << cut << " bytes";
  }
}

TEST(FrameDecoder, StopsWhenTheSinkSaysSo) {
  FrameDecoder decoder;
  const std::string stream = Frame(1, "a") + Frame(1, "b");
  int calls = 0;
  const auto more = decoder.Feed(stream.data(), stream.size(), [&calls](const char*, size_t) {
    ++calls;
    return false;
  });
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE(*more);
  EXPECT_EQ(calls, 1);
}

TEST(FrameDecoder, RefusesWhatIsNoFrame) {
  FrameDecoder decoder;
  const std::string text = "plain text of a terminal";
  const auto more =
      decoder.Feed(text.data(), text.size(), [](const char*, size_t) { return true; });
  EXPECT_EQ(more.status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace eventreactor::local
