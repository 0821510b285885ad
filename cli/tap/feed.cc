#include "cli/tap/feed.h"

#include "absl/strings/str_cat.h"
#include "cli/terminal.h"
#include "libs/bus/link.h"
#include "libs/bus/nats_message.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

// What may wait to be taken.
constexpr int kMostMessages = 65'536;
constexpr int kMostBytes = 64 << 20;

struct FeedOptionsDeleter {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};

absl::Status NoFeed(const std::string& address, natsStatus status) {
  return MakeStatus(
      absl::StatusCode::kUnavailable, "NO_FEED",
      absl::StrCat("NATS does not answer at ", address, " (", natsStatus_GetText(status), ")"));
}

void TellAway(natsConnection* nats, void* /*data*/) {
  // That is by ourselves.
  if (natsConnection_IsClosed(nats)) return;
  Talk("the connection to NATS is lost; dialing again. What happens meanwhile does not show");
}

void TellBack(natsConnection* /*nats*/, void* /*data*/) { Talk("connected to NATS again"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Feed>> Feed::Open(const FeedOptions& options) {
  natsOptions* made = nullptr;
  natsStatus status = natsOptions_Create(&made);
  const std::unique_ptr<natsOptions, FeedOptionsDeleter> owned(made);
  const std::string url = "nats://" + options.address;
  const auto set = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  set(natsOptions_SetURL(made, url.c_str()));
  if (!options.user.empty()) {
    set(natsOptions_SetUserInfo(made, options.user.c_str(), options.password.c_str()));
  }
  set(natsOptions_SetName(made, "reactorctl"));
  set(natsOptions_SetTimeout(made, 5000));
  set(natsOptions_SetPingInterval(made, 5000));
  set(natsOptions_SetMaxPingsOut(made, 2));
  set(natsOptions_SetMaxReconnect(made, -1));
  set(natsOptions_SetReconnectWait(made, 500));
  set(natsOptions_SetDisconnectedCB(made, &TellAway, nullptr));
  set(natsOptions_SetReconnectedCB(made, &TellBack, nullptr));
  // In place of the library's, which writes to stderr by itself.
  set(natsOptions_SetErrorHandler(
      made, [](natsConnection*, natsSubscription*, natsStatus, void*) {}, nullptr));
  std::unique_ptr<Feed> feed(new Feed());
  if (status == NATS_OK) status = natsConnection_Connect(&feed->nats_, made);
  if (status == NATS_OK) {
    status =
        natsConnection_SubscribeSync(&feed->subscription_, feed->nats_, options.subject.c_str());
  }
  if (status == NATS_OK) {
    status = natsSubscription_SetPendingLimits(feed->subscription_, kMostMessages, kMostBytes);
  }
  // Whatever is published from now on comes.
  if (status == NATS_OK) status = natsConnection_FlushTimeout(feed->nats_, 5000);
  if (status != NATS_OK) return NoFeed(options.address, status);
  return feed;
}

Feed::~Feed() {
  if (nats_ != nullptr) {
    natsConnection_Close(nats_);
    natsSubscription_Destroy(subscription_);
    natsConnection_Destroy(nats_);
  }
}

std::optional<bus::Message> Feed::Next(absl::Duration wait) {
  natsMsg* msg = nullptr;
  if (natsSubscription_NextMsg(&msg, subscription_, absl::ToInt64Milliseconds(wait)) != NATS_OK) {
    return std::nullopt;
  }
  const bus::NatsMsgPtr owned(msg);
  return bus::FromNats(msg);
}

int64_t Feed::TakeLost() {
  int64_t dropped = 0;
  natsSubscription_GetDropped(subscription_, &dropped);
  const int64_t fresh = dropped - lost_;
  lost_ = dropped;
  return fresh;
}

}  // namespace eventreactor::cli
