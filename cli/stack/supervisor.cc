#include "cli/stack/supervisor.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "cli/stack/log_file.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

constexpr int kFailuresToKill = 3;

sigset_t OurSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

// The signal that came by `deadline`; 0 if none did.
int AwaitSignal(absl::Time deadline) {
  const sigset_t set = OurSignals();
  const absl::Duration wait =
      std::clamp(deadline - SteadyNow(), absl::ZeroDuration(), absl::Hours(1));
  const timespec timeout = absl::ToTimespec(wait);
  const int number = sigtimedwait(&set, nullptr, &timeout);
  return std::max(number, 0);
}

bool AsksToStop(int number) { return number == SIGTERM || number == SIGINT || number == SIGHUP; }

}  // namespace

Supervisor::Supervisor(std::vector<Child> children, Options options)
    : options_(std::move(options)) {
  for (auto& child : children) {
    Slot slot;
    slot.record.name = child.name;
    slot.child = std::move(child);
    slots_.push_back(std::move(slot));
  }
}

void Supervisor::BlockSignals() {
  const sigset_t set = OurSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

absl::Status Supervisor::Run() {
  absl::Status status;
  absl::Time look = SteadyNow() + options_.look_every;
  while (true) {
    StartDue();
    if (AsksToStop(AwaitSignal(std::min(NextDue(), look)))) break;
    status = Reap();
    if (!status.ok()) break;
    if (SteadyNow() < look) continue;
    RotateLogs();
    for (auto& slot : slots_) Check(slot);
    look = SteadyNow() + options_.look_every;
  }
  asked_to_stop_ = SteadyNow();
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) Stop(*slot);
  return status;
}

void Supervisor::StartDue() {
  for (auto& slot : slots_) {
    if (slot.running() || slot.due > SteadyNow()) continue;
    slot.log_begin = FileSize(slot.child.command.log);
    const auto process = Spawn(slot.child.command);
    slot.started = SteadyNow();
    if (!process.ok()) {
      RestartLater(slot, Message(process.status()));
      continue;
    }
    slot.record.process = *process;
    slot.was_well = false;
    slot.failed_in_a_row = 0;
    options_.say("started " + slot.record.name + ", pid " + std::to_string(process->pid));
    Publish();
  }
}

absl::Status Supervisor::Reap() {
  absl::Status status;
  for (auto& slot : slots_) status.Update(ReapOne(slot));
  return status;
}

absl::Status Supervisor::ReapOne(Slot& slot) {
  if (!slot.running()) return absl::OkStatus();
  int wait_status = 0;
  if (waitpid(slot.record.process.pid, &wait_status, WNOHANG) != slot.record.process.pid) {
    return absl::OkStatus();
  }
  slot.record.process = {};
  const auto& usage = slot.child.usage_status;
  if (usage && slot.record.restarts == 0 && WIFEXITED(wait_status) &&
      WEXITSTATUS(wait_status) == *usage) {
    return CannotWork(slot);
  }
  RestartLater(slot, DescribeEnd(wait_status));
  return absl::OkStatus();
}

absl::Status Supervisor::CannotWork(const Slot& slot) {
  constexpr int kLines = 20;
  // Usage is checked first, so that its error is the first that is said; hints follow.
  std::string words = Tail(slot.child.command.log, kLines, slot.log_begin);
  words.resize(std::min(words.find('\n'), words.size()));
  if (words.empty()) words = "it does not say why in " + slot.child.command.log;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "CANNOT_WORK",
                    slot.record.name + " cannot work as it is told to: " + words);
}

void Supervisor::RestartLater(Slot& slot, const std::string& end) {
  const absl::Duration delay = slot.backoff.Next(SteadyNow() - slot.started);
  slot.due = SteadyNow() + delay;
  slot.record.last_end = end;
  ++slot.record.restarts;
  options_.say(slot.record.name + " ended (" + end + "); starting it again in " +
               absl::FormatDuration(delay));
  Publish();
}

void Supervisor::Stop(Slot& slot) {
  if (!slot.running()) return;
  const pid_t pid = slot.record.process.pid;
  options_.say("stopping " + slot.record.name);
  kill(pid, in_haste_ ? SIGKILL : SIGTERM);
  const absl::Time deadline = SteadyNow() + slot.child.grace;
  bool killed = in_haste_;
  int wait_status = 0;
  while (waitpid(pid, &wait_status, WNOHANG) != pid) {
    // Its end comes as SIGCHLD, but one signal may stand for several ends.
    const absl::Time look_again = SteadyNow() + absl::Milliseconds(200);
    const bool asked_again = AsksToStop(AwaitSignal(look_again));
    in_haste_ |= asked_again && SteadyNow() >= asked_to_stop_ + options_.haste_after;
    if (killed || (!in_haste_ && SteadyNow() < deadline)) continue;
    options_.say("killing " + slot.record.name +
                 (in_haste_ ? ": asked to stop twice" : ": it did not end in time"));
    kill(pid, SIGKILL);
    killed = true;
  }
  slot.record.process = {};
  slot.record.last_end = DescribeEnd(wait_status);
  Publish();
}

void Supervisor::RotateLogs() const {
  for (const auto& slot : slots_) RotateLog(slot.child.command.log, options_.max_log_bytes);
  for (const auto& log : options_.more_logs) RotateLog(log, options_.max_log_bytes);
}

void Supervisor::Check(Slot& slot) const {
  if (!slot.running() || !slot.child.check) return;
  const absl::Status status = slot.child.check();
  slot.was_well |= status.ok();
  const bool starts = absl::IsUnavailable(status) && !slot.was_well;
  slot.failed_in_a_row = status.ok() || starts ? 0 : slot.failed_in_a_row + 1;
  if (slot.failed_in_a_row < kFailuresToKill) return;
  options_.say(slot.record.name + " runs and does not do its work (" + Message(status) +
               "); killing it");
  kill(slot.record.process.pid, SIGKILL);
}

absl::Time Supervisor::NextDue() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& slot : slots_) {
    if (!slot.running()) next = std::min(next, slot.due);
  }
  return next;
}

void Supervisor::Publish() const {
  std::vector<ProcessRecord> records;
  records.reserve(slots_.size());
  for (const auto& slot : slots_) records.push_back(slot.record);
  options_.changed(records);
}

}  // namespace eventreactor::stack
