// How much each client and each namespace may send: a token bucket for the
// events and one for the bytes of each. Pure but for a lock: time is given.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace eventreactor::ingest {

// Reasons of refusals, RESOURCE_EXHAUSTED both.
inline constexpr char kClientQuotaExceeded[] = "CLIENT_QUOTA_EXCEEDED";
inline constexpr char kNamespaceQuotaExceeded[] = "NAMESPACE_QUOTA_EXCEEDED";

// Per second; 0: as much as it likes.
struct Rate {
  double events = 0;
  double bytes = 0;
};

// What a request would take.
struct Load {
  size_t events = 0;
  size_t bytes = 0;
};

// When a refusal by a quota need not be repeated; nothing for other errors.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

// One bucket: it fills at `rate` and holds `burst` of it. What is larger than
// that passes when it is full, and leaves it in debt: nothing waits for ever.
class TokenBucket {
 public:
  TokenBucket(double rate, absl::Duration burst, absl::Time now);

  // How long until `amount` may be taken; zero: now.
  absl::Duration Wait(double amount, absl::Time now);
  // Takes it, whatever Wait said.
  void Take(double amount) { level_ -= amount; }

 private:
  double rate_;
  double capacity_;
  double level_;
  absl::Time filled_;
};

// Thread-safe.
class Quotas {
 public:
  struct Options {
    Rate client;
    Rate ns;
    // What a bucket holds when it is full: its rate over this time.
    absl::Duration burst = absl::Seconds(10);
    // Clients that are remembered, and namespaces; beyond it whoever has been
    // silent longest is forgotten, and may begin with a full bucket.
    size_t max_remembered = 10'000;
  };

  explicit Quotas(const Options& options);

  // Takes all of the load from both buckets, or refuses it and takes nothing.
  absl::Status Take(const std::string& client, const std::string& ns, const Load& load,
                    absl::Time now);

 private:
  struct Buckets {
    TokenBucket events;
    TokenBucket bytes;
    absl::Duration Wait(const Load& load, absl::Time now);
    void Take(const Load& load);
  };

  // The buckets by name, those used last first.
  class Memory {
   public:
    Memory(const Rate& rate, const Options& options);
    // Null where there is no quota.
    Buckets* Find(const std::string& name, absl::Time now);

   private:
    using Entry = std::pair<std::string, Buckets>;
    const Rate rate_;
    const absl::Duration burst_;
    const size_t max_;
    std::list<Entry> by_use_;
    std::unordered_map<std::string, std::list<Entry>::iterator> by_name_;
  };

  std::mutex mutex_;
  Memory clients_;
  Memory namespaces_;
};

}  // namespace eventreactor::ingest
