// A dispatcher: all that it is made of, as it is, with one task that creates and
// one that concludes in place of the pool of workers. Make another, and it is as if the first had
// been restarted.
#pragma once

#include <memory>
#include <string>

#include "services/dispatcher/dispatcher.h"
#include "tests/simulation/adapter_port.h"

namespace eventreactor::simulation {

class DispatcherProcess {
 public:
  DispatcherProcess(const Outside& outside, ProcessPtr process, AdapterPort::Current adapter);

  // Spawns what the threads of a dispatcher do.
  void Start();

 private:
  // Tells what a message does, and at times that it cannot tell.
  class Prober : public dispatcher::Prober {
   public:
    explicit Prober(Calls& calls) : calls_(calls) {}
    dispatcher::Verdict Try(const std::vector<const bus::Message*>& messages,
                            const dispatcher::View& view) override;

   private:
    Calls& calls_;
  };

  void FollowPipelines();
  void RenewLoans();
  // One stream, and what of it is to be concluded.
  struct Crew {
    const char* stream;
    dispatcher::Dispatcher& dispatcher;
    dispatcher::Tasks backlog{};
  };
  void Create();
  void Conclude();
  // False if there was nothing to take, or to conclude.
  bool Take(Crew& crew);
  bool Finish(Crew& crew);

  Schedule& schedule_;
  Calls& calls_;
  const ProcessPtr process_;
  BusPort bus_;
  AdapterPort adapter_;
  prometheus::Registry registry_;
  dispatcher::CauseMetrics event_metrics_{registry_, "event"};
  dispatcher::CauseMetrics action_metrics_{registry_, "action"};
  dispatcher::PipelineCache cache_;
  dispatcher::PipelineBarrier barrier_;
  dispatcher::AdapterGate gate_;
  dispatcher::DeadLetters dead_letters_;
  dispatcher::Loans loans_;
  Prober prober_;
  dispatcher::Dispatcher event_dispatcher_;
  dispatcher::Dispatcher action_dispatcher_;
  Crew events_{bus::kEvents, event_dispatcher_};
  Crew actions_{bus::kActions, action_dispatcher_};
};

}  // namespace eventreactor::simulation
