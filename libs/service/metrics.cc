// The process's metrics and the HTTP server that shows them.
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <exception>

#include "libs/service/process.h"
#include "libs/service/process_metrics.h"
#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

// Never destroyed: threads may count until the very end.
const std::shared_ptr<prometheus::Registry>& SharedRegistry() {
  static const auto& registry = *new auto([] {
    auto made = std::make_shared<prometheus::Registry>();
    prometheus::BuildGauge()
        .Name("eventreactor_build_info")
        .Help("1, with the version as a label")
        .Register(*made)
        .Add({{"version", Version()}})
        .Set(1);
    return made;
  }());
  return registry;
}

class ExposerServer : public MetricsServer {
 public:
  explicit ExposerServer(const std::string& address)
      : process_(std::make_shared<ProcessMetrics>()), exposer_(address, /*num_threads=*/1) {
    exposer_.RegisterCollectable(SharedRegistry());
    exposer_.RegisterCollectable(process_);
  }

 private:
  // The exposer holds weak pointers only.
  std::shared_ptr<ProcessMetrics> process_;
  prometheus::Exposer exposer_;
};

// "host:0" would listen where nobody knows.
bool HasPort(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  const std::string port = address.substr(colon + 1);
  return !port.empty() && port.find_first_not_of("0123456789") == std::string::npos &&
         port.find_first_not_of('0') != std::string::npos;
}

}  // namespace

prometheus::Registry& Registry() { return *SharedRegistry(); }

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address) {
  if (address.empty()) return std::make_unique<MetricsServer>();
  if (!HasPort(address)) {
    return InvalidField("--metrics-listen",
                        "\"" + address + "\" is no IP:PORT with a port of 1 to 65535");
  }
  try {
    return std::make_unique<ExposerServer>(address);
  } catch (const std::exception&) {
    // The library knows no more than that it failed.
    return MakeStatus(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                      "cannot serve metrics on " + address +
                          "; if another process listens there, or it is no address of this "
                          "machine, give another with --metrics-listen",
                      "--metrics-listen");
  }
}

}  // namespace eventreactor::service
