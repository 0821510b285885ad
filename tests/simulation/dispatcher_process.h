// A dispatcher: all that it is made of, as it is, with one task in place of the
// pool of workers. Make another, and it is as if the first had been restarted.
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
  // Tells at times that a message does no harm, at times that it cannot tell.
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
  void Work();
  // False if there was nothing to take.
  bool Take(const char* stream, dispatcher::Dispatcher& dispatcher);

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
  dispatcher::Dispatcher events_;
  dispatcher::Dispatcher actions_;
};

}  // namespace eventreactor::simulation
