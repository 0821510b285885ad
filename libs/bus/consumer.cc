#include "libs/bus/consumer.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "libs/bus/js_api.h"
#include "libs/bus/nats_message.h"
#include "libs/bus/pull.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

constexpr absl::Duration kAckWait = absl::Seconds(60);
constexpr int kMaxAckPending = 20'000;
// Between two tries within one Fetch: when other fetchers are in line, and
// after an error that may pass.
constexpr absl::Duration kNap = absl::Milliseconds(10);
constexpr absl::Duration kErrorNap = absl::Milliseconds(100);

class PulledDelivery : public Delivery {
 public:
  PulledDelivery(std::shared_ptr<Connection> connection, natsMsg* msg, std::string reply,
                 const AckSubject& ack)
      : connection_(std::move(connection)),
        message_(FromNats(msg)),
        reply_(std::move(reply)),
        ack_(ack) {}

  const Message& message() const override { return message_; }
  uint64_t attempt() const override { return ack_.attempt; }
  absl::Time stored_at() const override { return ack_.stored_at; }
  uint64_t sequence() const override { return ack_.stream_sequence; }

  absl::Status Ack() override { return Say("+ACK"); }
  absl::Status Nak(absl::Duration delay) override {
    if (delay <= absl::ZeroDuration()) return Say("-NAK");
    return Say("-NAK {\"delay\": " + std::to_string(absl::ToInt64Nanoseconds(delay)) + "}");
  }
  absl::Status InProgress() override { return Say("+WPI"); }

 private:
  // Any link will do: the subject names stream, consumer and delivery.
  absl::Status Say(const std::string& word) {
    const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Current();
    if (!link.ok()) return link.status();
    return (*link)->SendText(reply_, "", word);
  }

  const std::shared_ptr<Connection> connection_;
  const Message message_;
  const std::string reply_;
  const AckSubject ack_;
};

}  // namespace

absl::Status PullConsumer::Ensure(const std::shared_ptr<Link>& link) {
  const std::lock_guard lock(mu_);
  if (ensured_.lock() == link) return absl::OkStatus();
  const nlohmann::json config = {
      {"durable_name", durable_},  {"deliver_policy", "all"},
      {"ack_policy", "explicit"},  {"ack_wait", absl::ToInt64Nanoseconds(kAckWait)},
      {"max_deliver", -1},         {"max_ack_pending", kMaxAckPending},
      {"replay_policy", "instant"}};
  const absl::StatusOr<ApiAnswer> answer =
      CallApi(*link, "CONSUMER.DURABLE.CREATE." + stream_ + "." + durable_,
              {{"stream_name", stream_}, {"config", config}});
  if (!answer.ok()) return answer.status();
  if (!answer->ok()) {
    return Refused(*answer, stream_, "cannot consume " + stream_ + " as " + durable_,
                   "CONSUMER_REFUSED");
  }
  ensured_ = link;
  return absl::OkStatus();
}

void PullConsumer::Forget() {
  const std::lock_guard lock(mu_);
  ensured_.reset();
}

absl::StatusOr<std::vector<std::unique_ptr<Delivery>>> PullConsumer::FetchOnce(
    int max, absl::Time deadline) {
  const auto left = [deadline] { return std::max(deadline - SteadyNow(), absl::ZeroDuration()); };
  const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Await(left());
  if (!link.ok()) return link.status();
  if (const absl::Status ensured = Ensure(*link); !ensured.ok()) return ensured;
  absl::StatusOr<Pulled> pulled = Pull(**link, stream_, durable_, max, left());
  if (!pulled.ok()) return pulled.status();
  if (pulled->consumer_gone) Forget();

  std::vector<std::unique_ptr<Delivery>> deliveries;
  for (const NatsMsgPtr& msg : pulled->messages) {
    const char* reply = natsMsg_GetReply(msg.get());
    const absl::StatusOr<AckSubject> ack = ParseAckSubject(reply == nullptr ? "" : reply);
    if (!ack.ok()) return ack.status();
    deliveries.push_back(std::make_unique<PulledDelivery>(connection_, msg.get(), reply, *ack));
  }
  return deliveries;
}

absl::StatusOr<std::vector<std::unique_ptr<Delivery>>> PullConsumer::Fetch(int max,
                                                                           absl::Duration wait) {
  const absl::Time deadline = SteadyNow() + wait;
  while (true) {
    auto fetched = FetchOnce(max, deadline);
    const bool done = fetched.ok() ? !fetched->empty() : !IsTransient(fetched.status());
    const absl::Duration nap = fetched.ok() ? kNap : kErrorNap;
    if (done || SteadyNow() + nap >= deadline) return fetched;
    absl::SleepFor(nap);
  }
}

}  // namespace eventreactor::bus
