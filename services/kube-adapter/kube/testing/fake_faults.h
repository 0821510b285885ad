// Which requests to the fake API server go wrong, and how. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {

class FakeFaults {
 public:
  void Inject(Fault fault) { faults_.push_back(std::move(fault)); }
  void Clear() { faults_.clear(); }
  // The first that is meant for this request, counted down.
  std::optional<Fault> Take(const FakeRequest& request);

 private:
  std::vector<Fault> faults_;
};

// The answer that a fault with a code gives.
FakeAnswer AnswerOf(const Fault& fault);

}  // namespace eventreactor::kube
