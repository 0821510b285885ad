// The local-adapter's options.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/adapter/adapter_options.h"

namespace eventreactor::local {

struct Config {
  AdapterOptions adapter;
  // The SQLite database; its directory must be there.
  std::string database;
  // Bound of the database; 0: the disk's.
  int64_t database_max_mib = 0;
  // Where the container engine listens: unix:///PATH.
  std::string engine;
  // Marks this stack's containers; several stacks share an engine.
  std::string stack_id;
  // Runs at once; 0: none begins. -1: as many as this machine has CPUs.
  int max_running = -1;
  // Whether steps may be privileged or ask for more capabilities.
  bool allow_privileged = false;
  // What of this machine steps may mount.
  std::vector<std::string> host_paths;
  // The tool program; empty: beside this one.
  std::string tool;
  // Images that fetch sources; empty: the defaults.
  std::string git_image;
  std::string gcs_image;
};

void DeclareConfig(CLI::App& app, Config& config);

// INVALID_ARGUMENT naming the flag.
absl::Status ValidateConfig(const Config& config);

// max_running, with the number of CPUs filled in.
int MaxRunning(const Config& config);

}  // namespace eventreactor::local
