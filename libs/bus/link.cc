#include "libs/bus/link.h"

#include <openssl/rand.h>

#include <atomic>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "libs/bus/bus_errors.h"
#include "libs/bus/nats_message.h"
#include "libs/bus/password.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

// Not _INBOX: taps may listen there, and deliveries are not for them.
constexpr char kInboxPrefix[] = "_ER.inbox";

struct OptionsDeleter {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using OptionsPtr = std::unique_ptr<natsOptions, OptionsDeleter>;

// Unguessable, so that no other client can answer in the server's name.
std::string RandomToken() {
  unsigned char bytes[12];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) abort();  // No entropy: nothing works.
  return std::string(absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes))));
}

std::vector<std::string> Servers(const std::string& url) { return absl::StrSplit(url, ','); }

absl::StatusOr<OptionsPtr> MakeOptions(const ConnectOptions& options) {
  const absl::StatusOr<std::string> password = ReadPassword(options.password_file);
  if (!password.ok()) return password.status();
  // A thread that waits for a lock of the library sleeps and does not spin, as
  // the holder may have no processor. Only a process' first call counts.
  natsStatus status = nats_Open(/*lockSpinCount=*/0);
  if (status != NATS_OK) return NatsError(status, "the NATS library does not start");
  natsOptions* made = nullptr;
  status = natsOptions_Create(&made);
  OptionsPtr owned(made);
  const std::vector<std::string> servers = Servers(options.url);
  std::vector<const char*> urls;
  urls.reserve(servers.size());
  for (const std::string& server : servers) urls.push_back(server.c_str());
  const auto set = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  set(natsOptions_SetServers(made, urls.data(), static_cast<int>(urls.size())));
  if (!options.user.empty()) {
    set(natsOptions_SetUserInfo(made, options.user.c_str(), password->c_str()));
  }
  if (!options.client_name.empty()) set(natsOptions_SetName(made, options.client_name.c_str()));
  set(natsOptions_SetAllowReconnect(made, false));
  set(natsOptions_SetTimeout(made, 2000));
  set(natsOptions_SetPingInterval(made, 5000));
  set(natsOptions_SetMaxPingsOut(made, 2));
  set(natsOptions_SetWriteDeadline(made, 5000));
  // A message waits for no other thread to write it.
  set(natsOptions_SetSendAsap(made, true));
  set(natsOptions_SetFailRequestsOnDisconnect(made, true));
  set(natsOptions_SetCustomInboxPrefix(made, kInboxPrefix));
  if (status != NATS_OK) {
    return InvalidField("nats-url", std::string(natsStatus_GetText(status)) + " in the options");
  }
  return owned;
}

// What the library's callbacks hold until the last of them.
struct Closure {
  Link::Handlers handlers;
  size_t prefix;  // Length of "<inbox>.".
};

void OnMessage(natsConnection* /*nats*/, natsSubscription* /*sub*/, natsMsg* msg, void* data) {
  const NatsMsgPtr owned(msg);
  const auto* closure = static_cast<Closure*>(data);
  const std::string subject = natsMsg_GetSubject(msg);
  if (subject.size() > closure->prefix) {
    closure->handlers.on_answer(subject.substr(closure->prefix), msg);
  }
}

void OnComplete(void* data) {
  const std::unique_ptr<Closure> closure(static_cast<Closure*>(data));
  closure->handlers.on_down();
}

}  // namespace

absl::Status NatsError(natsStatus status, const std::string& what) {
  return BusDown(what + ": " + natsStatus_GetText(status));
}

absl::Status CheckUrl(const std::string& url) {
  for (const std::string& server : Servers(url)) {
    const size_t scheme = server.find("://");
    const std::string name = server.substr(0, scheme);
    const bool known = scheme != std::string::npos && (name == "nats" || name == "tls");
    if (!known || server.size() == scheme + 3 ||
        server.find_first_of(" \t\r\n/", scheme + 3) != std::string::npos) {
      return InvalidField("nats-url",
                          "'" + server + "' is not nats://HOST:PORT; divide several by commas");
    }
  }
  return absl::OkStatus();
}

Link::Link(natsConnection* nats)
    : nats_(nats), inbox_(std::string(kInboxPrefix) + "." + RandomToken()) {}

