// Posts the same thing again and again, each time with another number, over
// some connections that are kept.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bench/sightings.h"

namespace eventreactor::bench {

struct PostOptions {
  std::string url;
  // {i} in headers and body becomes the number.
  std::vector<std::string> headers;
  std::string body;
  // Authorities that https trusts; empty: the system's.
  std::string ca_file;
  int connections = 1;
  int count = 1000;
  // Each is posted so often, one after the other.
  int times = 1;
  // A second, in all; 0: as fast as it goes. With a rate a latency begins when
  // the post was due, so that one that waits for a slow one before it counts.
  double rate = 0;
};

// {"posted", "accepted", "refused", "seconds", "perSecond", "latency"}.
// What the answers call it (`name` or metadata.name) goes to `sightings`.
nlohmann::json Post(const PostOptions& options, absl::Time begin, Sightings& sightings);

}  // namespace eventreactor::bench
