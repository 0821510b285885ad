#include "libs/domain/retention.h"

#include <algorithm>
#include <tuple>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace eventreactor {
namespace {

// Days, which absl does not write, and no more precision than an age needs.
std::string AgeInWords(absl::Duration age) {
  const int64_t days = age / absl::Hours(24);
  if (days == 0) return absl::FormatDuration(absl::Trunc(age, absl::Seconds(1)));
  const int64_t hours = (age - absl::Hours(24 * days)) / absl::Hours(1);
  return absl::StrCat(days, "d", hours, "h");
}

}  // namespace

NameHash HashOfName(const std::string& ns, const std::string& name) {
  const NameHash hash = absl::Hash<std::pair<std::string, std::string>>()({ns, name});
  return hash == 0 ? 1 : hash;
}

std::string DescribeExpiry(const Expired& expired, const RetentionRule& rule, absl::Time now) {
  const std::string age = AgeInWords(now - expired.object.since);
  if (expired.cause == RetentionCause::kPeriod) {
    return absl::StrCat("is ", age, " old, and the period is ", absl::FormatDuration(rule.period));
  }
  return absl::StrCat("is ", age, " old, one of the ", expired.total - rule.count,
                      " oldest: the namespace has ", expired.total, ", and the count is ",
                      rule.count);
}

bool RetentionLedger::Older::operator()(const Retained& a, const Retained& b) const {
  return std::tie(a.since, a.name) < std::tie(b.since, b.name);
}

RetentionLedger::RetentionLedger(const RetentionRule& rule, const Limits& limits, absl::Time now)
    : rule_(rule), limits_(limits), now_(now) {}

bool RetentionLedger::BeyondPeriod(const Retained& object) const {
  return rule_.period > absl::ZeroDuration() && now_ - object.since >= rule_.period;
}

void RetentionLedger::Add(Retained object) {
  ++total_;
  const auto shelf = shelves_.try_emplace(object.ns).first;
  ++shelf->second.count;
  // The newest of all are never among the oldest that go.
  if (now_ - object.since < limits_.minimum_age) return;
  if (rule_.count == 0 && !BeyondPeriod(object)) return;
  auto& oldest = shelf->second.oldest;
  by_size_.erase({oldest.size(), shelf->first});
  oldest.push(std::move(object));
  by_size_.emplace(oldest.size(), shelf->first);
  if (++remembered_ > limits_.capacity) ForgetOne();
}

void RetentionLedger::ForgetOne() {
  const auto fullest = std::prev(by_size_.end());
  const auto shelf = shelves_.find(fullest->second);
  by_size_.erase(fullest);
  forgot_too_old_ = forgot_too_old_ || BeyondPeriod(shelf->second.oldest.top());
  shelf->second.forgot = true;
  shelf->second.oldest.pop();
  by_size_.emplace(shelf->second.oldest.size(), shelf->first);
  --remembered_;
}

RetentionLedger::Verdict RetentionLedger::Decide(const std::function<bool(const Retained&)>& held) {
  Verdict verdict;
  verdict.partial = forgot_too_old_;
  for (auto& [ns, shelf] : shelves_) {
    const int64_t surplus = rule_.count > 0 ? shelf.count - rule_.count : 0;
    auto place = static_cast<int64_t>(shelf.oldest.size());
    if (shelf.forgot && surplus > place) verdict.partial = true;
    // The newest come off first: each one's place counts from the oldest.
    for (; !shelf.oldest.empty(); shelf.oldest.pop()) {
      const bool too_old = BeyondPeriod(shelf.oldest.top());
      if (place-- > surplus && !too_old) continue;
      if (held(shelf.oldest.top())) {
        ++verdict.held;
        continue;
      }
      verdict.gone.push_back({shelf.oldest.top(),
                              too_old ? RetentionCause::kPeriod : RetentionCause::kCount,
                              shelf.count});
    }
  }
  shelves_.clear();
  by_size_.clear();
  remembered_ = 0;
  std::sort(verdict.gone.begin(), verdict.gone.end(), [](const Expired& a, const Expired& b) {
    return std::tie(a.object.since, a.object.ns, a.object.name) <
           std::tie(b.object.since, b.object.ns, b.object.name);
  });
  return verdict;
}

}  // namespace eventreactor
