// Keeps a link to a server: dials, and dials again for ever, with jitter.
//
// Thread-safety: all methods may be called from any thread; Stop not from a
// handler.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/jetstream.h"
#include "libs/bus/link.h"

namespace eventreactor::bus {

class Connection {
 public:
  struct Handlers {
    // As of Link.
    std::function<void(const std::string& token, natsMsg* msg)> on_answer;
    // The link is gone, and no answer of it comes any more. Called before
    // another one is dialed.
    std::function<void()> on_down;
  };
  Connection(ConnectOptions options, Handlers handlers);
  ~Connection();

  // The link of now; BUS_DOWN if there is none.
  absl::StatusOr<std::shared_ptr<Link>> Current();
  // The same, but waits for one for up to `wait`.
  absl::StatusOr<std::shared_ptr<Link>> Await(absl::Duration wait);

  // Ends the link, and waits until no handler runs. Current answers BUS_DOWN
  // ever after. Repeatable.
  void Stop();

 private:
  void Keep();
  absl::Status Down() const;

  const ConnectOptions options_;
  const Handlers handlers_;

  std::mutex mu_;
  std::condition_variable changed_;
  std::shared_ptr<Link> link_;
  // True from before a link is dialed until its on_down was handled.
  bool link_alive_ = false;
  bool stopping_ = false;
  std::string last_error_ = "not connected to NATS yet";
  std::thread keeper_;
};

}  // namespace eventreactor::bus
