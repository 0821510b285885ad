#include "services/kube-adapter/kube/exchange.h"

#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {
namespace {

// Of an answer that says no.
constexpr size_t kMaxRefusal = size_t{1} << 20;

}  // namespace

absl::Status CallCancelled() {
  return MakeStatus(absl::StatusCode::kCancelled, "CALL_CANCELLED", "the call was given up");
}

Exchange::Exchange(Lane& lane, Request request, Client::Callback callback,
                   std::shared_ptr<StreamSink> sink)
    : lane_(lane),
      loop_(lane.loop()),
      request_(std::move(request)),
      callback_(std::move(callback)),
      sink_(std::move(sink)) {}

void Exchange::Arrive() {
  const absl::Duration timeout =
      request_.timeout > absl::ZeroDuration() ? request_.timeout : lane_.options().timeout;
  deadline_ = SystemClock().Steady() + timeout;
  if (timeout == absl::InfiniteDuration()) return;
  expiry_ = loop_->After(timeout, [this, timeout] {
    expiry_.reset();
    End(MakeStatus(absl::StatusCode::kUnavailable, "API_TIMEOUT",
                   What() + ": no answer from " + lane_.endpoint().config.server + " within " +
                       absl::FormatDuration(timeout)));
  });
}

void Exchange::Try() {
  ++attempts_;
  const auto go = [weak = weak_from_this()](const absl::StatusOr<Credential>& credential) {
    const std::shared_ptr<Exchange> self = weak.lock();
    if (self == nullptr || self->finished_) return;
    if (!credential.ok()) return self->Finish(credential.status());
    self->Begin(*credential);
  };
  lane_.gate().Get([go, loop = loop_](const absl::StatusOr<Credential>& credential) {
    if (IoLoop::OnLoopThread()) return go(credential);
    loop->Post([go, credential] { go(credential); });
  });
}

void Exchange::Begin(const Credential& credential) {
  credential_ = credential;
  body_.clear();
  too_large_ = false;
  HttpTransfer::Events events;
  events.head = [this] { HeadCame(); };
  events.data = [this](std::string_view bytes) { return Take(bytes); };
  events.done = [this](CURLcode result) {
    const std::shared_ptr<Exchange> self = shared_from_this();
    Ended(result);
  };
  transfer_ = std::make_unique<HttpTransfer>(lane_.endpoint(), request_, credential_,
                                             lane_.multiplex(), std::move(events));
  if (loop_->Add(transfer_->easy())) return;
  transfer_.reset();
  Finish(Unreachable(CURLE_OUT_OF_MEMORY));
}

void Exchange::HeadCame() {
  const int code = transfer_->code();
  if (!transfer_->http2()) lane_.SpeaksHttp1();
  if (sink_ != nullptr && code >= 200 && code <= 299) StopTimer(expiry_);
}

HttpTransfer::Take Exchange::Take(std::string_view bytes) {
  const int code = transfer_->code();
  if (code < 200 || code > 299) return Collect(bytes, kMaxRefusal);
  if (sink_ == nullptr) return Collect(bytes, MaxResponse());
  switch (sink_->OnData(bytes)) {
    case StreamSink::Flow::kTaken:
      return HttpTransfer::Take::kTaken;
    case StreamSink::Flow::kPause:
      return HttpTransfer::Take::kPause;
    case StreamSink::Flow::kEnd:
      break;
  }
  enough_ = true;
  return HttpTransfer::Take::kStop;
}

HttpTransfer::Take Exchange::Collect(std::string_view bytes, size_t max) {
  if (body_.size() + bytes.size() > max) {
    too_large_ = true;
    return HttpTransfer::Take::kStop;
  }
  body_.append(bytes);
  return HttpTransfer::Take::kTaken;
}

void Exchange::Ended(CURLcode result) {
  const int code = transfer_->code();
  if (enough_) return Finish(Response{code, ""});
  if (too_large_) {
    return Finish(MakeStatus(
        absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE",
        What() + ": the answer is longer than " + std::to_string(MaxResponse()) + " bytes"));
  }
  if (result == CURLE_OK) return Answered(code);
  Outcome outcome;
  outcome.failure = WasNotSent(result) ? Failure::kNotSent
                    : IsFinal(result)  ? Failure::kFinal
                                       : Failure::kLost;
  Failed(outcome, Unreachable(result));
}

void Exchange::Answered(int code) {
  if (code >= 200 && code <= 299) return Finish(Response{code, std::move(body_)});
  if (code == 429) lane_.Throttled();
  const ApiError error = ParseApiError(code, body_, transfer_->retry_after());
  // Once: the token may have been rotated since it was read.
  if (code == 401 && !asked_anew_ && lane_.gate().Refused(credential_)) {
    asked_anew_ = true;
    --attempts_;
    transfer_.reset();
    return Try();
  }
  Failed({Failure::kAnswered, code, error.retry_after}, ToStatus(error, What()));
}

void Exchange::Failed(const Outcome& outcome, const absl::Status& status) {
  const RetryTerms terms{attempts_, sink_ == nullptr ? lane_.options().max_attempts : 1,
                         request_.repeatable, Left()};
  const auto delay = RetryDelay(outcome, terms, lane_.options().backoff, RollDice());
  if (!delay) return Finish(status);
  transfer_.reset();
  lane_.Yield(*this);
  retry_ = loop_->After(*delay, [this] {
    retry_.reset();
    lane_.WantTurn(shared_from_this());
  });
}

absl::Status Exchange::Unreachable(CURLcode result) const {
  const std::string complaint = transfer_ == nullptr ? "" : transfer_->complaint();
  return MakeStatus(absl::StatusCode::kUnavailable, "API_UNREACHABLE",
                    What() + ": " + lane_.endpoint().config.server + " did not answer: " +
                        (complaint.empty() ? curl_easy_strerror(result) : complaint));
}

size_t Exchange::MaxResponse() const {
  return request_.max_response != 0 ? request_.max_response : lane_.options().max_response;
}

void Exchange::End(const absl::Status& status) {
  if (finished_) return;
  if (transfer_ != nullptr) loop_->Remove(transfer_->easy());
  Finish(status);
}

void Exchange::Cancel() {
  loop_->Post([self = shared_from_this()] { self->End(CallCancelled()); });
}

void Exchange::Resume() {
  loop_->Post([self = shared_from_this()] {
    if (self->transfer_ != nullptr && !self->finished_) self->transfer_->Resume();
  });
}

void Exchange::StopTimer(std::optional<IoLoop::Timer>& timer) {
  if (timer) loop_->Forget(*std::exchange(timer, std::nullopt));
}

void Exchange::Finish(absl::StatusOr<Response> answer) {
  const std::shared_ptr<Exchange> self = shared_from_this();
  finished_ = true;
  StopTimer(expiry_);
  StopTimer(retry_);
  transfer_.reset();
  const absl::Status status = answer.status();
  // Out of the lane first, so that the callback may send at once.
  lane_.Finished(*this, status);
  if (sink_ != nullptr) {
    sink_->OnEnd(status);
    sink_.reset();
  } else {
    std::exchange(callback_, nullptr)(std::move(answer));
  }
}

}  // namespace eventreactor::kube
