// The process's metrics and the HTTP server that shows them.
#include <glog/logging.h>
#include <netdb.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

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

// Connects to host:port and hangs up.
void Knock(const std::string& address) {
  const size_t colon = address.rfind(':');
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                  &found) != 0) {
    return;
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) VLOG(2) << "no answer to a knock";
    close(fd);
  }
  freeaddrinfo(found);
}

class ExposerServer : public MetricsServer {
 public:
  explicit ExposerServer(const std::string& address)
      : address_(address),
        process_(std::make_shared<ProcessMetrics>()),
        exposer_(std::make_unique<prometheus::Exposer>(address, /*num_threads=*/1)) {
    exposer_->RegisterCollectable(SharedRegistry());
    exposer_->RegisterCollectable(process_);
  }

  ~ExposerServer() override {
    // Its listener looks up every two seconds, or when somebody knocks; the
    // process's end shall not wait for it.
    std::atomic<bool> stopped = false;
    std::thread knocker([&] {
      while (!stopped) {
        Knock(address_);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
    exposer_.reset();
    stopped = true;
    knocker.join();
  }

 private:
  std::string address_;
  // The exposer holds weak pointers only.
  std::shared_ptr<ProcessMetrics> process_;
  std::unique_ptr<prometheus::Exposer> exposer_;
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
