// One connection to a NATS server, from dialing to its death. It never
// reconnects: a new one is dialed instead (see connection.h), so nothing that
// was answered with an error can be sent later from a buffer.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <nats/nats.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"
#include "libs/bus/jetstream.h"

namespace eventreactor::bus {

struct NatsMsgDeleter {
  void operator()(natsMsg* msg) const { natsMsg_Destroy(msg); }
};
using NatsMsgPtr = std::unique_ptr<natsMsg, NatsMsgDeleter>;

class Link {
 public:
  struct Handlers {
    // A message to inbox() + ".<token>", with the token. Must not block.
    std::function<void(const std::string& token, natsMsg* msg)> on_answer;
    // Once, after the last on_answer: the connection is gone, or destroyed.
    std::function<void()> on_down;
  };

  // Tries the servers in turn, each for two seconds. BUS_DOWN, or
  // INVALID_ARGUMENT for options that cannot work.
  static absl::StatusOr<std::shared_ptr<Link>> Dial(const ConnectOptions& options,
                                                    Handlers handlers);
  // Closes the connection; on_down is called if it was not yet.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Sends it, with a token to be answered at, if any. BUS_DOWN or
  // MESSAGE_TOO_LARGE.
  absl::Status Send(const Message& message, const std::string& token);
  // The same for the words of the protocol: acks and pull requests.
  absl::Status SendText(const std::string& subject, const std::string& reply,
                        const std::string& text);

  // Asks and waits for the answer. BUS_DOWN if nobody answers.
  absl::StatusOr<NatsMsgPtr> Request(const std::string& subject, const std::string& text,
                                     absl::Duration timeout);

  // A subject of its own, where nobody but this process may listen.
  std::string NewInbox() const;

  // Ends a subscription that this link's messages may still be on their way to. Release 3.4 of the
  // library holds nothing of a subscription while it puts a message into it: it is destroyed when
  // the library is surely done with it, or after the connection.
  void Retire(natsSubscription* sub);
  // How many were retired so far. Once something has come that was asked for after this was read,
  // the library is done with those, as it takes one message after the other.
  uint64_t retired() const;
  void DestroyRetired(uint64_t count);

  natsConnection* nats() const { return nats_; }
  // Where it is connected to, without credentials.
  std::string Server() const;

 private:
  explicit Link(natsConnection* nats);
  absl::Status Subscribe(Handlers handlers);

  natsConnection* nats_;
  natsSubscription* answers_ = nullptr;
  // Where publish acks are answered; one subscription for all.
  std::string inbox_;

  mutable std::mutex mu_;
  std::deque<natsSubscription*> retired_;
  uint64_t destroyed_ = 0;
};

// "<what>: <text of the library>".
absl::Status NatsError(natsStatus status, const std::string& what);

// INVALID_ARGUMENT unless it is nats://HOST:PORT, or several of them.
absl::Status CheckUrl(const std::string& url);

}  // namespace eventreactor::bus
