#include "cli/cluster/kubectl.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/shell_quote.h"
#include "libs/clock/steady_now.h"
#include "libs/service/process.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kChildPoll = absl::Milliseconds(10);
constexpr absl::Duration kChildGrace = absl::Seconds(2);
constexpr size_t kMaxOutput = size_t{1} << 20;

// The last line that says something, without kubectl's "error: ".
std::string LastLine(const std::string& text) {
  std::string last;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) last = text.substr(begin, end - begin);
    begin = end + 1;
  }
  return last.starts_with("error: ") ? last.substr(7) : last;
}

std::string ReasonOfKubectl(const std::string& line) {
  static constexpr std::pair<const char*, const char*> kReasons[] = {
      {"(NotFound)", "NOT_INSTALLED"},
      {"(Forbidden)", "NOT_ALLOWED"},
      {"(Unauthorized)", "NOT_ALLOWED"},
      {"must be logged in", "NOT_ALLOWED"},
      {"does not exist", "NO_KUBE_CONTEXT"},
      {"kubeconfig", "NO_KUBE_CONTEXT"},
      {"no such file", "NO_KUBE_CONTEXT"},
      {"pod is not running", "NOT_RUNNING"},
      {"waiting for the condition", "NOT_RUNNING"},
      {"connection to the server", "NO_CLUSTER"},
      {"nable to connect", "NO_CLUSTER"},
      {"connection refused", "NO_CLUSTER"},
  };
  for (const auto& [part, reason] : kReasons) {
    if (line.find(part) != std::string::npos) return reason;
  }
  return "KUBECTL_FAILED";
}

}  // namespace

absl::StatusOr<Kubectl> Kubectl::Find(KubernetesTarget target) {
  const std::string program = stack::FindProgram("kubectl", {});
  if (!program.empty()) return Kubectl(program, std::move(target));
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_KUBECTL",
                    "there is no kubectl on PATH, which this context needs");
}

Kubectl::Kubectl(std::string program, KubernetesTarget target)
    : program_(std::move(program)), target_(std::move(target)) {}

std::vector<std::string> Kubectl::Command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {program_};
  if (!target_.kubeconfig.empty()) command.push_back("--kubeconfig=" + target_.kubeconfig);
  if (!target_.context.empty()) command.push_back("--context=" + target_.context);
  command.push_back("--namespace=" + target_.ns);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

absl::StatusOr<std::string> Kubectl::Run(const std::vector<std::string>& arguments,
                                         absl::Duration timeout) const {
  const ChildOutput output;
  const ChildOutput errors;
  stack::Command command;
  command.argv = Command(arguments);
  command.log = output.path();
  command.error_log = errors.path();
  const auto child = stack::Spawn(command);
  if (!child.ok()) return child.status();
  const absl::Time deadline = SteadyNow() + timeout;
  int wait_status = 0;
  while (!HasEnded(*child, wait_status)) {
    if (SteadyNow() > deadline) {
      EndChild(*child);
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "KUBECTL_FAILED",
                        absl::StrCat("`", ShellLine(command.argv), "` did not end in time"));
    }
    absl::SleepFor(kChildPoll);
  }
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) return output.Read();
  return KubectlError(command.argv, errors.Read());
}

absl::StatusOr<std::string> Kubectl::ReadToken(absl::Duration timeout) const {
  if (!target_.token_file.empty()) {
    return service::ReadSecretFile("token-file", target_.token_file);
  }
  return ReadSecretKey("token", timeout);
}

absl::StatusOr<std::string> Kubectl::ReadSecretKey(const std::string& key,
                                                   absl::Duration timeout) const {
  const auto encoded = Run(
      {"get", "secret", target_.secret, absl::StrCat("-o=jsonpath={.data.", key, "}")}, timeout);
  if (!encoded.ok()) return encoded.status();
  std::string value;
  const bool good = absl::Base64Unescape(*encoded, &value) && !value.empty() &&
                    value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos;
  if (good) return value;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "NOT_INSTALLED",
                    absl::StrCat("the Secret ", target_.secret, " in namespace ", target_.ns,
                                 " has no `", key, "` of one line"));
}

absl::Status KubectlError(const std::vector<std::string>& command, const std::string& text) {
  const std::string line = LastLine(text);
  const std::string reason = ReasonOfKubectl(line);
  const bool away = reason == "NO_CLUSTER" || reason == "NOT_RUNNING";
  return MakeStatus(away ? absl::StatusCode::kUnavailable : absl::StatusCode::kFailedPrecondition,
                    reason,
                    absl::StrCat("kubectl: ", line.empty() ? "it ended without a word" : line,
                                 "\nof `", ShellLine(command), "`"));
}

ChildOutput::ChildOutput() : fd_(memfd_create("output", MFD_CLOEXEC)) {
  path_ = absl::StrCat("/proc/", getpid(), "/fd/", fd_);
}

ChildOutput::~ChildOutput() {
  if (fd_ >= 0) close(fd_);
}

std::string ChildOutput::Read() const {
  std::string text(kMaxOutput, '\0');
  const ssize_t size = pread(fd_, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

bool HasEnded(const stack::ProcessId& child, int& wait_status) {
  const pid_t reaped = waitpid(child.pid, &wait_status, WNOHANG);
  return reaped == child.pid || (reaped < 0 && errno == ECHILD);
}

void EndChild(const stack::ProcessId& child) {
  kill(child.pid, SIGTERM);
  const absl::Time patience = SteadyNow() + kChildGrace;
  int wait_status = 0;
  while (!HasEnded(child, wait_status)) {
    if (SteadyNow() > patience) kill(child.pid, SIGKILL);
    absl::SleepFor(kChildPoll);
  }
}

}  // namespace eventreactor::cli
