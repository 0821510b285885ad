#include "services/ingest/quotas.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"

namespace eventreactor::ingest {
namespace {

constexpr char kRetryAfterUrl[] = "eventreactor/retry-after";

absl::Status OverQuota(const char* reason, const std::string& whose, absl::Duration wait) {
  // In whole seconds, as HTTP has it; never 0, which would mean at once.
  const int64_t seconds =
      std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))));
  absl::Status status =
      MakeStatus(absl::StatusCode::kResourceExhausted, reason,
                 whose + " sends more than its quota; nothing was accepted, send it again in " +
                     std::to_string(seconds) + " s");
  status.SetPayload(kRetryAfterUrl, absl::Cord(std::to_string(seconds)));
  return status;
}

}  // namespace

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryAfterUrl);
  if (!payload) return std::nullopt;
  return absl::Seconds(std::stoll(std::string(*payload)));
}

TokenBucket::TokenBucket(double rate, absl::Duration burst, absl::Time now)
    : rate_(rate),
      capacity_(std::max(1.0, rate * absl::ToDoubleSeconds(burst))),
      level_(capacity_),
      filled_(now) {}

absl::Duration TokenBucket::Wait(double amount, absl::Time now) {
  if (rate_ <= 0) return absl::ZeroDuration();
  // A clock that was set back fills nothing, and a later one goes on from there.
  const double since = std::max(0.0, absl::ToDoubleSeconds(now - filled_));
  filled_ = now;
  level_ = std::min(capacity_, level_ + since * rate_);
  const double lacking = std::min(amount, capacity_) - level_;
  return lacking <= 0 ? absl::ZeroDuration() : absl::Seconds(lacking / rate_);
}

absl::Duration Quotas::Buckets::Wait(const Load& load, absl::Time now) {
  return std::max(events.Wait(static_cast<double>(load.events), now),
                  bytes.Wait(static_cast<double>(load.bytes), now));
}

void Quotas::Buckets::Take(const Load& load) {
  events.Take(static_cast<double>(load.events));
  bytes.Take(static_cast<double>(load.bytes));
}

Quotas::Memory::Memory(const Rate& rate, const Options& options)
    : rate_(rate), burst_(options.burst), max_(std::max<size_t>(1, options.max_remembered)) {}

Quotas::Buckets* Quotas::Memory::Find(const std::string& name, absl::Time now) {
  if (rate_.events <= 0 && rate_.bytes <= 0) return nullptr;
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return &found->second->second;
  }
  if (by_use_.size() >= max_) {
    by_name_.erase(by_use_.back().first);
    by_use_.pop_back();
  }
  by_use_.emplace_front(
      name, Buckets{TokenBucket(rate_.events, burst_, now), TokenBucket(rate_.bytes, burst_, now)});
  by_name_[name] = by_use_.begin();
  return &by_use_.front().second;
}

Quotas::Quotas(const Options& options)
    : clients_(options.client, options), namespaces_(options.ns, options) {}

absl::Status Quotas::Take(const std::string& client, const std::string& ns, const Load& load,
                          absl::Time now) {
  const std::lock_guard lock(mutex_);
  Buckets* of_client = clients_.Find(client, now);
  if (of_client != nullptr) {
    const absl::Duration wait = of_client->Wait(load, now);
    if (wait > absl::ZeroDuration()) {
      return OverQuota(kClientQuotaExceeded, "the client " + cloudevents::Quoted(client), wait);
    }
  }
  Buckets* of_namespace = namespaces_.Find(ns, now);
  if (of_namespace != nullptr) {
    const absl::Duration wait = of_namespace->Wait(load, now);
    if (wait > absl::ZeroDuration()) {
      return OverQuota(kNamespaceQuotaExceeded, "the namespace " + cloudevents::Quoted(ns), wait);
    }
  }
  if (of_client != nullptr) of_client->Take(load);
  if (of_namespace != nullptr) of_namespace->Take(load);
  return absl::OkStatus();
}

}  // namespace eventreactor::ingest
