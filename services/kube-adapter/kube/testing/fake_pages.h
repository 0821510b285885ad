// Lists of the fake API server, whole or in pages as of one version, and what
// objects look like without their body. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/testing/fake_store.h"

namespace eventreactor::kube {

class FakePages {
 public:
  absl::StatusOr<nlohmann::json> List(const FakeStore& store, const FakeTarget& target,
                                      const FakeRequest& request);
  void Forget() { rests_.clear(); }

 private:
  // What is left of a list after its pages so far.
  struct Rest {
    uint64_t version = 0;
    std::deque<FakeObject> objects;
  };
  absl::StatusOr<Rest> Begin(const FakeStore& store, const FakeTarget& target,
                             const FakeRequest& request);

  uint64_t tokens_ = 0;
  std::map<std::string, Rest> rests_;
};

// PartialObjectMetadata of an object, or the list of them of a list; a Status
// as it is.
nlohmann::json FakePartial(const nlohmann::json& whole);

// By the request's labelSelector and fieldSelector.
absl::StatusOr<FakeSelector> FakeSelectorOf(const FakeTarget& target, const FakeRequest& request);

}  // namespace eventreactor::kube
