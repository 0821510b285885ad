// A recorder that a test can read.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/adapter/recorder.h"

namespace eventreactor::kube {

// Thread-safe.
class TestRecorder : public Recorder {
 public:
  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity severity,
              const std::string& reason, const std::string& message) override {
    const std::lock_guard lock(mutex_);
    told_.push_back(absl::StrCat(kind, " ", metadata.name(),
                                 severity == Severity::kWarning ? " Warning " : " Normal ", reason,
                                 ": ", message));
  }
  std::vector<std::string> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  // Waits until so many were told.
  std::vector<std::string> Await(size_t count) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    while (told().size() < count && absl::Now() < deadline) std::this_thread::yield();
    return told();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> told_;
};

}  // namespace eventreactor::kube
