#include "services/kube-adapter/kube/lease.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/kube/testing/fake_clock.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

const ObjectName kLease{"er", "leader"};

ObservedLease Held(const std::string& holder) {
  LeaseRecord record;
  record.holder = holder;
  record.duration = absl::Seconds(15);
  return {record, absl::Seconds(100)};
}

TEST(LeaseDecision, SaysWhatToDo) {
  struct Case {
    ObservedLease lease;
    int64_t now;
    LeaseMove move;
  };
  const Case cases[] = {
      {{}, 0, LeaseMove::kCreate},
      {Held("me"), 100, LeaseMove::kRenew},
      {Held("me"), 1000, LeaseMove::kRenew},
      {Held(""), 100, LeaseMove::kTakeOver},
      {Held("other"), 100, LeaseMove::kWait},
      {Held("other"), 114, LeaseMove::kWait},
      {Held("other"), 115, LeaseMove::kTakeOver},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Decide(c.lease, absl::Seconds(c.now), "me"), c.move)
        << (c.lease.record ? c.lease.record->holder : "none") << " at " << c.now;
  }
}

TEST(LeaseDecision, ReadsALeaseAndRefusesWhatIsNone) {
  const auto lease = DecodeLease(json::parse(
      R"({"kind":"Lease","metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":"a",)"
      R"("leaseDurationSeconds":9,"renewTime":"2026-01-02T03:04:05.000001Z","leaseTransitions":2}})"));
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_EQ(lease->holder, "a");
  EXPECT_EQ(lease->duration, absl::Seconds(9));
  EXPECT_EQ(lease->transitions, 2);
  EXPECT_EQ(lease->resource_version, "7");
  for (const char* other : {"{}", "[]", R"({"kind":"Pod","metadata":{"resourceVersion":"7"}})"}) {
    EXPECT_EQ(Reason(DecodeLease(json::parse(other)).status()), "INVALID_LEASE") << other;
  }
  const auto bare = DecodeLease(json::parse(R"({"kind":"Lease","metadata":{"resourceVersion":"7"},
                                                "spec":{"holderIdentity":"a"}})"));
  EXPECT_EQ(bare->duration, absl::Seconds(15)) << "a holder is given time, whatever it wrote";
}

class LeaderElectorTest : public testing::Test {
 protected:
  struct Candidate {
    std::unique_ptr<LeaderElector> elector;
    std::atomic<int> started{0};
    std::atomic<int> stopped{0};
    std::mutex mutex;
    std::vector<std::string> leaders;
  };

  void SetUp() override {
    ClientOptions options;
    options.max_attempts = 1;
    client_ = *Client::Create(server_.config(), options);
  }
  void Start(Candidate& candidate, const std::string& identity) {
    LeaderCallbacks callbacks;
    callbacks.started_leading = [&candidate] { ++candidate.started; };
    callbacks.stopped_leading = [&candidate] { ++candidate.stopped; };
    callbacks.new_leader = [&candidate](const std::string& leader) {
      const std::lock_guard lock(candidate.mutex);
      candidate.leaders.push_back(leader);
    };
    auto elector = LeaderElector::Create(*client_, {kLease, identity, {}}, callbacks, clock_);
    ASSERT_TRUE(elector.ok()) << elector.status();
    candidate.elector = *std::move(elector);
    candidate.elector->Start();
  }
  // Moves time on, look by look, until it is so.
  void Until(const std::function<bool()>& holds) {
    clock_.AwaitSleepers(1);
    while (!holds()) {
      clock_.AdvanceToNextSleeper();
      clock_.AwaitSleepers(1);
    }
  }
  json Spec() const {
    const auto lease = server_.Get(Leases(), kLease);
    return lease ? (*lease)["spec"] : json();
  }
  void HoldBy(const std::string& holder) {
    ASSERT_TRUE(server_
                    .Create(Leases(), {{"metadata", {{"name", "leader"}, {"namespace", "er"}}},
                                       {"spec",
                                        {{"holderIdentity", holder},
                                         {"leaseDurationSeconds", 15},
                                         {"leaseTransitions", 4},
                                         {"strategy", "OldestEmulationVersion"}}}})
                    .ok());
  }

