// Keeps a mirror of one kind up to date: lists, watches, resumes, lists anew
// where it must. One thread, which also decodes.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/backoff.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/resource.h"
#include "services/kube-adapter/kube/watch_decoder.h"

namespace eventreactor::kube {

// The mirror. Called by one thread at a time; must not wait for long.
class Mirror {
 public:
  virtual ~Mirror() = default;
  // A list begins; called again where it had to be begun anew. What is
  // mirrored stays until EndList.
  virtual void BeginList() = 0;
  virtual void Listed(nlohmann::json&& object) = 0;
  // What was not listed is gone, as of `resource_version`.
  virtual void EndList(const std::string& resource_version) = 0;
  virtual void Changed(WatchEvent&& event) = 0;
  // Of the watch or list; the reflector tries again by itself.
  virtual void Failed(const absl::Status& status) = 0;
};

struct ReflectorOptions {
  Resource resource;
  // Empty: all namespaces.
  std::string ns{};
  std::string label_selector{};
  std::string field_selector{};
  // As PartialObjectMetadata: a few hundred bytes an object.
  bool metadata_only = false;
  int64_t page = 500;
  // metadata.managedFields is dropped from each object unless this says so.
  bool keep_managed_fields = false;
  // Called for each object right after it is parsed, before it is mirrored.
  std::function<void(nlohmann::json& object)> transform{};
  // The server ends each watch after a random time between this and twice it,
  // so that load spreads over its replicas.
  absl::Duration watch_time = absl::Minutes(5);
  // No byte for so long, not even a bookmark (about one a minute): the watch
  // is dead, and is begun anew.
  absl::Duration idle_timeout = absl::Minutes(3);
  // Bytes of a watch that wait to be decoded; beyond it is begun anew.
  size_t buffer = size_t{64} << 20;
  BackoffPolicy backoff{.first = absl::Milliseconds(500), .longest = absl::Seconds(30)};
};

struct ReflectorMetrics {
  uint64_t lists = 0;
  uint64_t watches = 0;
  uint64_t events = 0;
  uint64_t failures = 0;
};

// Thread-safe.
class Reflector {
 public:
  // None is owned.
  Reflector(Client& client, ReflectorOptions options, Mirror& mirror, Clock& clock = SystemClock());
  // Stops.
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  // Once.
  void Start();
  // The mirror is not called after it. Repeatable.
  void Stop();

  ReflectorMetrics metrics() const;

 private:
  void Run(const std::stop_token& stop);
  absl::Status List(const std::stop_token& stop);
  // Until the watch ends; OK means resume.
  absl::Status Watch(const std::stop_token& stop);
  void Prepare(nlohmann::json& object) const;
  void Count(uint64_t ReflectorMetrics::*what);

  Client& client_;
  const ReflectorOptions options_;
  Mirror& mirror_;
  Clock& clock_;
  // Where the watch goes on; empty: list first. The thread's own.
  std::string version_;
  mutable std::mutex mutex_;
  ReflectorMetrics metrics_;
  std::jthread thread_;
};

}  // namespace eventreactor::kube
