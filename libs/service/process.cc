// How a process starts, waits for its end, and reads its secrets.
#include "libs/service/process.h"

#include <glog/logging.h>
#include <malloc.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "absl/time/time.h"
#include "libs/clock/set_back.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

constexpr int kClockSetBack = 75;  // EX_TEMPFAIL
// Beyond this it is no token file but a mistake.
constexpr size_t kMaxSecretBytes = 4096;

}  // namespace

void StartProcess(const char* argv0, int verbosity) {
  // By default it is eight for each core, and each keeps for itself what the
  // threads of a burst gave back.
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
  FLAGS_logtostderr = true;
  FLAGS_v = verbosity;
  if (!google::IsGoogleLoggingInitialized()) {
    google::InitGoogleLogging(argv0);
    google::InstallFailureSignalHandler();
  }
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that hangs up is an error of the write, not the process's end.
  std::signal(SIGPIPE, SIG_IGN);
}

int WaitForSignal() {
  const sigset_t signals = EndSignals();
  // A step forth and back between two looks would not be seen.
  const timespec look_every{0, 200'000'000};
  // Not absl::Now, which counts cycles for some two seconds before it looks.
  const auto day = [] { return absl::FromChrono(std::chrono::system_clock::now()); };
  SetBackWatch watch;
  while (true) {
    const absl::Duration back = watch.Look(day(), SteadyNow());
    if (back == absl::ZeroDuration()) {
      const int signal = sigtimedwait(&signals, nullptr, &look_every);
      if (signal > 0) return signal;
      continue;
    }
    LOG(ERROR) << "the clock was set back by " << back
               << ": gRPC's timers would be late by as much; ending, to be started again";
    // No orderly end: it would wait for the same timers.
    std::_Exit(kClockSetBack);
  }
}

absl::StatusOr<Foundation> LayFoundation(const CommonOptions& options) {
  auto token = ReadSecretFile("token-file", options.token_file);
  if (!token.ok()) return token.status();
  auto metrics = MetricsServer::Start(options.metrics_listen);
  if (!metrics.ok()) return metrics.status();
  return Foundation{*std::move(token), *std::move(metrics)};
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& flag, const std::string& path) {
  if (path.empty()) return std::string();
  const auto refuse = [&](const std::string& why) {
    return InvalidField("--" + flag, "\"" + path + "\" " + why, "BAD_SECRET_FILE");
  };
  std::ifstream file(path);
  if (!file) return refuse(std::string("cannot be read: ") + std::strerror(errno));
  std::string line(kMaxSecretBytes, '\0');
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  if (file.bad()) return refuse("cannot be read; is it a file?");
  line.resize(static_cast<size_t>(file.gcount()));
  const size_t end = line.find_first_of("\r\n");
  if (end == std::string::npos && line.size() == kMaxSecretBytes) {
    return refuse("has a first line of more than 4 KiB; a token is expected there");
  }
  line.resize(end == std::string::npos ? line.size() : end);
  if (line.empty()) return refuse("is empty; its first line must hold the secret");
  for (const char c : line) {
    if (c < 0x20 || c > 0x7e) return refuse("holds more than printable ASCII in its first line");
  }
  return line;
}

}  // namespace eventreactor::service
