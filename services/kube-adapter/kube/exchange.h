// One request on its way through a client: waits for its turn, is tried, tried
// again, and answered once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/credential_gate.h"
#include "services/kube-adapter/kube/http_transfer.h"
#include "services/kube-adapter/kube/retry_policy.h"

namespace eventreactor::kube {

class Exchange;

// What an exchange needs of its client; its loop's thread's own.
class Lane {
 public:
  virtual ~Lane() = default;
  virtual const std::shared_ptr<IoLoop>& loop() = 0;
  virtual const Endpoint& endpoint() = 0;
  virtual const ClientOptions& options() = 0;
  virtual CredentialGate& gate() = 0;
  virtual bool multiplex() = 0;
  // It waits before it is tried again, and wants another turn then.
  virtual void Yield(Exchange& exchange) = 0;
  virtual void WantTurn(const std::shared_ptr<Exchange>& exchange) = 0;
  virtual void Throttled() = 0;
  // The server does not take several requests on a connection.
  virtual void SpeaksHttp1() = 0;
  // Its callback was called. The lane forgets it.
  virtual void Finished(Exchange& exchange, const absl::Status& status) = 0;
};

// Cancel and Resume from any thread, all else on the loop's.
class Exchange : public Call::Control, public std::enable_shared_from_this<Exchange> {
 public:
  // One of `callback` and `sink` is set. `lane` outlives it.
  Exchange(Lane& lane, Request request, Client::Callback callback,
           std::shared_ptr<StreamSink> sink);

  // Its deadline runs from here.
  void Arrive();
  // It is its turn.
  void Try();
  void End(const absl::Status& status);
  bool streaming() const { return sink_ != nullptr; }

  void Cancel() override;
  void Resume() override;

 private:
  void Begin(const Credential& credential);
  void HeadCame();
  HttpTransfer::Take Take(std::string_view bytes);
  HttpTransfer::Take Collect(std::string_view bytes, size_t max);
  void Ended(CURLcode result);
  void Answered(int code);
  void Failed(const Outcome& outcome, const absl::Status& status);
  absl::Status Unreachable(CURLcode result) const;
  std::string What() const { return request_.method + " " + request_.target; }
  size_t MaxResponse() const;
  absl::Duration Left() const { return deadline_ - SystemClock().Steady(); }
  void StopTimer(std::optional<IoLoop::Timer>& timer);
  void Finish(absl::StatusOr<Response> answer);

  Lane& lane_;
  // The lane may be gone while a Call is held.
  const std::shared_ptr<IoLoop> loop_;
  const Request request_;
  Client::Callback callback_;
  std::shared_ptr<StreamSink> sink_;
  int attempts_ = 0;
  bool asked_anew_ = false;
  bool finished_ = false;
  bool enough_ = false;
  bool too_large_ = false;
  absl::Duration deadline_;
  std::optional<IoLoop::Timer> expiry_;
  std::optional<IoLoop::Timer> retry_;
  Credential credential_;
  std::unique_ptr<HttpTransfer> transfer_;
  std::string body_;
};

absl::Status CallCancelled();

}  // namespace eventreactor::kube
