// How many streams are served at once: each holds a thread.
#pragma once

#include <atomic>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor {

// Thread-safe.
class StreamLimit {
 public:
  explicit StreamLimit(int most) : most_(most) {}

  // Taken for as long as it lives; `status` is RESOURCE_EXHAUSTED
  // (TOO_MANY_STREAMS) if there was no room.
  class Slot {
   public:
    explicit Slot(StreamLimit& limit) : limit_(limit) {
      if (++limit_.used_ <= limit_.most_) return;
      status_ = MakeStatus(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                           absl::StrCat("this server serves at most ", limit_.most_,
                                        " streams at once; try again later"));
    }
    ~Slot() { --limit_.used_; }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    const absl::Status& status() const { return status_; }

   private:
    StreamLimit& limit_;
    absl::Status status_;
  };

  int used() const { return used_; }

 private:
  const int most_;
  std::atomic<int> used_ = 0;
};

}  // namespace eventreactor
