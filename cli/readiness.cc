#include "cli/readiness.h"

#include <grpcpp/grpcpp.h>

#include <set>

#include "absl/time/clock.h"
#include "cli/stack/log_file.h"
#include "cli/stack/probe.h"
#include "cli/stack/services.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/clock/steady_now.h"
#include "libs/service/channel.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr int kTailLines = 10;
constexpr int kTooManyEnds = 5;

Health AskGrpc(const stack::Readiness& readiness) {
  // Made anew for each question: an old channel would wait before it connects
  // again.
  const service::Peer peer{readiness.address, ""};
  const auto stub = grpc::health::v1::Health::NewStub(service::MakeChannel(peer));
  grpc::ClientContext context;
  service::PrepareCall(context, peer, kPatience);
  grpc::health::v1::HealthCheckResponse response;
  const auto status = stub->Check(&context, {}, &response);
  if (!status.ok()) return {readiness.name, false, status.error_message()};
  const bool ready = response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  return {readiness.name, ready, ready ? "" : "it says that it is not ready"};
}

Health Ask(const stack::Readiness& readiness) {
  if (readiness.path.empty()) return AskGrpc(readiness);
  const auto status = stack::HttpAnswers(readiness.address, readiness.path, kPatience);
  return {readiness.name, status.ok(), Message(status)};
}

// What a person needs to see of a process that does not come up.
std::string Complaint(const stack::Layout& layout, const Health& health) {
  return health.name + " is not ready (" + health.reason + "); the end of " +
         layout.log(health.name) + ":\n" + stack::Tail(layout.log(health.name), kTailLines);
}

}  // namespace

std::vector<Health> AskHealth(const stack::Record& record) {
  std::vector<Health> all;
  for (const auto& readiness :
       stack::ReadinessOf(record.base_port, record.bind_grpc, record.own_engine, record.engine)) {
    all.push_back(Ask(readiness));
  }
  return all;
}

absl::Status AwaitReady(const stack::Layout& layout, absl::Duration timeout,
                        const std::function<bool()>& go_on,
                        const std::function<void(const std::string&)>& say) {
  const absl::Time deadline = SteadyNow() + timeout;
  std::set<std::string> said;
  std::string complaint = "no process was started";
  while (go_on()) {
    const auto record = stack::ReadRecord(layout.record());
    if (record.ok() && !record->processes.empty()) {
      complaint.clear();
      for (const auto& health : AskHealth(*record)) {
        if (health.ready && said.insert(health.name).second) say(health.name + " is ready");
        if (!health.ready && complaint.empty()) complaint = Complaint(layout, health);
      }
      if (complaint.empty()) return absl::OkStatus();
      for (const auto& process : record->processes) {
        if (process.restarts < kTooManyEnds || said.contains(process.name)) continue;
        return MakeStatus(absl::StatusCode::kFailedPrecondition, "NOT_READY",
                          Complaint(layout, {process.name, false, process.last_end}));
      }
    }
    if (SteadyNow() > deadline) {
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NOT_READY", complaint);
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  return absl::CancelledError("stopped before the stack was ready");
}

}  // namespace eventreactor::cli
