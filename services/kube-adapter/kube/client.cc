#include "services/kube-adapter/kube/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/loop_lane.h"

namespace eventreactor::kube {
namespace {

class HttpClient : public Client {
 public:
  HttpClient(Endpoint endpoint, ClientOptions options)
      : endpoint_(std::move(endpoint)),
        options_(std::move(options)),
        gate_(std::make_unique<CredentialGate>(endpoint_.config.credentials)) {
    endpoint_.user_agent = options_.user_agent;
    endpoint_.connect_timeout = options_.connect_timeout;
    endpoint_.dead_after = options_.dead_after;
    endpoint_.connected = [this] { counters_.connects.fetch_add(1); };
    calls_ =
        NewLane({true, endpoint_.tls ? options_.max_connections : options_.max_http1_connections});
  }

  ~HttpClient() override {
    // A credential that is on its way still posts to the lanes.
    gate_->Close();
    calls_.reset();
    streams_.reset();
  }

  Call Send(Request request, Callback callback) override {
    return Call(calls_->Admit(std::move(request), std::move(callback), nullptr));
  }

  Call Stream(Request request, std::shared_ptr<StreamSink> sink, bool pausable) override {
    LoopLane& lane = pausable ? PausableLane() : *calls_;
    return Call(lane.Admit(std::move(request), nullptr, std::move(sink)));
  }

  ClientMetrics metrics() const override {
    ClientMetrics metrics;
    metrics.requests = counters_.requests;
    metrics.retries = counters_.retries;
    metrics.failures = counters_.failures;
    metrics.throttled = counters_.throttled;
    metrics.connects = counters_.connects;
    metrics.in_flight = counters_.in_flight;
    metrics.streams = calls_->streams();
    const size_t requests = calls_->requests();
    metrics.queued = requests - std::min(requests, metrics.in_flight);
    const std::lock_guard lock(mutex_);
    if (streams_ != nullptr) metrics.streams += streams_->streams();
    return metrics;
  }

  const std::string& default_namespace() const override { return endpoint_.config.ns; }

 private:
  std::unique_ptr<LoopLane> NewLane(const IoLoop::Options& options) {
    return std::make_unique<LoopLane>(LoopLane::Shared{endpoint_, options_, *gate_, counters_},
                                      options);
  }

  LoopLane& PausableLane() {
    const std::lock_guard lock(mutex_);
    if (streams_ == nullptr) {
      streams_ = NewLane({false, static_cast<int>(options_.max_streams)});
    }
    return *streams_;
  }

  Endpoint endpoint_;
  const ClientOptions options_;
  Counters counters_;
  std::unique_ptr<CredentialGate> gate_;
  std::unique_ptr<LoopLane> calls_;
  mutable std::mutex mutex_;
  // Made when it is first needed.
  std::unique_ptr<LoopLane> streams_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(Config config, ClientOptions options) {
  absl::StatusOr<Endpoint> endpoint = MakeEndpoint(std::move(config));
  if (!endpoint.ok()) return endpoint.status();
  return std::make_unique<HttpClient>(*std::move(endpoint), std::move(options));
}

absl::StatusOr<Response> Client::Do(Request request, const std::stop_token& stop) {
  std::vector<Request> requests;
  requests.push_back(std::move(request));
  return std::move(DoEach(std::move(requests), stop).front());
}

std::vector<absl::StatusOr<Response>> Client::DoEach(std::vector<Request> requests,
                                                     const std::stop_token& stop) {
  if (IoLoop::OnLoopThread()) {
    const absl::Status status =
        MakeStatus(absl::StatusCode::kFailedPrecondition, "WOULD_DEADLOCK",
                   "a blocking call from a callback of the Kubernetes client");
    return std::vector<absl::StatusOr<Response>>(requests.size(), status);
  }
  struct Answers {
    std::mutex mutex;
    std::condition_variable complete;
    std::vector<absl::StatusOr<Response>> each;
    size_t missing = 0;
  };
  const auto answers = std::make_shared<Answers>();
  answers->each.resize(requests.size());
  answers->missing = requests.size();
  std::vector<Call> calls;
  calls.reserve(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    calls.push_back(Send(std::move(requests[i]), [answers, i](absl::StatusOr<Response> answer) {
      const std::lock_guard lock(answers->mutex);
      answers->each[i] = std::move(answer);
      if (--answers->missing == 0) answers->complete.notify_one();
    }));
  }
  const std::stop_callback give_up(stop, [&calls] {
    for (const Call& call : calls) call.Cancel();
  });
  std::unique_lock lock(answers->mutex);
  answers->complete.wait(lock, [&] { return answers->missing == 0; });
  return std::move(answers->each);
}

}  // namespace eventreactor::kube
