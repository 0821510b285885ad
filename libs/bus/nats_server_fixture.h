// A real nats-server for tests: on a port of the kernel's choice, with a
// store of its own, that can be killed and started again.
//
// For one thread, which must outlive it: the server dies with that thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/bus/jetstream.h"
#include "libs/bus/server_config.h"

namespace eventreactor::bus {

class NatsServerFixture {
 public:
  // Starts it and waits until it listens. NOT_FOUND if there is no
  // nats-server in the PATH or /usr/sbin.
  static absl::StatusOr<std::unique_ptr<NatsServerFixture>> Start();
  static absl::StatusOr<std::unique_ptr<NatsServerFixture>> Start(NatsServerOptions options);
  // Kills it and removes its files.
  ~NatsServerFixture();
  NatsServerFixture(const NatsServerFixture&) = delete;
  NatsServerFixture& operator=(const NatsServerFixture&) = delete;

  // SIGKILL, and waits for its end. Repeatable.
  void Kill();
  // Starts it again on the same port and store.
  absl::Status Restart();
  // SIGSTOP and SIGCONT: there, but silent.
  void Pause();
  void Resume();

  // nats://127.0.0.1:PORT
  const std::string& url() const { return url_; }
  // As a service connects.
  ConnectOptions Services() const;

 private:
  NatsServerFixture() = default;
  absl::Status Launch();

  NatsServerOptions options_;
  std::string binary_;
  std::string dir_;
  std::string url_;
  pid_t pid_ = 0;
};

}  // namespace eventreactor::bus
