#include "services/kube-adapter/kube/loop_lane.h"

#include <utility>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

absl::Status ClientClosed() {
  return MakeStatus(absl::StatusCode::kCancelled, "CLIENT_CLOSED",
                    "the Kubernetes client was closed");
}

absl::Status ClientBusy(size_t bound, const char* what) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, "CLIENT_BUSY",
                    std::to_string(bound) + " " + what +
                        " to the API server are under way or wait; try again later");
}

}  // namespace

LoopLane::LoopLane(const Shared& shared, const IoLoop::Options& options)
    : shared_(shared), multiplex_(options.multiplex), loop_(std::make_shared<IoLoop>(options)) {}

LoopLane::~LoopLane() {
  loop_->Post([this] { CloseAll(); });
  loop_->Close();
}

std::shared_ptr<Exchange> LoopLane::Admit(Request request, Client::Callback callback,
                                          std::shared_ptr<StreamSink> sink) {
  const bool streaming = sink != nullptr;
  const size_t bound = streaming ? shared_.options.max_streams
                                 : shared_.options.max_in_flight + shared_.options.max_queued;
  const bool busy = (streaming ? streams_ : requests_).fetch_add(1) >= bound;
  auto exchange =
      std::make_shared<Exchange>(*this, std::move(request), std::move(callback), std::move(sink));
  loop_->Post([this, exchange, busy, bound, streaming] {
    if (closed_) return exchange->End(ClientClosed());
    if (busy) return exchange->End(ClientBusy(bound, streaming ? "streams" : "requests"));
    all_.emplace(exchange.get(), exchange);
    exchange->Arrive();
    WantTurn(exchange);
  });
  return exchange;
}

void LoopLane::Yield(Exchange& exchange) {
  shared_.counters.retries.fetch_add(1);
  Leave(exchange);
}

void LoopLane::WantTurn(const std::shared_ptr<Exchange>& exchange) {
  // Streams stay long: they have a bound, and no turns.
  if (exchange->streaming()) return exchange->Try();
  queue_.push_back(exchange);
  TakeTurns();
}

void LoopLane::TakeTurns() {
  while (!queue_.empty() && under_way_.size() < shared_.options.max_in_flight) {
    const std::shared_ptr<Exchange> exchange = queue_.front().lock();
    queue_.pop_front();
    if (exchange == nullptr || !all_.contains(exchange.get())) continue;
    under_way_.insert(exchange.get());
    shared_.counters.in_flight.fetch_add(1);
    exchange->Try();
  }
}

void LoopLane::Leave(Exchange& exchange) {
  if (under_way_.erase(&exchange) == 0) return;
  shared_.counters.in_flight.fetch_sub(1);
  // Later: this is in the middle of another exchange's end.
  if (!queue_.empty()) loop_->Post([this] { TakeTurns(); });
}

void LoopLane::SpeaksHttp1() {
  if (!multiplex_ || std::exchange(widened_, true)) return;
  loop_->SetMaxConnections(shared_.options.max_http1_connections);
}

void LoopLane::Finished(Exchange& exchange, const absl::Status& status) {
  (exchange.streaming() ? streams_ : requests_).fetch_sub(1);
  shared_.counters.requests.fetch_add(1);
  if (!status.ok()) shared_.counters.failures.fetch_add(1);
  Leave(exchange);
  all_.erase(&exchange);
}

void LoopLane::CloseAll() {
  closed_ = true;
  while (!all_.empty()) {
    const std::shared_ptr<Exchange> exchange = all_.begin()->second;
    exchange->End(ClientClosed());
  }
  queue_.clear();
}

}  // namespace eventreactor::kube
