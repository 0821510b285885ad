#include "tests/simulation/schedule.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

namespace eventreactor::simulation {

bool Schedule::Sooner::operator()(const std::shared_ptr<Task>& a,
                                  const std::shared_ptr<Task>& b) const {
  return std::pair(a->due, a->id) < std::pair(b->due, b->id);
}

Schedule::Schedule(uint64_t seed, bool print)
    : print_(print), dice_(seed), now_(absl::FromUnixSeconds(1'700'000'000)) {}

Schedule::~Schedule() { End(); }

void Schedule::Spawn(const ProcessPtr& process, std::function<void()> body) {
  ++process->tasks;
  auto task = std::make_shared<Task>(++spawned_, process, [process, body = std::move(body)] {
    try {
      if (process->alive) body();
    } catch (const Killed&) {
      // As of a process that is gone: nothing of it goes on.
    }
    --process->tasks;
  });
  task->due = now_ + Within(absl::Milliseconds(2));
  tasks_.insert(std::move(task));
}

void Schedule::Wake(const std::shared_ptr<Task>& task, absl::Time time) {
  tasks_.erase(task);
  task->due = time;
  task->idle = false;
  tasks_.insert(task);
}

void Schedule::Kill(const ProcessPtr& process) {
  process->alive = false;
  Note("dies", process->name, "");
  std::vector<std::shared_ptr<Task>> its;
  for (const std::shared_ptr<Task>& task : tasks_) {
    if (task->acting == process) its.push_back(task);
  }
  for (const std::shared_ptr<Task>& task : its) Wake(task, now_);
  Notify();
}

void Schedule::Wait(absl::Time until, bool idle) {
  const std::shared_ptr<Task> self = running_;
  if (self->acting->alive) {
    self->due = until;
    self->idle = idle;
    tasks_.insert(self);
    Fiber::Pause();
  }
  if (!self->acting->alive) throw Killed();
}

void Schedule::Sleep(absl::Duration time) { Wait(now_ + time, /*idle=*/false); }

void Schedule::Idle(absl::Duration most) { Wait(now_ + most, /*idle=*/true); }

void Schedule::Notify() {
  std::vector<std::shared_ptr<Task>> idle;
  for (const std::shared_ptr<Task>& task : tasks_) {
    if (task->idle) idle.push_back(task);
  }
  for (const std::shared_ptr<Task>& task : idle) Wake(task, now_ + Within(absl::Milliseconds(5)));
}

bool Schedule::Run(const std::function<bool()>& done, absl::Time limit) {
  // Less than this is "at once".
  constexpr absl::Duration kSoon = absl::Milliseconds(20);
  while (!tasks_.empty()) {
    const std::shared_ptr<Task> next = *tasks_.begin();
    if (next->due > now_ + kSoon && done()) return true;
    if (next->due > limit) return false;
    tasks_.erase(tasks_.begin());
    now_ = std::max(now_, next->due);
    next->idle = false;
    running_ = next;
    next->fiber.Resume();
    running_ = nullptr;
  }
  return done();
}

void Schedule::End() {
  for (const std::shared_ptr<Task>& task : tasks_) {
    task->process->alive = false;
    task->acting->alive = false;
  }
  Run([] { return false; }, absl::InfiniteFuture());
}

void Schedule::Note(const std::string& what, const std::string& object,
                    const std::string& outcome) {
  ++step_;
  const std::string& who = running_ == nullptr ? "" : running_->acting->name;
  const std::string line = absl::StrCat(absl::ToUnixMicros(now_), " ", who, " ", what, " ", object,
                                        outcome.empty() ? "" : ": ", outcome, "\n");
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  if (print_) std::fputs(line.substr(line.find(' ') - 9).c_str(), stdout);
}

}  // namespace eventreactor::simulation
