// Kubernetes Events (core/v1) about objects: what `kubectl describe` shows.
// Told in the background; never waits for the server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

// The object that an Event is about.
struct ObjectReference {
  std::string api_version{};
  std::string kind{};
  // Empty: the Event goes into "default".
  std::string ns{};
  std::string name{};
  std::string uid{};
  std::string resource_version{};
  // Such as spec.containers{step}.
  std::string field_path{};
};

enum class EventType { kNormal, kWarning };

struct RecorderOptions {
  // Such as eventreactor-kube-adapter.
  std::string component{};
  // Of this process: the Pod's name.
  std::string instance{};
  // Events that wait; more are dropped and counted, but of a warning's the oldest
  // that is none goes in its place.
  size_t max_queued = 1024;
  // Requests under way at once.
  size_t max_in_flight = 4;
  // While it says so there is something better to do: one at a time, no sooner
  // than `pause` after the one before. Resume says that it has passed.
  std::function<bool()> busy = [] { return false; };
  absl::Duration pause = absl::Milliseconds(100);
  // The same Event again within this time raises its count instead.
  absl::Duration aggregate_for = absl::Minutes(10);
  // Of one object, type and reason, with less than aggregate_for between any
  // two: further messages share one Event, which has the last of them.
  size_t max_similar = 10;
  // Events that are remembered for that; the longest unused goes first.
  size_t max_remembered = 4096;
};

struct RecorderMetrics {
  uint64_t recorded = 0;
  // There was no room.
  uint64_t dropped = 0;
  // The server did not take it.
  uint64_t failed = 0;
};

// Thread-safe.
class EventRecorder {
 public:
  // Nothing is owned.
  EventRecorder(Client& client, RecorderOptions options, Clock& clock = SystemClock());
  // What still waits is dropped.
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  // `reason` is CamelCase, up to 128 characters; `message` is cut at 1024 bytes.
  void Record(const ObjectReference& object, EventType type, const std::string& reason,
              const std::string& message);

  // Goes on with what waits.
  void Resume();

  // False if some are still on their way after `wait`.
  bool Flush(absl::Duration wait);

  RecorderMetrics metrics() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace eventreactor::kube
