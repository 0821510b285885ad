// kubectl, run for what this program does not do itself: forwarding ports and
// reading a Secret.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/context/context.h"
#include "cli/stack/process.h"

namespace eventreactor::cli {

// Thread-safe.
class Kubectl {
 public:
  // The one on PATH. FAILED_PRECONDITION (NO_KUBECTL) if there is none.
  static absl::StatusOr<Kubectl> Find(KubernetesTarget target);
  Kubectl(std::string program, KubernetesTarget target);

  const KubernetesTarget& target() const { return target_; }

  // A whole command: the program, the target's flags, `arguments`.
  std::vector<std::string> Command(const std::vector<std::string>& arguments) const;

  // What it writes to stdout. Its error in words, as KubectlError has it;
  // DEADLINE_EXCEEDED (KUBECTL_FAILED) if it takes longer than `timeout`.
  absl::StatusOr<std::string> Run(const std::vector<std::string>& arguments,
                                  absl::Duration timeout) const;

  // That of the target: in its token file, or its Secret.
  absl::StatusOr<std::string> ReadToken(absl::Duration timeout) const;
  // One of the Secret's keys, a word such as tap-password: a value of one line.
  absl::StatusOr<std::string> ReadSecretKey(const std::string& key, absl::Duration timeout) const;

 private:
  std::string program_;
  KubernetesTarget target_;
};

// kubectl's failure as ours, by what it wrote to stderr: NO_CLUSTER (nobody
// answers), NOT_INSTALLED (no such Service, Secret or namespace), NOT_ALLOWED,
// NO_KUBE_CONTEXT, NOT_RUNNING (no Pod to talk to), KUBECTL_FAILED (anything
// else). The message has its last line and the command, to be tried by hand.
// Pure.
absl::Status KubectlError(const std::vector<std::string>& command, const std::string& text);

// A file in memory that a child may write to.
class ChildOutput {
 public:
  ChildOutput();
  ~ChildOutput();
  ChildOutput(const ChildOutput&) = delete;
  ChildOutput& operator=(const ChildOutput&) = delete;

  // For stack::Command.
  const std::string& path() const { return path_; }
  // All that was written so far, up to 1 MiB.
  std::string Read() const;

 private:
  int fd_;
  std::string path_;
};

// Sends SIGTERM to a child of ours, SIGKILL if it takes too long, and reaps it.
void EndChild(const stack::ProcessId& child);
// True once it has ended, which it reaps.
bool HasEnded(const stack::ProcessId& child, int& wait_status);

}  // namespace eventreactor::cli
