#include "services/kube-adapter/store/refused_actions.h"

#include <glog/logging.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/time/clock.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/store/kinds.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// More are told again by the next list.
constexpr size_t kMaxQueued = 1000;
constexpr absl::Duration kAgain = absl::Seconds(2);

// With a dispatch time: what is not understood triggers nothing either.
json FailedStatus(const RefusedObject& object, absl::Time at) {
  const std::string now = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", at, absl::UTCTimeZone());
  return {{"completion", "failure"},
          {"completionTime", now},
          {"dispatchTime", now},
          {"observedGeneration", object.generation},
          {"conditions",
           {{{"type", kSucceeded},
             {"status", "False"},
             {"reason", kReasonValidationFailed},
             {"message", Message(object.why)},
             {"lastTransitionTime", now},
             {"observedGeneration", object.generation}}}}};
}

}  // namespace

void RefusedActions::Start() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void RefusedActions::Stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    queue_.clear();
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void RefusedActions::Tell(const RefusedObject& object) {
  if (object.resource != ActionKind().resource) return;
  const std::lock_guard lock(mutex_);
  if (!running_ || queue_.size() >= kMaxQueued) return;
  const bool known = std::any_of(queue_.begin(), queue_.end(), [&](const RefusedObject& each) {
    return each.uid == object.uid && each.resource_version == object.resource_version;
  });
  if (known) return;
  queue_.push_back(object);
  told_.notify_one();
}

void RefusedActions::Run(const std::stop_token& stop) {
  while (true) {
    RefusedObject object;
    {
      std::unique_lock lock(mutex_);
      if (!told_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      object = queue_.front();
      queue_.pop_front();
    }
    const absl::Status status = Fail(object);
    if (status.ok() || !IsTransient(status) || Reason(status) == "CONFLICT") {
      LOG_IF(WARNING, !status.ok())
          << "the Action " << ToString(object.name) << " cannot be failed: " << Message(status);
      continue;
    }
    Tell(object);
    if (!SystemClock().Sleep(kAgain, stop)) return;
  }
}

absl::Status RefusedActions::Fail(const RefusedObject& object) {
  Api api(client_);
  const absl::StatusOr<json> stored = api.Get(ActionKind().resource, object.name);
  if (absl::IsNotFound(stored.status())) return absl::OkStatus();
  if (!stored.ok()) return ToStoreError(stored.status(), ActionKind(), object.name);
  const json& metadata = ObjectAt(*stored, "metadata");
  // Changed since: then it is told again if that is still so.
  if (StringAt(metadata, "resourceVersion") != object.resource_version ||
      !StringAt(ObjectAt(*stored, "status"), "completion").empty()) {
    return absl::OkStatus();
  }
  const json patch = {{"metadata", {{"resourceVersion", object.resource_version}}},
                      {"status", FailedStatus(object, absl::Now())}};
  return ToStoreError(api.Patch(ActionKind().resource, object.name, PatchType::kMerge, patch,
                                {.write = {.subresource = "status"}})
                          .status(),
                      ActionKind(), object.name);
}

}  // namespace eventreactor::kube
