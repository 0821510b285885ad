// Retention: which of the things that are kept go, and why. Pure.
//
// The rules, each 0 for off: what is older than the period goes; of more than
// the count in one namespace, the oldest go. Nothing goes that is younger than
// the minimum age, or that something needs still (retention_needs.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace eventreactor {

// Stands for a name in its namespace. Should two names share one, what needs
// the one holds the other as well: that keeps too much, and never too little.
using NameHash = uint64_t;
NameHash HashOfName(const std::string& ns, const std::string& name);

struct RetentionRule {
  absl::Duration period = absl::ZeroDuration();
  int64_t count = 0;
  bool off() const { return period == absl::ZeroDuration() && count == 0; }
};

// Something that is kept for a while.
struct Retained {
  std::string ns;
  std::string name;
  std::string uid;
  // What its age is counted from.
  absl::Time since;
  // What it depends on; 0: nothing (see retention_needs.h).
  NameHash event = 0;
  NameHash upstream = 0;
  bool needs_event = false;
};

enum class RetentionCause { kPeriod, kCount };

// Something that goes.
struct Expired {
  Retained object;
  RetentionCause cause = RetentionCause::kPeriod;
  // How many its namespace has.
  int64_t total = 0;
};

// "is 8d4h old, and the period is 168h": why it goes, for people.
std::string DescribeExpiry(const Expired& expired, const RetentionRule& rule, absl::Time now);

// Takes in what there is in any order, in bounded memory, and decides. For one
// thread.
class RetentionLedger {
 public:
  struct Limits {
    absl::Duration minimum_age;
    // How many objects are remembered one by one. Beyond that the newest of
    // the namespace with the most are only counted: what is decided is right,
    // but may not be all.
    size_t capacity = 100'000;
  };
  RetentionLedger(const RetentionRule& rule, const Limits& limits, absl::Time now);

  void Add(Retained object);

  // How many were added.
  int64_t total() const { return total_; }

  struct Verdict {
    // Oldest first.
    std::vector<Expired> gone;
    // Beyond a rule, but held.
    int64_t held = 0;
    // Whether something that may go was only counted: look again after this.
    bool partial = false;
  };
  // What goes, unless `held` says that something needs it. Empties the ledger.
  Verdict Decide(const std::function<bool(const Retained&)>& held);

 private:
  // By age, then by name: the same order in every sweep.
  struct Older {
    bool operator()(const Retained& a, const Retained& b) const;
  };
  // The oldest of one namespace; its newest on top.
  struct Shelf {
    int64_t count = 0;
    bool forgot = false;
    std::priority_queue<Retained, std::vector<Retained>, Older> oldest;
  };
  using Shelves = std::map<std::string, Shelf>;

  bool BeyondPeriod(const Retained& object) const;
  void ForgetOne();

  const RetentionRule rule_;
  const Limits limits_;
  const absl::Time now_;
  Shelves shelves_;
  // By how many they remember: the fullest last.
  std::set<std::pair<size_t, std::string>> by_size_;
  size_t remembered_ = 0;
  int64_t total_ = 0;
  bool forgot_too_old_ = false;
};

}  // namespace eventreactor
