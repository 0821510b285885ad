#include "tests/simulation/simulation.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/adapter_process.h"
#include "tests/simulation/dispatcher_process.h"
#include "tests/simulation/users.h"

namespace eventreactor::simulation {
namespace {

constexpr int kDispatchers = 2;
constexpr absl::Duration kLongest = absl::Hours(24);
// For what should not happen after everything has.
constexpr absl::Duration kAfterwards = absl::Minutes(6);

bus::FakeBus::Options BusOptions(const Schedule& schedule) {
  bus::FakeBus::Options options;
  options.now = [&schedule] { return schedule.now(); };
  options.answers_at_once = true;
  return options;
}

class Simulation {
 public:
  Simulation(uint64_t seed, Mutation mutation, bool print)
      : schedule_(seed, print),
        calls_(schedule_, Weather::Of(schedule_)),
        room_{.all = static_cast<int>(1 + schedule_.Below(4)),
              .of_namespace = static_cast<int>(1 + schedule_.Below(4))},
        history_(/*strict=*/schedule_.Chance(0.7)),
        engine_(schedule_, Immortal("engine"), history_, room_),
        outside_{schedule_, calls_, history_, bus_, store_, engine_, mutation},
        users_(outside_, Immortal("users"), [this] { return adapter_; }) {}

  Report Run() {
    const ProcessPtr keeper = Immortal("keeper");
    schedule_.Spawn(keeper, [this] { KeepAdapter(); });
    for (int i = 0; i < kDispatchers; ++i) {
      schedule_.Spawn(keeper, [this, i] { KeepDispatcher(i); });
    }
    users_.Start();
    Report report;
    if (!schedule_.Run([this] { return users_.ready(); }, schedule_.now() + kLongest)) {
      report.faults.emplace_back("the users have not come to an end");
    }
    calls_.Calm();
    schedule_.Note("calm", "", "");
    const auto settled = [this] { return Settled(users_.deeds(), history_, engine_, bus_); };
    if (!schedule_.Run(settled, schedule_.now() + kLongest)) {
      report.faults.emplace_back("it does not settle");
    }
    schedule_.Run([] { return false; }, schedule_.now() + kAfterwards);
    for (std::string& fault : Check(users_.deeds(), history_, engine_, bus_, store_)) {
      report.faults.push_back(std::move(fault));
    }
    report.trace = schedule_.hash();
    report.steps = schedule_.step();
    report.processes = static_cast<int>(adapters_.size() + dispatchers_.size());
    report.events = static_cast<int>(history_.events_dispatched.size());
    report.actions = static_cast<int>(history_.actions.size());
    schedule_.End();
    return report;
  }

 private:
  static ProcessPtr Immortal(const std::string& name) {
    auto process = std::make_shared<Process>();
    process->name = name;
    process->mortal = false;
    return process;
  }
  static ProcessPtr Mortal(const std::string& name) {
    auto process = std::make_shared<Process>();
    process->name = name;
    return process;
  }

  // Makes another whenever one has died.
  void KeepAdapter() {
    while (true) {
      const ProcessPtr process = Mortal(absl::StrCat("adapter-", adapters_.size()));
      adapter_ = std::make_shared<AdapterProcess>(outside_, process, room_);
      adapters_.push_back(adapter_);
      adapter_->Start();
      AwaitEnd(process);
      adapter_ = nullptr;
      schedule_.Sleep(schedule_.Within(absl::Seconds(5)));
    }
  }
  void KeepDispatcher(int place) {
    while (true) {
      const ProcessPtr process =
          Mortal(absl::StrCat("dispatcher-", place, "-", dispatchers_.size()));
      dispatchers_.push_back(
          std::make_unique<DispatcherProcess>(outside_, process, [this] { return adapter_; }));
      dispatchers_.back()->Start();
      AwaitEnd(process);
      schedule_.Sleep(schedule_.Within(absl::Seconds(5)));
    }
  }
  void AwaitEnd(const ProcessPtr& process) {
    while (process->alive || process->tasks > 0) schedule_.Idle(absl::Minutes(1));
  }

  Schedule schedule_;
  Calls calls_;
  const Room room_;
  History history_;
  bus::FakeBus bus_{BusOptions(schedule_)};
  MemoryStore store_{[this] { return schedule_.now(); }};
  Engine engine_;
  const Outside outside_;
  // All that ever were: tasks of others may still be in them.
  std::vector<std::shared_ptr<AdapterProcess>> adapters_;
  std::vector<std::unique_ptr<DispatcherProcess>> dispatchers_;
  std::shared_ptr<AdapterProcess> adapter_;
  Users users_;
};

}  // namespace

uint64_t UsualSeeds() {
#ifdef __OPTIMIZE__
  return 1500;
#else
  return 100;
#endif
}

Report Simulate(uint64_t seed, Mutation mutation, bool print) {
  return Simulation(seed, mutation, print).Run();
}

}  // namespace eventreactor::simulation
