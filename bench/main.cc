// Posts, sees what comes of it, and prints as JSON how that went:
// bench/bench.py says what to measure.
#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "absl/time/clock.h"
#include "bench/poster.h"
#include "bench/watcher.h"

int main(int argc, char** argv) {
  using namespace eventreactor::bench;
  CLI::App app("Posts events or objects, and measures when they are accepted and seen");
  PostOptions post;
  WatchOptions watch;
  double patience = 120;
  app.add_option("--url", post.url, "Where to post")->required();
  app.add_option("--header", post.headers, "NAME: VALUE; {i} becomes the number")
      ->expected(1)
      ->take_all();
  app.add_option("--body", post.body, "What to post; {i} becomes the number");
  app.add_option("--ca-file", post.ca_file, "Authorities that https trusts");
  app.add_option("--connections", post.connections)
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  app.add_option("--count", post.count)->capture_default_str()->check(CLI::Range(1, 10'000'000));
  app.add_option("--times", post.times, "How often each is posted")->capture_default_str();
  app.add_option("--rate", post.rate, "A second; 0: as fast as it goes")->capture_default_str();
  app.add_option("--watch", watch.url, "http(s)://... or nats://HOST:PORT/SUBJECT");
  app.add_option("--watch-version", watch.version, "The resourceVersion to watch from");
  app.add_option("--key", watch.key, "Where an object has the name that the answer to its post had")
      ->capture_default_str();
  app.add_option("--has", watch.has, "It is seen once it has this; without it, when it is added");
  app.add_option("--patience", patience, "Seconds to wait for the last one")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);

  Sightings sightings;
  std::optional<Watcher> watcher;
  if (!watch.url.empty()) {
    watch.ca_file = post.ca_file;
    for (const auto& header : post.headers) {
      if (header.starts_with("Authorization:")) watch.headers.push_back(header);
    }
    watcher.emplace(watch, sightings);
  }
  const absl::Time begin = absl::Now();
  nlohmann::json result = Post(post, begin, sightings);
  if (watcher) {
    const auto accepted = result["accepted"].get<size_t>() / static_cast<size_t>(post.times);
    sightings.AwaitSeen(accepted, absl::Now() + absl::Seconds(patience));
    result["sight"] = sightings.Result(begin);
  }
  std::printf("%s\n", result.dump().c_str());
  return 0;
}
