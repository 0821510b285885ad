// Many at once, where some are refused before.
#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor {

// The answers of `batch` to all of `asked` that are OK, together, and the
// errors of the others: one for each, in their order. `batch` takes a
// std::vector<T> and returns a std::vector<absl::StatusOr<...>> of that size.
template <class T, class Batch>
auto EachOk(std::vector<absl::StatusOr<T>> asked, const Batch& batch) {
  std::vector<T> good;
  good.reserve(asked.size());
  for (absl::StatusOr<T>& each : asked) {
    if (each.ok()) good.push_back(*std::move(each));
  }
  auto answered = batch(std::move(good));
  decltype(answered) answers;
  answers.reserve(asked.size());
  size_t next = 0;
  for (const absl::StatusOr<T>& each : asked) {
    if (each.ok()) {
      answers.push_back(std::move(answered[next++]));
    } else {
      answers.emplace_back(each.status());
    }
  }
  return answers;
}

}  // namespace eventreactor
