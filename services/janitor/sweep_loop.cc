#include "services/janitor/sweep_loop.h"

#include <glog/logging.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/status/status.h"
#include "services/janitor/report.h"

namespace eventreactor::janitor {
namespace {

// After an error, and where there is more to do.
constexpr absl::Duration kSoon = absl::Minutes(1);

}  // namespace

absl::Duration UntilNextSweep(const absl::Status& status, bool partial, absl::Duration interval) {
  return status.ok() && !partial ? interval : std::min(interval, kSoon);
}

SweepLoop::SweepLoop(Adapter& adapter, Sweeper& sweeper, Options options)
    : adapter_(adapter),
      sweeper_(sweeper),
      options_(std::move(options)),
      looks_([this] { Look(); }),
      sweeps_([this] { Run(); }) {}

SweepLoop::~SweepLoop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  looks_.join();
  sweeps_.join();
}

bool SweepLoop::Stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool SweepLoop::Sleep(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(duration), [this] { return stopping_; });
  return !stopping_;
}

void SweepLoop::Look() {
  bool answers = false;
  do {
    const absl::Status status = adapter_.Ping();
    if (answers && !status.ok()) LOG(WARNING) << "the adapter is away: " << Message(status);
    answers = status.ok();
    options_.serving(answers);
    if (answers) {
      const std::lock_guard lock(mutex_);
      answered_ = true;
      changed_.notify_all();
    }
  } while (Sleep(answers ? options_.look_again : options_.look_first));
}

void SweepLoop::Run() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || answered_; });
  }
  Sweeper::Call call;
  call.stop = [this] { return Stopping(); };
  while (!Stopping()) {
    v1::SweepSummary summary;
    const absl::Status status = sweeper_.Sweep(call, summary);
    const bool did = summary.actions().removed() + summary.events().removed() > 0;
    if (did || summary.partial()) LOG(INFO) << InWords(summary);
    if (!status.ok() && Reason(status) != "SWEEP_RUNNING" && !Stopping()) {
      LOG(WARNING) << "the sweep was broken off: " << Message(status);
    }
    if (!Sleep(UntilNextSweep(status, summary.partial(), options_.interval))) return;
  }
}

}  // namespace eventreactor::janitor
