#include "libs/service/process_metrics.h"

#include <prometheus/metric_family.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace eventreactor::service {
namespace {

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.push_back(std::move(metric));
  return family;
}

// The fields of /proc/self/stat from the third on; the second is a name that
// may hold anything, so the last parenthesis is where to begin.
std::vector<double> ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t end = text.rfind(')');
  if (end == std::string::npos || text.size() < end + 4) return {};
  std::istringstream rest(text.substr(end + 4));  // After ") S".
  std::vector<double> fields = {0, 0, 0};         // pid, comm and state, not wanted.
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("btime ", 0) == 0) return std::stod(line.substr(6));
  }
  return 0;
}

double CountOpenFiles() {
  double count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; it != end;
       it.increment(error)) {
    if (error) break;
    ++count;
  }
  return count;
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using prometheus::MetricType;
  // Indices by proc(5), from 0.
  constexpr size_t kUserTime = 13;
  constexpr size_t kSystemTime = 14;
  constexpr size_t kThreads = 19;
  constexpr size_t kStartTime = 21;
  constexpr size_t kResidentPages = 23;
  const std::vector<double> stat = ReadStat();
  if (stat.size() <= kResidentPages) return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {
      Family("process_cpu_seconds_total", "User and system time spent", MetricType::Counter,
             (stat[kUserTime] + stat[kSystemTime]) / ticks),
      Family("process_resident_memory_bytes", "Resident memory", MetricType::Gauge,
             stat[kResidentPages] * page),
      Family("process_open_fds", "Open file descriptors", MetricType::Gauge, CountOpenFiles()),
      Family("process_threads", "Threads", MetricType::Gauge, stat[kThreads]),
      Family("process_start_time_seconds", "Start, in seconds since 1970", MetricType::Gauge,
             BootTime() + stat[kStartTime] / ticks),
  };
}

}  // namespace eventreactor::service
