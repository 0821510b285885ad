#include "libs/service/process_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>

namespace eventreactor::service {
namespace {

TEST(ProcessMetricsTest, NumbersAreThoseOfThisProcess) {
  std::map<std::string, double> values;
  for (const auto& family : ProcessMetrics().Collect()) {
    const auto& metric = family.metric.front();
    values[family.name] =
        family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  EXPECT_GT(values["process_resident_memory_bytes"], 1e5);
  EXPECT_LT(values["process_resident_memory_bytes"], 1e10);
  EXPECT_GE(values["process_threads"], 1);
  EXPECT_GE(values["process_open_fds"], 3);
  EXPECT_GE(values["process_cpu_seconds_total"], 0);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(values["process_start_time_seconds"], now, 3600);
}

}  // namespace
}  // namespace eventreactor::service
