// Who runs next, and what time it is: all of it by dice that a seed throws.
// Tasks of simulated processes take turns in one thread; a clock that nobody
// waits for moves to whoever is due next.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/simulation/fiber.h"

namespace eventreactor::simulation {

// What dies together.
struct Process {
  std::string name;
  // Whether a call may be its last.
  bool mortal = true;
  bool alive = true;
  // That have not ended yet.
  int tasks = 0;
};
using ProcessPtr = std::shared_ptr<Process>;

// Thrown out of a wait of a task whose process is dead. Of no type that
// anybody else knows.
struct Killed {};

// One thread of a process.
struct Task {
  Task(uint64_t number, ProcessPtr of, std::function<void()> body)
      : id(number), acting(of), process(std::move(of)), fiber(std::move(body)) {}
  const uint64_t id;
  ProcessPtr acting;
  const ProcessPtr process;
  absl::Time due;
  bool idle = false;
  Fiber fiber;
};

class Schedule {
 public:
  // `print`: the trace goes to standard output too.
  Schedule(uint64_t seed, bool print);
  ~Schedule();
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  absl::Time now() const { return now_; }
  // Counts everything that is noted.
  uint64_t step() const { return step_; }

  // Dice.
  uint64_t Below(uint64_t bound) { return dice_() % bound; }
  bool Chance(double probability) {
    return probability > 0 && static_cast<double>(Below(1'000'000)) < probability * 1e6;
  }
  absl::Duration Within(absl::Duration most) {
    return absl::Microseconds(Below(static_cast<uint64_t>(absl::ToInt64Microseconds(most)) + 1));
  }

  void Spawn(const ProcessPtr& process, std::function<void()> body);
  // Its tasks end at their next wait.
  void Kill(const ProcessPtr& process);

  // Waits of the task that runs; each throws Killed if its process is dead then.
  // For as long as a call takes: others run.
  void Yield() { Sleep(Within(absl::Milliseconds(2))); }
  void Sleep(absl::Duration time);
  // Until somebody says that something has changed, but no longer than `most`.
  void Idle(absl::Duration most);
  void Notify();

  // For whom the running task acts.
  const ProcessPtr& acting() const { return running_->acting; }
  // The running task acts for another process in the scope.
  class As {
   public:
    As(Schedule& schedule, ProcessPtr process)
        : task_(schedule.running_), before_(std::exchange(task_->acting, std::move(process))) {}
    ~As() { task_->acting = before_; }
    As(const As&) = delete;
    As& operator=(const As&) = delete;

   private:
    const std::shared_ptr<Task> task_;
    const ProcessPtr before_;
  };

  // Runs all tasks; returns when the clock would pass `limit`, or when `done`
  // is true, which is asked whenever nobody is due at once.
  bool Run(const std::function<bool()>& done, absl::Time limit);
  // Kills all processes, and waits for the end of their tasks.
  void End();

  // Notes what happened.
  void Note(const std::string& what, const std::string& object, const std::string& outcome);
  // Over all that was noted.
  uint64_t hash() const { return hash_; }

 private:
  void Wake(const std::shared_ptr<Task>& task, absl::Time time);
  void Wait(absl::Time until, bool idle);

  const bool print_;
  std::mt19937_64 dice_;
  absl::Time now_;
  uint64_t step_ = 0;
  uint64_t hash_ = 14695981039346656037ULL;
  uint64_t spawned_ = 0;
  std::shared_ptr<Task> running_;
  // By the time that they are due.
  struct Sooner {
    bool operator()(const std::shared_ptr<Task>& a, const std::shared_ptr<Task>& b) const;
  };
  std::set<std::shared_ptr<Task>, Sooner> tasks_;
};

}  // namespace eventreactor::simulation