Link::~Link() {
  natsConnection_Close(nats_);
  DestroyRetired(retired());
  natsSubscription_Destroy(answers_);
  natsConnection_Destroy(nats_);
}

absl::Status Link::Subscribe(Handlers handlers) {
  auto closure = std::make_unique<Closure>(Closure{std::move(handlers), inbox_.size() + 1});
  natsStatus status =
      natsConnection_Subscribe(&answers_, nats_, (inbox_ + ".*").c_str(), OnMessage, closure.get());
  if (status == NATS_OK) status = natsSubscription_SetPendingLimits(answers_, -1, -1);
  if (status == NATS_OK) {
    status = natsSubscription_SetOnCompleteCB(answers_, OnComplete, closure.get());
  }
  // Nobody knows the inbox yet, so OnMessage cannot run after a failure.
  if (status != NATS_OK) return NatsError(status, "cannot subscribe");
  static_cast<void>(closure.release());  // OnComplete owns it.
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Link>> Link::Dial(const ConnectOptions& options, Handlers handlers) {
  absl::StatusOr<OptionsPtr> made = MakeOptions(options);
  if (!made.ok()) return made.status();
  natsConnection* nats = nullptr;
  const natsStatus status = natsConnection_Connect(&nats, made->get());
  if (status != NATS_OK) return NatsError(status, "cannot connect to NATS");
  std::shared_ptr<Link> link(new Link(nats));
  const absl::Status subscribed = link->Subscribe(std::move(handlers));
  if (!subscribed.ok()) return subscribed;
  return link;
}

absl::Status Link::Send(const Message& message, const std::string& token) {
  const absl::StatusOr<NatsMsgPtr> msg = ToNats(message, token.empty() ? "" : inbox_ + "." + token);
  if (!msg.ok()) return msg.status();
  const natsStatus status = natsConnection_PublishMsg(nats_, msg->get());
  if (status == NATS_MAX_PAYLOAD) {
    return MessageTooLarge("the message with its headers", WireBytes(message),
                           natsConnection_GetMaxPayload(nats_));
  }
  if (status != NATS_OK) return NatsError(status, "cannot publish");
  return absl::OkStatus();
}

absl::Status Link::SendText(const std::string& subject, const std::string& reply,
                            const std::string& text) {
  const auto size = static_cast<int>(text.size());
  const natsStatus status =
      reply.empty()
          ? natsConnection_Publish(nats_, subject.c_str(), text.data(), size)
          : natsConnection_PublishRequest(nats_, subject.c_str(), reply.c_str(), text.data(), size);
  if (status != NATS_OK) return NatsError(status, "cannot send");
  return absl::OkStatus();
}

absl::StatusOr<NatsMsgPtr> Link::Request(const std::string& subject, const std::string& text,
                                         absl::Duration timeout) {
  natsMsg* answer = nullptr;
  const natsStatus status =
      natsConnection_Request(&answer, nats_, subject.c_str(), text.data(),
                             static_cast<int>(text.size()), absl::ToInt64Milliseconds(timeout));
  if (status == NATS_NO_RESPONDERS) {
    return BusDown("nobody answers at " + subject +
                   ": JetStream is off in the server, or not up yet");
  }
  if (status != NATS_OK) return NatsError(status, "no answer from " + subject);
  return NatsMsgPtr(answer);
}

void Link::Retire(natsSubscription* sub) {
  natsSubscription_Unsubscribe(sub);
  const std::lock_guard lock(mu_);
  retired_.push_back(sub);
}

uint64_t Link::retired() const {
  const std::lock_guard lock(mu_);
  return destroyed_ + retired_.size();
}

void Link::DestroyRetired(uint64_t count) {
  const std::lock_guard lock(mu_);
  for (; destroyed_ < count; ++destroyed_) {
    natsSubscription_Destroy(retired_.front());
    retired_.pop_front();
  }
}

std::string Link::NewInbox() const {
  static std::atomic<uint64_t> next{1};
  // Beside inbox_.*, not below it.
  return inbox_ + ".pull." + std::to_string(next.fetch_add(1));
}

std::string Link::Server() const {
  char url[256];
  if (natsConnection_GetConnectedUrl(nats_, url, sizeof(url)) != NATS_OK) return "nobody";
  const std::string whole = url;
  const size_t at = whole.rfind('@');
  return at == std::string::npos ? whole : whole.substr(at + 1);
}

}  // namespace eventreactor::bus
