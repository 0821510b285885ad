#include "libs/adapter/dispatch_mark.h"

#include <glog/logging.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/domain/matching.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

// Of a reason in words, as a kube Event takes it.
constexpr size_t kMaxRefusal = 1000;

}  // namespace

absl::Status StoreDispatchMark(Store<v1::Action>& actions, Recorder& recorder, v1::Action action,
                               const DispatchMark& mark) {
  const int64_t now = absl::ToUnixMicros(absl::Now());
  auto& time = *action.mutable_status()->mutable_dispatch_time();
  time.set_seconds(now / 1'000'000);
  time.set_nanos(static_cast<int32_t>(now % 1'000'000) * 1000);
  if (absl::Status status = actions.UpdateStatus(action).status(); !status.ok()) return status;
  const auto tell = [&](Recorder::Severity severity, const std::string& reason,
                        const std::string& message) {
    recorder.Record("Action", action.metadata(), severity, reason, message);
  };
  if (!mark.refusal.empty()) {
    const std::string why = ValidUtf8(mark.refusal, kMaxRefusal);
    LOG(WARNING) << "Action " << action.metadata().namespace_() << "/" << action.metadata().name()
                 << " triggers nothing: " << why;
    tell(Recorder::Severity::kWarning, "NotDispatched", absl::StrCat("it triggers nothing: ", why));
    return absl::OkStatus();
  }
  tell(Recorder::Severity::kNormal, "Dispatched",
       "the Pipelines that it triggers have their Actions");
  if (mark.limit_exceeded) {
    tell(Recorder::Severity::kWarning, "UpstreamLimitExceeded",
         absl::StrCat("the chain has passed ", kMaxVia,
                      " Pipelines and stops here; look for Pipelines that trigger each other"));
  }
  return absl::OkStatus();
}

}  // namespace eventreactor
