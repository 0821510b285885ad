// Sees Actions and other objects as they come: by a watch of a Kubernetes API
// server, or by the feed of a NATS server.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "bench/sightings.h"

namespace eventreactor::bench {

struct WatchOptions {
  // http(s)://… with ?watch=1, or nats://HOST:PORT/SUBJECT.
  std::string url;
  // Of an API server: from which resourceVersion on.
  std::string version;
  std::vector<std::string> headers;
  std::string ca_file;
  // JSON pointer to the name by which the answer to a post called it.
  std::string key = "/spec/event/name";
  // JSON pointer to what an object has once it counts as seen; empty: when it
  // is added.
  std::string has;
};

class Watcher {
 public:
  // Returns when it watches.
  Watcher(WatchOptions options, Sightings& sightings);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  void WatchHttp();
  void WatchNats();
  // An object as JSON, or a watch event that has one.
  void See(const std::string& json);

  const WatchOptions options_;
  Sightings& sightings_;
  // The last that was seen.
  std::string version_;
  std::atomic<bool> begun_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace eventreactor::bench
