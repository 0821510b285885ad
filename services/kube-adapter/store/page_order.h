// In which order one page of a list tells its objects.
#pragma once

#include <algorithm>
#include <vector>

#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor::kube {

// Events and Actions: the oldest first.
template <class T>
void SortByCreation(std::vector<T>& items) {
  std::stable_sort(items.begin(), items.end(), [](const T& a, const T& b) {
    return a.metadata().creation_timestamp().seconds() <
           b.metadata().creation_timestamp().seconds();
  });
}
inline void SortByCreation(std::vector<v1::Pipeline>& /*by name*/) {}

}  // namespace eventreactor::kube
