// A loop and the exchanges on it, each in its turn.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "services/kube-adapter/kube/exchange.h"
#include "services/kube-adapter/kube/io_loop.h"

namespace eventreactor::kube {

struct Counters {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> retries{0};
  std::atomic<uint64_t> failures{0};
  std::atomic<uint64_t> throttled{0};
  std::atomic<uint64_t> connects{0};
  std::atomic<size_t> in_flight{0};
};

// All but Admit, the counts and the destructor is for the loop's thread.
class LoopLane : public Lane {
 public:
  struct Shared {
    const Endpoint& endpoint;
    const ClientOptions& options;
    CredentialGate& gate;
    Counters& counters;
  };
  LoopLane(const Shared& shared, const IoLoop::Options& options);
  // Ends all with CANCELLED (CLIENT_CLOSED).
  ~LoopLane() override;
  LoopLane(const LoopLane&) = delete;
  LoopLane& operator=(const LoopLane&) = delete;

  // Any thread. One that is refused is told so by its callback as well.
  std::shared_ptr<Exchange> Admit(Request request, Client::Callback callback,
                                  std::shared_ptr<StreamSink> sink);
  size_t streams() const { return streams_; }
  size_t requests() const { return requests_; }

  const std::shared_ptr<IoLoop>& loop() override { return loop_; }
  const Endpoint& endpoint() override { return shared_.endpoint; }
  const ClientOptions& options() override { return shared_.options; }
  CredentialGate& gate() override { return shared_.gate; }
  bool multiplex() override { return multiplex_; }
  void Yield(Exchange& exchange) override;
  void WantTurn(const std::shared_ptr<Exchange>& exchange) override;
  void Throttled() override { shared_.counters.throttled.fetch_add(1); }
  void SpeaksHttp1() override;
  void Finished(Exchange& exchange, const absl::Status& status) override;

 private:
  void TakeTurns();
  void Leave(Exchange& exchange);
  void CloseAll();

  const Shared shared_;
  const bool multiplex_;
  // Admitted and not finished.
  std::atomic<size_t> requests_{0};
  std::atomic<size_t> streams_{0};
  bool closed_ = false;
  bool widened_ = false;
  // Those that wait for their turn, and some that were given up meanwhile.
  std::deque<std::weak_ptr<Exchange>> queue_;
  std::unordered_map<Exchange*, std::shared_ptr<Exchange>> all_;
  std::unordered_set<Exchange*> under_way_;
  std::shared_ptr<IoLoop> loop_;
};

}  // namespace eventreactor::kube