  FakeApiServer server_;
  FakeClock clock_;
  std::unique_ptr<Client> client_;
};

TEST_F(LeaderElectorTest, LeadsWhereNobodyDoesAndLetsGoWhenItStops) {
  Candidate a;
  Start(a, "a");
  Until([&] { return a.elector->leading(); });
  EXPECT_EQ(a.started, 1);
  EXPECT_EQ(Spec()["holderIdentity"], "a");
  a.elector->Stop();
  EXPECT_EQ(a.stopped, 1);
  EXPECT_FALSE(a.elector->leading());
  EXPECT_EQ(Spec()["holderIdentity"], "");
  EXPECT_EQ(a.leaders, std::vector<std::string>{"a"});
}

TEST_F(LeaderElectorTest, HandsOverWithinTheRetryTime) {
  Candidate a;
  Start(a, "a");
  Until([&] { return a.elector->leading(); });
  Candidate b;
  Start(b, "b");
  clock_.AwaitSleepers(2);
  EXPECT_FALSE(b.elector->leading());
  a.elector->Stop();
  const absl::Duration began = clock_.Steady();
  Until([&] { return b.elector->leading(); });
  EXPECT_LT(clock_.Steady() - began, absl::Seconds(2));
}

TEST_F(LeaderElectorTest, TakesOverFromOneThatIsSilentForItsDuration) {
  HoldBy("dead");
  Candidate a;
  Start(a, "a");
  Until([&] { return a.elector->leading(); });
  EXPECT_GE(clock_.Steady(), absl::Seconds(15));
  EXPECT_LT(clock_.Steady(), absl::Seconds(19));
  EXPECT_EQ(Spec()["leaseTransitions"], 5);
  EXPECT_EQ(Spec()["strategy"], "OldestEmulationVersion") << "what others wrote stays";
}

TEST_F(LeaderElectorTest, WaitsAsLongAsAnotherRenews) {
  HoldBy("alive");
  Candidate a;
  Start(a, "a");
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(server_
                    .Change(Leases(), kLease,
                            [&](json& lease) { lease["spec"]["renewTime"] = std::to_string(i); })
                    .ok());
    clock_.AdvanceToNextSleeper();
  }
  EXPECT_GT(clock_.Steady(), absl::Seconds(30));
  EXPECT_EQ(a.started, 0);
}

TEST_F(LeaderElectorTest, StopsLeadingBeforeAnotherMayBegin) {
  Candidate a;
  Start(a, "a");
  Until([&] { return a.elector->leading(); });
  const absl::Duration began = clock_.Steady();
  server_.Inject({.count = -1, .code = 500});
  Until([&] { return a.stopped == 1; });
  EXPECT_GE(clock_.Steady() - began, absl::Seconds(9));
  EXPECT_LT(clock_.Steady() - began, absl::Seconds(15));
  server_.ClearFaults();
  Until([&] { return a.started == 2; });
}

TEST_F(LeaderElectorTest, StopsLeadingWhenAnotherHasTakenOver) {
  Candidate a;
  Start(a, "a");
  Until([&] { return a.elector->leading(); });
  ASSERT_TRUE(
      server_.Change(Leases(), kLease, [](json& lease) { lease["spec"]["holderIdentity"] = "b"; })
          .ok());
  Until([&] { return a.stopped == 1; });
  a.elector->Stop();
  EXPECT_EQ(Spec()["holderIdentity"], "b") << "it is not a's to release";
  EXPECT_EQ(a.leaders, (std::vector<std::string>{"a", "b"}));
}

TEST_F(LeaderElectorTest, RefusesTermsThatDoNotFit) {
  const auto create = [this](const LeaseTerms& terms) {
    return Field(LeaderElector::Create(*client_, {kLease, "a", terms}, {}, clock_).status());
  };
  EXPECT_EQ(create({.duration = absl::Seconds(10)}), "terms.duration");
  EXPECT_EQ(create({.retry = absl::Seconds(10)}), "terms.renew_deadline");
  EXPECT_EQ(Field(LeaderElector::Create(*client_, {kLease, "", {}}, {}, clock_).status()),
            "identity");
}

}  // namespace
}  // namespace eventreactor::kube
