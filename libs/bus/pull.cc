#include "libs/bus/pull.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libs/bus/bus_errors.h"
#include "libs/bus/nats_message.h"
#include "libs/clock/steady_now.h"

namespace eventreactor::bus {
namespace {

// How long after its expiry a request may still be answered.
constexpr absl::Duration kGrace = absl::Seconds(2);

struct Retirer {
  Link& link;
  void operator()(natsSubscription* sub) const { link.Retire(sub); }
};

// The server's last word on a request: no payload, and a status.
std::string StatusOf(natsMsg* msg) {
  if (natsMsg_GetDataLength(msg) != 0) return "";
  // A message of a stream has a subject of its own and cannot be mistaken,
  // but for one that was stored with a Status header: it has a reply.
  if (natsMsg_GetReply(msg) != nullptr) return "";
  return HeaderOf(msg, "Status");
}

// 404 and 408: nothing there, time is over. 409: the consumer was deleted, or
// too many wait. 503: nobody serves the consumer.
bool SaysGone(const std::string& status, const std::string& description) {
  return status == "503" ||
         (status == "409" && description.find("Consumer Deleted") != std::string::npos);
}

}  // namespace

absl::StatusOr<Pulled> Pull(Link& link, const std::string& stream, const std::string& consumer,
                            int max, absl::Duration wait) {
  wait = std::min(wait, kLongestPull);
  const int batch = std::clamp(max, 1, kMaxBatch);
  const uint64_t retired = link.retired();
  const std::string inbox = link.NewInbox();
  natsSubscription* made = nullptr;
  natsStatus status = natsConnection_SubscribeSync(&made, link.nats(), inbox.c_str());
  const std::unique_ptr<natsSubscription, Retirer> sub(made, Retirer{link});
  // Bounded by the batch.
  if (status == NATS_OK) status = natsSubscription_SetPendingLimits(made, -1, -1);
  if (status != NATS_OK) return NatsError(status, "cannot fetch");

  // no_wait with expires: what is there at once, else the first that comes.
  nlohmann::json request = {{"batch", batch}, {"no_wait", true}};
  if (wait > absl::ZeroDuration()) {
    request["expires"] = absl::ToInt64Nanoseconds(std::max(wait, absl::Milliseconds(1)));
  }
  const absl::Status sent =
      link.SendText("$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer, inbox, request.dump());
  if (!sent.ok()) return sent;

  Pulled pulled;
  bool caught_up = false;
  const absl::Time deadline = SteadyNow() + wait + kGrace;
  while (static_cast<int>(pulled.messages.size()) < batch) {
    natsMsg* next = nullptr;
    const int64_t left = absl::ToInt64Milliseconds(deadline - SteadyNow());
    status = natsSubscription_NextMsg(&next, made, std::max<int64_t>(left, 1));
    if (status == NATS_TIMEOUT && !caught_up) {
      // Where this process was suspended meanwhile, its answers are still to be read.
      caught_up = true;
      status = natsConnection_FlushTimeout(link.nats(), absl::ToInt64Milliseconds(kGrace));
      if (status == NATS_OK) status = natsSubscription_NextMsg(&next, made, 1);
    }
    NatsMsgPtr msg(next);
    // A server says nothing at all about a consumer that it does not have.
    if (status == NATS_OK || status == NATS_NO_RESPONDERS) link.DestroyRetired(retired);
    if (status == NATS_NO_RESPONDERS || status == NATS_TIMEOUT) pulled.consumer_gone = true;
    if (status != NATS_OK) break;
    const std::string word = StatusOf(next);
    if (word.empty()) {
      pulled.messages.push_back(std::move(msg));
    } else if (word != "100") {  // 100 is a heartbeat.
      pulled.consumer_gone = SaysGone(word, HeaderOf(next, "Description"));
      break;
    }
  }
  const bool answered = status == NATS_OK || pulled.consumer_gone;
  if (!answered && pulled.messages.empty()) return NatsError(status, "cannot fetch from " + stream);
  return pulled;
}

}  // namespace eventreactor::bus
