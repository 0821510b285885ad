#include "services/kube-adapter/kube/stream_reader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {
namespace {

constexpr absl::Duration kLong = absl::Seconds(10);

class StreamReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto client = Client::Create(server_.config());
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
    ASSERT_TRUE(server_.Create(Pods(), {{"metadata", {{"name", "a"}, {"namespace", "ns"}}}}).ok());
  }
  static Request Follow() { return LogRequest({"ns", "a"}, {.container = "c", .follow = true}); }
  // All that comes until the stream ends.
  static absl::StatusOr<std::string> ReadAll(StreamReader& reader) {
    std::string text;
    while (true) {
      absl::StatusOr<StreamReader::Piece> piece = reader.Read(kLong);
      if (!piece.ok()) return piece.status();
      text += piece->bytes;
      if (piece->ended) return text;
    }
  }

  FakeApiServer server_;
  std::unique_ptr<Client> client_;
};

TEST_F(StreamReaderTest, FollowsALogToItsEnd) {
  server_.AppendLog({"ns", "a"}, "c", "one\n");
  StreamReader reader(*client_, Follow());
  const auto first = reader.Read(kLong);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->bytes, "one\n");
  EXPECT_FALSE(first->ended);
  server_.AppendLog({"ns", "a"}, "c", "two\n");
  server_.EndLog({"ns", "a"}, "c");
  EXPECT_EQ(*ReadAll(reader), "two\n");
}

TEST_F(StreamReaderTest, ReturnsNothingWhenNothingComesInTime) {
  server_.AppendLog({"ns", "a"}, "c", "x");
  StreamReader reader(*client_, Follow());
  ASSERT_EQ(reader.Read(kLong)->bytes, "x");
  const auto nothing = reader.Read(absl::Milliseconds(10));
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->bytes.empty());
  EXPECT_FALSE(nothing->ended);
}

TEST_F(StreamReaderTest, TellsTheServersRefusal) {
  StreamReader reader(*client_, Follow());
  const absl::Status status = ReadAll(reader).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_NE(Message(status).find("PodInitializing"), std::string::npos) << status;
}

TEST_F(StreamReaderTest, TellsALossAfterWhatCameBefore) {
  server_.AppendLog({"ns", "a"}, "c", "x");
  StreamReader reader(*client_, Follow());
  ASSERT_EQ(reader.Read(kLong)->bytes, "x");
  server_.CutConnections();
  EXPECT_TRUE(absl::IsUnavailable(ReadAll(reader).status()));
}

TEST_F(StreamReaderTest, HoldsTheServerUpWhileItsReaderIsSlow) {
  std::string text;
  for (int i = 0; i < 400'000; ++i) text += "line " + std::to_string(i) + "\n";
  server_.AppendLog({"ns", "a"}, "c", text);
  server_.EndLog({"ns", "a"}, "c");
  StreamReader reader(*client_, Follow(), {.buffer = 64 << 10});
  std::string read;
  size_t largest = 0;
  while (true) {
    const auto piece = reader.Read(kLong);
    ASSERT_TRUE(piece.ok()) << piece.status();
    largest = std::max(largest, piece->bytes.size());
    read += piece->bytes;
    if (piece->ended) break;
    std::this_thread::yield();
  }
  EXPECT_EQ(read, text);
  EXPECT_LE(largest, size_t{64} << 10);
}

TEST_F(StreamReaderTest, CutsASlowReaderOffWhereTheServerMustNotWait) {
  server_.AppendLog({"ns", "a"}, "c", std::string(1 << 20, 'x'));
  StreamReader reader(*client_, Follow(), {.buffer = 64 << 10, .pausable = false});
  // What fits comes first; nobody reads until the rest has come.
  while (client_->metrics().streams != 0) std::this_thread::yield();
  const absl::Status status = ReadAll(reader).status();
  EXPECT_EQ(Reason(status), "READER_TOO_SLOW") << status;
}

TEST_F(StreamReaderTest, EndsAtOnceWhenCancelled) {
  server_.AppendLog({"ns", "a"}, "c", "x");
  StreamReader reader(*client_, Follow());
  ASSERT_EQ(reader.Read(kLong)->bytes, "x");
  const std::jthread canceller([&] { reader.Cancel(); });
  EXPECT_TRUE(absl::IsCancelled(ReadAll(reader).status()));
}

TEST_F(StreamReaderTest, BoundsStreams) {
  ClientOptions options;
  options.max_streams = 1;
  auto client = Client::Create(server_.config(), options);
  server_.AppendLog({"ns", "a"}, "c", "x");
  StreamReader first(**client, Follow());
  ASSERT_EQ(first.Read(kLong)->bytes, "x");
  StreamReader second(**client, Follow());
  EXPECT_EQ(Reason(ReadAll(second).status()), "CLIENT_BUSY");
}

}  // namespace
}  // namespace eventreactor::kube
