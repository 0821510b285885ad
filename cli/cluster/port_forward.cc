#include "cli/cluster/port_forward.h"

#include <chrono>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/stack/process.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr std::chrono::milliseconds kUntilItServes{10};
constexpr std::chrono::milliseconds kWhileItServes{200};
constexpr std::chrono::milliseconds kBeforeTheNext{500};

}  // namespace

int ForwardedPort(const std::string& output) {
  const std::string before = "Forwarding from 127.0.0.1:";
  const size_t found = output.find(before);
  if (found == std::string::npos) return 0;
  const size_t begin = found + before.size();
  const size_t end = output.find(' ', begin);
  int port = 0;
  if (end == std::string::npos || !absl::SimpleAtoi(output.substr(begin, end - begin), &port)) {
    return 0;
  }
  return port;
}

PortForward::PortForward(Kubectl kubectl, std::string service, int service_port)
    : kubectl_(std::move(kubectl)),
      service_(std::move(service)),
      service_port_(service_port),
      port_(absl::UnknownError("not settled")),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

PortForward::~PortForward() = default;

absl::StatusOr<int> PortForward::Await(absl::Time deadline) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_until(lock, absl::ToChronoTime(deadline), [this] { return settled_; })) {
    return port_;
  }
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, "KUBECTL_FAILED",
                    absl::StrCat("kubectl did not forward a port to service/", service_,
                                 " in namespace ", kubectl_.target().ns, " in time"));
}

void PortForward::Run(const std::stop_token& stop) {
  while (RunOnce(stop)) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, stop, kBeforeTheNext, [&] { return stop.stop_requested(); })) {
      return;
    }
  }
}

bool PortForward::RunOnce(const std::stop_token& stop) {
  const ChildOutput output;
  std::unique_lock lock(mutex_);
  const std::string local = settled_ ? std::to_string(*port_) : "";
  stack::Command command;
  command.argv = kubectl_.Command({"port-forward", "--address=127.0.0.1", "service/" + service_,
                                   absl::StrCat(local, ":", service_port_)});
  command.log = output.path();
  const auto child = stack::Spawn(command);
  if (!child.ok()) {
    lock.unlock();
    Settle(child.status());
    return false;
  }
  int wait_status = 0;
  while (!HasEnded(*child, wait_status)) {
    if (!settled_) {
      if (const int port = ForwardedPort(output.Read()); port != 0) {
        lock.unlock();
        Settle(port);
        lock.lock();
      }
    }
    const auto pause = settled_ ? kWhileItServes : kUntilItServes;
    if (changed_.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) {
      EndChild(*child);
      return false;
    }
  }
  const bool served = settled_;
  lock.unlock();
  if (served) return true;
  Settle(KubectlError(command.argv, output.Read()));
  return false;
}

void PortForward::Settle(absl::StatusOr<int> port) {
  {
    const std::lock_guard lock(mutex_);
    if (settled_) return;
    settled_ = true;
    port_ = std::move(port);
  }
  changed_.notify_all();
}

}  // namespace eventreactor::cli
