// A podman of a test's own: its storage in a temporary directory, its service
// on a socket there, and one small image that holds a shell.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::local {

class PodmanFixture {
 public:
  // The error says what is missing; tests fail on it, they do not skip.
  static absl::StatusOr<std::unique_ptr<PodmanFixture>> Start();
  // Removes all of it, running containers too.
  ~PodmanFixture();
  PodmanFixture(const PodmanFixture&) = delete;
  PodmanFixture& operator=(const PodmanFixture&) = delete;

  // unix:///...
  std::string address() const { return "unix://" + socket(); }
  // Busybox with its applets.
  std::string image() const { return "localhost/eventreactor/test:1"; }

  // The engine goes away and comes back; containers run on.
  absl::Status StopService();
  absl::Status StartService();

  // Runs podman with this storage; what it wrote to stdout.
  absl::StatusOr<std::string> Podman(const std::vector<std::string>& arguments) const;

 private:
  PodmanFixture() = default;
  std::string socket() const { return dir_ + "/p.sock"; }
  std::vector<std::string> Command(const std::vector<std::string>& arguments) const;
  absl::Status MakeImage() const;

  std::string dir_;
  pid_t service_ = -1;
};

}  // namespace eventreactor::local
