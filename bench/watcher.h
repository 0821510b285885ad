// Sees Actions as they come: by a watch of a Kubernetes API server, or by the
// feed of a NATS server.
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
  std::vector<std::string> headers;
  std::string ca_file;
  // By its own name instead of by that of its Event.
  bool by_own_name = false;
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
  std::atomic<bool> begun_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace eventreactor::bench
