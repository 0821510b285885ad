// Tells the bus of messages held long that they are still worked on, so that
// it does not lend them to another dispatcher. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "absl/time/time.h"
#include "libs/bus/bus.h"

namespace eventreactor::dispatcher {

class Loans {
 public:
  // A third of the bus's ack_wait: two signals may be lost. Infinite: nobody
  // signals but who calls Renew.
  explicit Loans(absl::Duration interval = absl::Seconds(20));
  ~Loans();

  // Holds a delivery while in scope; it must outlive the hold.
  class Hold {
   public:
    Hold(Loans& loans, bus::Delivery& delivery);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Loans& loans_;
    bus::Delivery& delivery_;
  };

  // Signals for all that are held now.
  void Renew();

 private:
  const absl::Duration interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::set<bus::Delivery*> held_;
  std::thread thread_;
};

}  // namespace eventreactor::dispatcher
