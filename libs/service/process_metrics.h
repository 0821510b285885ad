// What Prometheus expects of every process, read from /proc at each scrape:
// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds,
// process_threads, process_start_time_seconds.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

namespace eventreactor::service {

class ProcessMetrics : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace eventreactor::service
