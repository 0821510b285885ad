// One watch of the fake API server. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "services/kube-adapter/kube/testing/fake_pages.h"
#include "services/kube-adapter/kube/testing/fake_store.h"

namespace eventreactor::kube {

class FakeWatch {
 public:
  FakeWatch(const FakeStore& store, const FakeTarget& target, const FakeRequest& request,
            bool metadata_only);

  // Events that are due, as lines; empty if there are none.
  std::string Next(const FakeStore& store);
  // Empty if the client did not ask for them.
  std::string Bookmark(const FakeStore& store);
  // An ERROR was sent; nothing more comes.
  bool failed() const { return failed_ && ready_.empty(); }

 private:
  void Add(const char* type, const nlohmann::json& object);
  void Fail(const absl::Status& status);

  const FakeTarget target_;
  const bool metadata_only_;
  const bool bookmarks_;
  FakeSelector selector_;
  // Changes up to it have been looked at.
  uint64_t version_ = 0;
  std::string ready_;
  bool failed_ = false;
};

}  // namespace eventreactor::kube
