// A sweep: reads what there is, has libs/domain/retention decide, and removes
// what goes, Actions before Events, one by one and not too fast. Killed at any
// point, the next one goes on: it begins with what is there then.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "eventreactor/v1/janitor_service.pb.h"
#include "libs/domain/retention.h"
#include "libs/domain/retention_needs.h"
#include "services/janitor/adapter.h"
#include "services/janitor/metrics.h"

namespace eventreactor::janitor {

class Sweeper {
 public:
  struct Options {
    RetentionRule events;
    RetentionRule actions;
    absl::Duration minimum_age;
    // Between the beginnings of two deletions.
    absl::Duration deletion_interval;
    // How many objects of each kind are remembered one by one.
    size_t capacity = 100'000;
    // How many names each set of what is needed remembers.
    size_t names = 1'000'000;
    std::function<absl::Time()> now = absl::Now;
    std::function<void(absl::Duration)> sleep = absl::SleepFor;
  };
  // What a caller wants.
  struct Call {
    bool dry_run = false;
    // Told of each removal when it is done; false: the caller has gone.
    std::function<bool(const v1::Removal&)> tell = [](const v1::Removal& /*removal*/) {
      return true;
    };
    // Asked before each call to the adapter.
    std::function<bool()> stop = [] { return false; };
  };
  // Both outlive it.
  Sweeper(Adapter& adapter, SweepMetrics& metrics, Options options)
      : adapter_(adapter), metrics_(metrics), options_(std::move(options)) {}

  // ABORTED (SWEEP_RUNNING) while another runs; CANCELLED (SWEEP_STOPPED) if
  // the call said so; else the error of the adapter that ended it early.
  // `summary` is filled as far as it came. Thread-safe.
  absl::Status Sweep(const Call& call, v1::SweepSummary& summary);

 private:
  struct Kind;
  absl::Status SweepOnce(const Call& call, v1::SweepSummary& summary);
  absl::Status Read(const Call& call, RetentionNeeds& needs, RetentionLedger& actions,
                    RetentionLedger& events, v1::SweepSummary& summary);
  absl::Status Remove(const Call& call, const Kind& kind, const RetentionLedger::Verdict& verdict,
                      absl::Time now, v1::SweptKind& swept);
  absl::Status Delete(const Kind& kind, const Retained& object);
  // Lets others at the adapter as long as a page took.
  void Rest(absl::Time begin);

  Adapter& adapter_;
  SweepMetrics& metrics_;
  const Options options_;
  std::mutex running_;
};

}  // namespace eventreactor::janitor
