#include "services/kube-adapter/executor/pod_logs.h"

#include <glog/logging.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/executor/line_log.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/request.h"
#include "services/kube-adapter/kube/stream_reader.h"

namespace eventreactor::kube {
namespace {

// How often a follower looks whether it is still wanted.
constexpr absl::Duration kTick = absl::Milliseconds(500);

class Follower {
 public:
  Follower(Client& client, LogStore& logs, ChildRun& run, const PodLogOptions& options,
           Clock& clock)
      : client_(client), logs_(logs), run_(run), options_(options), clock_(clock) {}

  PodLogResult Follow() {
    size_t next = 0;
    int seen = 0;
    while (!run_.abandoned()) {
      const Observation now = run_.Look(clock_.Now());
      if (next < now.steps.size() && !now.steps[next].has_waiting()) {
        if (!Store(now.steps[next].name(), next)) return {};
        ++next;
        continue;
      }
      // What has not started by now will not.
      if (now.result) return {.stored = true, .lost = lost_};
      seen = run_.Await(seen, kTick);
    }
    return {};
  }

 private:
  // False if the run was abandoned.
  bool Store(const std::string& step, size_t index) {
    LineLog log(logs_, run_.key(), step, options_.tail_bytes,
                [this](const absl::Status&) { return Nap(); });
    if (!log.Open()) return false;
    absl::Duration failing_since = absl::InfiniteDuration();
    while (true) {
      log.Begin();
      const absl::Status status = Read(step, index, log);
      if (run_.abandoned()) return false;
      if (status.ok()) break;
      if (absl::IsNotFound(status) || run_.gone()) {
        Lost(step, Message(status));
        break;
      }
      const absl::Duration now = clock_.Steady();
      if (!HasEnded(index)) failing_since = absl::InfiniteDuration();
      if (HasEnded(index)) failing_since = std::min(failing_since, now);
      if (now - failing_since >= options_.patience) {
        Lost(step, Message(status));
        break;
      }
      if (!Nap()) return false;
    }
    if (!log.Close()) return false;
    if (log.missing()) Lost(step, "its node rotated it before it was read");
    run_.KeepTail(step, log.tail());
    return true;
  }

  // From the first byte to the last. OK: that was the whole of it.
  absl::Status Read(const std::string& step, size_t index, LineLog& log) {
    if (absl::Status status = CheckPod(); !status.ok()) return status;
    LogOptions options;
    options.container = step;
    options.follow = true;
    options.timestamps = true;
    StreamReader reader(client_, LogRequest(run_.pod(), options));
    while (!run_.abandoned()) {
      // Looked at first: a log that ends after its container did is whole.
      const bool ended = HasEnded(index);
      const auto piece = reader.Read(kTick);
      if (!piece.ok()) return piece.status();
      if (!log.Write(piece->bytes) || (piece->ended && !log.End())) break;
      // A node that nobody hears of leaves the stream open.
      if (!piece->ended && piece->bytes.empty() && run_.gone()) {
        return absl::NotFoundError("the Pod is gone");
      }
      if (!piece->ended) continue;
      if (ended || AwaitEnd(index)) return absl::OkStatus();
      return MakeStatus(absl::StatusCode::kUnavailable, "LOG_CUT",
                        absl::StrCat("the log of ", step, " ended before its container did"));
    }
    return absl::OkStatus();
  }

  // Where others say which Pod has the log, it has to be a child of ours: they
  // might name any in the namespace.
  absl::Status CheckPod() {
    if (checked_ || !run_.kind().pod_of_others) return absl::OkStatus();
    const ObjectName pod = run_.pod();
    const std::string& kind = run_.kind().resource.kind;
    if (pod.name.empty()) {
      return absl::UnavailableError(absl::StrCat("the ", kind, " does not say which Pod has it"));
    }
    Api api(client_);
    const absl::StatusOr<nlohmann::json> found = api.Get(Pods(), pod, {.metadata_only = true});
    if (!found.ok()) return found.status();
    const std::string uid = StringAt(ObjectAt(*run_.latest(), "metadata"), "uid");
    for (const auto& owner : ArrayAt(ObjectAt(*found, "metadata"), "ownerReferences")) {
      checked_ = checked_ || (!uid.empty() && StringAt(owner, "uid") == uid);
    }
    if (checked_) return absl::OkStatus();
    return absl::PermissionDeniedError(
        absl::StrCat("the Pod ", pod.name, " does not belong to the ", kind));
  }

  bool HasEnded(size_t index) const {
    const Observation now = run_.Look(clock_.Now());
    return now.result || (index < now.steps.size() && now.steps[index].has_terminated());
  }

  // The kubelet ends a log before it tells of the container's end.
  bool AwaitEnd(size_t index) const {
    const absl::Duration until = clock_.Steady() + 10 * kTick;
    int seen = 0;
    while (!HasEnded(index)) {
      if (run_.abandoned() || clock_.Steady() >= until) return false;
      seen = run_.Await(seen, kTick);
    }
    return true;
  }

  void Lost(const std::string& step, const std::string& why) {
    LOG(WARNING) << "log of " << run_.key().ns << "/" << run_.key().name << " " << step << ": "
                 << why;
    if (lost_.empty()) lost_ = absl::StrCat("the log of ", step, " is not complete: ", why);
  }

  // False if the run was abandoned.
  bool Nap() const {
    const absl::Duration until = clock_.Steady() + options_.retry;
    while (!run_.abandoned() && clock_.Steady() < until) {
      clock_.Sleep(std::min(kTick, until - clock_.Steady()), {});
    }
    return !run_.abandoned();
  }

  Client& client_;
  LogStore& logs_;
  ChildRun& run_;
  const PodLogOptions& options_;
  Clock& clock_;
  bool checked_ = false;
  std::string lost_;
};

}  // namespace

PodLogResult StorePodLogs(Client& client, LogStore& logs, ChildRun& run,
                          const PodLogOptions& options, Clock& clock) {
  return Follower(client, logs, run, options, clock).Follow();
}

}  // namespace eventreactor::kube
