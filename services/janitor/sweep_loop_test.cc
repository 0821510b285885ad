#include "services/janitor/sweep_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "eventreactor/v1/janitor_service.grpc.pb.h"
#include "services/janitor/janitor_fixture.h"
#include "services/janitor/janitor_service.h"

namespace eventreactor::janitor {
namespace {

TEST(UntilNextSweepTest, AnErrorOrALotToDoBringsItForward) {
  const absl::Status error = absl::UnavailableError("away");
  EXPECT_EQ(UntilNextSweep(absl::OkStatus(), false, absl::Hours(1)), absl::Hours(1));
  EXPECT_EQ(UntilNextSweep(error, false, absl::Hours(1)), absl::Minutes(1));
  EXPECT_EQ(UntilNextSweep(absl::OkStatus(), true, absl::Hours(1)), absl::Minutes(1));
  EXPECT_EQ(UntilNextSweep(error, true, absl::Seconds(5)), absl::Seconds(5));
}

// Waits for what another thread does; a hang is ended by ctest.
template <class Condition>
void AwaitThat(const Condition& condition) {
  while (!condition()) absl::SleepFor(absl::Milliseconds(2));
}

class SweepLoopTest : public JanitorFixture {
 protected:
  SweepLoopTest() {
    options_.events.count = 1;
    options_.sleep = absl::SleepFor;
  }

  SweepLoop::Options LoopOptions() {
    return {.interval = absl::Milliseconds(10),
            .look_first = absl::Milliseconds(5),
            .look_again = absl::Milliseconds(5),
            .serving = [this](bool answers) { serving_ = answers; }};
  }

  std::atomic<bool> serving_ = false;
};

TEST_F(SweepLoopTest, SweepsAgainAndAgain) {
  Sweeper sweeper(*adapter_, metrics_, options_);
  const SweepLoop loop(*adapter_, sweeper, LoopOptions());
  RecordEvent("e1");
  RecordEvent("e2");
  AwaitThat([&] { return EventsThere().size() == 1; });
  RecordEvent("e3");
  AwaitThat([&] { return metrics_.events.by_count.Value() == 2; });
  EXPECT_THAT(EventsThere(), testing::ElementsAre("e3"));
  EXPECT_TRUE(serving_);
}

TEST_F(SweepLoopTest, WaitsForAnAdapterThatIsAway) {
  adapter_->list_error = absl::UnavailableError("away");
  RecordEvent("e1");
  RecordEvent("e2");
  Sweeper sweeper(*adapter_, metrics_, options_);
  const SweepLoop loop(*adapter_, sweeper, LoopOptions());
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(serving_);
  EXPECT_EQ(metrics_.broken_off.Value(), 0) << "no sweep began";
}

class JanitorServiceTest : public JanitorFixture {
 protected:
  // What a sweep streams: names, then "end"; or the error's reason.
  std::vector<std::string> Ask(const std::string& token, bool dry_run) {
    Sweeper sweeper(*adapter_, metrics_, options_);
    service::CallFrame frame("secret");
    JanitorServiceImpl janitor(frame, sweeper);
    grpc::ServerBuilder builder;
    builder.RegisterService(&janitor);
    const auto server = builder.BuildAndStart();
    const auto stub = v1::JanitorService::NewStub(server->InProcessChannel({}));
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    v1::SweepRequest request;
    request.set_dry_run(dry_run);
    const auto reader = stub->Sweep(&context, request);
    std::vector<std::string> seen;
    v1::SweepResponse response;
    while (reader->Read(&response)) {
      seen.push_back(response.has_summary() ? InWords(response.summary())
                                            : InWords(response.removal()));
    }
    const absl::Status status = service::FromGrpc(reader->Finish());
    if (!status.ok()) seen.push_back(Reason(status));
    return seen;
  }
};

TEST_F(JanitorServiceTest, TellsOfEachRemovalAndThenSumsUp) {
  options_.events.count = 1;
  RecordEvent("e1");
  RecordEvent("e2");
  const std::string why =
      "event default/e1 is 1d0h old, one of the 1 oldest: the namespace has 2, and the count is 1";
  EXPECT_THAT(Ask("secret", true),
              testing::ElementsAre(why, "would remove 0 of 0 Actions and 1 of 2 Events"));
  EXPECT_THAT(Ask("secret", false),
              testing::ElementsAre(why, "removed 0 of 0 Actions and 1 of 2 Events"));
  EXPECT_THAT(EventsThere(), testing::ElementsAre("e2"));
}

TEST_F(JanitorServiceTest, TakesTheToken) {
  EXPECT_THAT(Ask("", false), testing::ElementsAre("TOKEN_MISSING"));
}

}  // namespace
}  // namespace eventreactor::janitor
