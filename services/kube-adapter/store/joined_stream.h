// The changes of several namespaces as one stream. Versions are of the whole
// cluster, and each namespace is told up to one of its own: what the stream
// tells is the least of them, so whoever resumes there misses nothing and may
// hear of some changes again.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/store.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// The lesser of two versions; one that is not known yet is less than all.
std::string LesserVersion(const std::string& a, const std::string& b);

template <class T>
class JoinedStream : public ChangeStream<T> {
 public:
  // `version` is what the parts, at least one, resume after; empty: they begin
  // with what is there.
  JoinedStream(std::vector<std::unique_ptr<ChangeStream<T>>> parts, const std::string& version) {
    parts_.reserve(parts.size());
    for (auto& part : parts) parts_.push_back({std::move(part), version});
  }

  absl::StatusOr<std::optional<Change<T>>> Next(absl::Duration wait) override {
    const absl::Duration until = SystemClock().Steady() + wait;
    while (true) {
      for (size_t i = 0; i < parts_.size(); ++i) {
        auto change = NextOf(Turn(), absl::ZeroDuration());
        if (!change.ok() || change->has_value()) return change;
      }
      const absl::Duration left = until - SystemClock().Steady();
      if (left <= absl::ZeroDuration()) return std::nullopt;
      // One of them can be waited for; the others are looked at in between.
      auto change = NextOf(Turn(), parts_.size() == 1 ? left : std::min(left, kLook));
      if (!change.ok() || change->has_value()) return change;
    }
  }

 private:
  static constexpr absl::Duration kLook = absl::Milliseconds(20);

  struct Part {
    std::unique_ptr<ChangeStream<T>> stream;
    // Empty until its first bookmark.
    std::string version;
  };

  // Each has its turn, so that a busy one does not hold up the others.
  Part& Turn() {
    turn_ = (turn_ + 1) % parts_.size();
    return parts_[turn_];
  }

  absl::StatusOr<std::optional<Change<T>>> NextOf(Part& part, absl::Duration wait) {
    absl::StatusOr<std::optional<Change<T>>> change = part.stream->Next(wait);
    if (!change.ok() || !change->has_value()) return change;
    if (!(*change)->resource_version.empty()) part.version = (*change)->resource_version;
    std::string version = parts_.front().version;
    for (const Part& each : parts_) version = LesserVersion(version, each.version);
    const bool all_told = !version.empty();
    (*change)->resource_version = std::move(version);
    if ((*change)->type != v1::CHANGE_TYPE_BOOKMARK) return change;
    // What is there has been told when the last of them says so.
    if (!all_told) return std::nullopt;
    return change;
  }

  std::vector<Part> parts_;
  size_t turn_ = 0;
};

}  // namespace eventreactor::kube
