#include "services/kube-adapter/kube/lease.h"

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/backoff.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// A look comes after this part of the retry time at least, and less than all
// of it: what was released is taken up within it.
constexpr double kShortestPause = 0.6;
constexpr double kJitter = 0.3;
// To let go of the Lease when all is over.
constexpr absl::Duration kReleaseTimeout = absl::Seconds(2);

std::string MicroTimeOf(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

class Elector : public LeaderElector {
 public:
  Elector(Client& client, LeaderOptions options, LeaderCallbacks callbacks, Clock& clock)
      : client_(client),
        options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        clock_(clock) {}

  ~Elector() override { Elector::Stop(); }

  void Start() override {
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }

  void Stop() override {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  bool leading() const override { return leading_; }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const absl::Duration asked = clock_.Steady();
      const absl::Status status = Look(stop);
      if (status.ok() && Mine()) {
        // Counted from before the request: others count from after it.
        renewed_ = asked;
        Lead(true);
      } else if (!status.ok() && leading_) {
        if (clock_.Steady() >= renewed_ + options_.terms.renew_deadline) Lead(false);
      } else {
        Lead(false);
      }
      TellLeader();
      if (!clock_.Sleep(Pause(), stop)) break;
    }
    const bool led = leading_;
    Lead(false);
    if (led) Release();
  }

  // Not beyond the moment when this would have to give up.
  absl::Duration Pause() const {
    absl::Duration pause = options_.terms.retry * (kShortestPause + kJitter * RollDice());
    return std::min(pause, Left());
  }

  // Until it has to give up; for who does not lead, until it is of no use.
  absl::Duration Left() const {
    if (!leading_) return options_.terms.renew_deadline;
    const absl::Duration left = renewed_ + options_.terms.renew_deadline - clock_.Steady();
    return std::max(left, absl::Milliseconds(1));
  }

  // Reads the Lease and does what is to be done with it.
  absl::Status Look(const std::stop_token& stop) {
    if (absl::Status status = Observe(stop); !status.ok()) return status;
    const LeaseMove move = Decide(observed_, clock_.Steady(), options_.identity);
    if (move == LeaseMove::kWait) return absl::OkStatus();
    LeaseRecord record = observed_.record.value_or(LeaseRecord{});
    if (move != LeaseMove::kRenew) {
      record.acquired = clock_.Now();
      if (move == LeaseMove::kTakeOver) ++record.transitions;
    }
    record.holder = options_.identity;
    record.duration = options_.terms.duration;
    record.renewed = clock_.Now();
    return Write(move == LeaseMove::kCreate, record, Left(), stop);
  }

  absl::Status Observe(const std::stop_token& stop) {
    const absl::StatusOr<Response> answer =
        client_.Do(Hurried(GetRequest(Leases(), options_.lease), Left()), stop);
    if (absl::IsNotFound(answer.status())) {
      observed_ = {};
      return absl::OkStatus();
    }
    if (!answer.ok()) return answer.status();
    return Note(answer->body);
  }

  absl::Status Note(const std::string& body) {
    absl::StatusOr<json> parsed = ParseJson(body);
    if (!parsed.ok()) return parsed.status();
    absl::StatusOr<LeaseRecord> record = DecodeLease(*parsed);
    if (!record.ok()) return record.status();
    const bool same =
        observed_.record && observed_.record->resource_version == record->resource_version;
    if (!same) observed_.since = clock_.Steady();
    observed_.record = *std::move(record);
    lease_ = *std::move(parsed);
    return absl::OkStatus();
  }

  absl::Status Write(bool create, const LeaseRecord& record, absl::Duration timeout,
                     const std::stop_token& stop) {
    const ObjectName& name = options_.lease;
    json lease = create ? json{{"apiVersion", Leases().api_version()},
                               {"kind", Leases().kind},
                               {"metadata", {{"name", name.name}, {"namespace", name.ns}}}}
                        : lease_;
    // Others' fields stay; the version it was read at is the condition.
    json& spec = lease["spec"];
    spec["holderIdentity"] = record.holder;
    spec["leaseDurationSeconds"] = absl::ToInt64Seconds(record.duration);
    spec["acquireTime"] = MicroTimeOf(record.acquired);
    spec["renewTime"] = MicroTimeOf(record.renewed);
    spec["leaseTransitions"] = record.transitions;
    absl::StatusOr<std::string> body = DumpJson(lease);
    if (!body.ok()) return body.status();
    Request request = create ? CreateRequest(Leases(), {name.ns, ""}, *std::move(body))
                             : UpdateRequest(Leases(), name, *std::move(body));
    const absl::StatusOr<Response> answer = client_.Do(Hurried(std::move(request), timeout), stop);
    // Another was quicker; whose it is shows at the next look.
    if (!answer.ok()) return answer.status();
    return Note(answer->body);
  }

  static Request Hurried(Request request, absl::Duration timeout) {
    request.timeout = timeout;
    return request;
  }

  bool Mine() const { return observed_.record && observed_.record->holder == options_.identity; }

  void Lead(bool lead) {
    if (leading_ == lead) return;
    leading_ = lead;
    const auto& callback = lead ? callbacks_.started_leading : callbacks_.stopped_leading;
    if (callback) callback();
  }

  void TellLeader() {
    const std::string holder = observed_.record ? observed_.record->holder : "";
    if (holder.empty() || holder == leader_) return;
    leader_ = holder;
    if (callbacks_.new_leader) callbacks_.new_leader(holder);
  }

  // Best effort: who does not get it waits for the Lease to run out.
  void Release() {
    if (!Mine()) return;
    LeaseRecord record = *observed_.record;
    record.holder.clear();
    record.duration = absl::Seconds(1);
    record.renewed = clock_.Now();
    static_cast<void>(Write(false, record, kReleaseTimeout, {}));
  }

  Client& client_;
  const LeaderOptions options_;
  const LeaderCallbacks callbacks_;
  Clock& clock_;
  std::atomic<bool> leading_{false};
  // The thread's own from here on.
  ObservedLease observed_;
  json lease_;
  absl::Duration renewed_;
  std::string leader_;
  std::jthread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LeaderElector>> LeaderElector::Create(Client& client,
                                                                     LeaderOptions options,
                                                                     LeaderCallbacks callbacks,
                                                                     Clock& clock) {
  const LeaseTerms& terms = options.terms;
  if (options.identity.empty()) return InvalidField("identity", "missing");
  if (options.lease.ns.empty() || options.lease.name.empty()) {
    return InvalidField("lease", "a namespace and a name are needed");
  }
  if (terms.duration <= terms.renew_deadline) {
    return InvalidField("terms.duration", "must be longer than the renew deadline");
  }
  if (terms.renew_deadline <= terms.retry || terms.retry <= absl::ZeroDuration()) {
    return InvalidField("terms.renew_deadline", "must be longer than the retry time");
  }
  return std::make_unique<Elector>(client, std::move(options), std::move(callbacks), clock);
}

}  // namespace eventreactor::kube
