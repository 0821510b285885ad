#include "cli/errors.h"

#include <algorithm>
#include <map>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

// By reason; @ stands for the flags that name the stack.
const std::map<std::string, std::string>& NextSteps() {
  static const auto* const steps = new std::map<std::string, std::string>{
      {"NO_STACK", "`reactorctl up --detach@` starts one"},
      {"STACK_DOWN", "`reactorctl up --detach@` starts it"},
      {"NO_ANSWER", "`reactorctl status@` shows which process is not well"},
      {"PIPELINE_NOT_FOUND", "`reactorctl pipelines list -A@` shows those that are there"},
      {"ACTION_NOT_FOUND", "`reactorctl actions list -A@` shows those that are there"},
      {"EVENT_NOT_FOUND",
       "an accepted event is recorded within moments: try again, or `reactorctl events list -A@`"},
      {"DEAD_LETTER_NOT_FOUND", "`reactorctl dead list -A@` shows those that are there"},
      {"NO_MATCH", "`reactorctl pipelines run` runs it whatever its trigger says"},
      {"PORT_IN_USE", "stop what uses it, or choose other ports with --base-port N"},
      {"BUS_DOWN",
       "nothing was accepted; try again. `reactorctl status@` shows whether "
       "nats-server is well"},
      {"NO_CONTEXT", "`reactorctl config get-contexts` shows those that are there"},
      {"BAD_CONTEXT_FILE", "mend that file, or remove it and set its contexts again"},
      {"NO_STACK_HERE",
       "name a stack with --data-dir, or `reactorctl config get-contexts` shows other contexts"},
      {"NO_FEED", "`reactorctl status@` shows whether nats-server is well"},
      {"NO_ADDRESS", "`reactorctl config set-context --help` shows how to give it one"},
      {"NO_KUBECTL",
       "install kubectl, or `reactorctl config set-context NAME --address HOST:PORT` where the "
       "services are behind a gateway"},
      {"NO_KUBE_CONTEXT",
       "`reactorctl config view` shows what this context takes from which kubeconfig"},
      {"NO_CLUSTER", "is the cluster up? `kubectl cluster-info` with the same flags says more"},
      {"NOT_INSTALLED",
       "`reactorctl config set-context NAME --kubernetes --system-namespace NS` where Event "
       "Reactor "
       "is in another namespace; docs/guide/kubernetes.md says how it is installed"},
      {"NOT_ALLOWED",
       "this takes the right to forward ports to Pods there and to read the Secret, or a "
       "context with --token-file"},
      {"NOT_RUNNING", "`kubectl get pods` in that namespace shows what its Pods wait for"},
      {"SWEEP_RUNNING", "try again when it has ended, or with a longer --timeout"},
      {"BUS_FULL", "nothing was accepted; try again when the backlog has shrunk"},
  };
  return *steps;
}

constexpr char kNextUrl[] = "eventreactor/next";

std::string Replaced(std::string text, const std::string& flags) {
  const size_t at = text.find('@');
  if (at != std::string::npos) text.replace(at, 1, flags);
  return text;
}

// The message; a field of a request that a flag fills goes by the flag's name.
std::string Words(const absl::Status& status) {
  std::string message = Message(status);
  const std::string field = Field(status) + ":";
  if (message.empty()) return absl::StatusCodeToString(status.code());
  if (field != "label_selector:" || !absl::StartsWith(message, field)) return message;
  return "--selector:" + message.substr(field.size());
}

std::string NextStep(const absl::Status& status, const std::string& target_flag) {
  // A file's name may have an @.
  if (const auto own = status.GetPayload(kNextUrl)) return std::string(*own);
  const auto step = NextSteps().find(Reason(status));
  return step == NextSteps().end() ? "" : Replaced(step->second, target_flag);
}

std::string ErrorLines(const absl::Status& status) {
  const std::string words = Words(status);
  // An error may have several lines, such as the end of a log.
  std::string text = "error: ";
  size_t begin = 0;
  while (begin <= words.size()) {
    const size_t end = std::min(words.find('\n', begin), words.size());
    text += Printable(words.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return text;
}

}  // namespace

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kOk;
  if (Reason(status) == "USAGE") return kUsage;
  return status.code() == absl::StatusCode::kDeadlineExceeded ? kTimedOut : kFailure;
}

absl::Status WithNext(absl::Status status, const std::string& step) {
  status.SetPayload(kNextUrl, absl::Cord(step));
  return status;
}

std::string ErrorText(const absl::Status& status, const std::string& target_flag) {
  return ErrorsText({status}, target_flag);
}

std::string ErrorsText(const std::vector<absl::Status>& errors, const std::string& target_flag) {
  std::string text;
  std::vector<std::string> steps;
  for (const auto& error : errors) {
    text += ErrorLines(error);
    std::string step = NextStep(error, target_flag);
    if (step.empty() || std::find(steps.begin(), steps.end(), step) != steps.end()) continue;
    steps.push_back(std::move(step));
  }
  for (const auto& step : steps) {
    absl::StrAppend(&text, "next: ", step, "\n");
  }
  return text;
}

}  // namespace eventreactor::cli
