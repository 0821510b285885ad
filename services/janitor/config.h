// The janitor's options.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/retention.h"
#include "libs/service/process.h"

namespace eventreactor::janitor {

// As given; durations are Go's.
struct Config {
  service::CommonOptions common;
  // The adapter's gRPC address.
  std::string adapter;
  // Seven days, as long as logs stay on the bus.
  std::string event_period = "168h";
  std::string action_period = "168h";
  int64_t event_count = 10'000;
  int64_t action_count = 10'000;
  // As long as the bus remembers what was published.
  std::string minimum_age = "10m";
  std::string sweep_interval = "10m";
  // 0: as fast as the adapter answers.
  int deletions_per_second = 50;
  int call_timeout_ms = 10'000;
  // Sweep once and end.
  bool once = false;
  bool dry_run = false;
};

void DeclareConfig(CLI::App& app, Config& config);

// What the options mean.
struct Policy {
  RetentionRule events;
  RetentionRule actions;
  absl::Duration minimum_age;
  absl::Duration sweep_interval;
};

// INVALID_ARGUMENT naming the flag.
absl::StatusOr<Policy> PolicyOf(const Config& config);

}  // namespace eventreactor::janitor
