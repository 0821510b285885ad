// What the tests against a real server share.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "libs/bus/js_api.h"
#include "libs/bus/nats_server_fixture.h"
#include "libs/status/status.h"

namespace eventreactor::bus {

// Tries again until it is so; false after a minute.
inline bool Eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 6000; ++i) {
    if (so()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

class JetStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = NatsServerFixture::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto bus = JetStreamBus::Connect(server_->Services());
    ASSERT_TRUE(bus.ok()) << bus.status();
    bus_ = *std::move(bus);
    ASSERT_TRUE(Eventually([&] { return bus_->Connected(); }));
    const absl::Status ensured = bus_->EnsureStreams({});
    ASSERT_TRUE(ensured.ok()) << ensured;
  }

  // Kills the server, starts it again, and waits until the streams are back.
  void KillAndRestart() {
    server_->Kill();
    ASSERT_TRUE(Eventually([&] { return !bus_->Connected(); }));
    const absl::Status restarted = server_->Restart();
    ASSERT_TRUE(restarted.ok()) << restarted;
    ASSERT_TRUE(Eventually([&] { return bus_->VerifyStreams().ok(); }));
  }

  static Message Event(const std::string& id) {
    return {"er.event.default.t", {{"ce-id", id}}, "data of " + id, id};
  }

  // Publishes, or fails the test.
  PublishAck Publish(const Message& message) {
    const auto ack = bus_->Publish(message);
    EXPECT_TRUE(ack.ok()) << ack.status();
    return ack.ok() ? *ack : PublishAck();
  }

  static std::vector<std::unique_ptr<Delivery>> Fetch(Consumer& consumer, int max,
                                                      absl::Duration wait) {
    auto fetched = consumer.Fetch(max, wait);
    EXPECT_TRUE(fetched.ok()) << fetched.status();
    return fetched.ok() ? *std::move(fetched) : std::vector<std::unique_ptr<Delivery>>();
  }

  // A call to the server's API, past the bus.
  nlohmann::json Api(const std::string& method, const nlohmann::json& request = nullptr) {
    const auto link = Link::Dial(server_->Services(), {[](const std::string&, natsMsg*) {}, [] {}});
    EXPECT_TRUE(link.ok()) << link.status();
    if (!link.ok()) return {};
    const auto answer = CallApi(**link, method, request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->body : nlohmann::json();
  }

  int Stored(const std::string& stream) {
    return Api("STREAM.INFO." + stream).at("state").at("messages").get<int>();
  }

  std::unique_ptr<NatsServerFixture> server_;
  std::unique_ptr<JetStreamBus> bus_;
};

}  // namespace eventreactor::bus
