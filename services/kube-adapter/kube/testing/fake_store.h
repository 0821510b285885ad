// The objects of the fake API server and the rules of writing them. Errors
// are what a client would get: see api_error.h.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/kube/testing/fake_selector.h"
#include "services/kube-adapter/kube/testing/fake_target.h"

namespace eventreactor::kube {

using FakeObject = std::shared_ptr<const nlohmann::json>;

struct FakeChange {
  uint64_t version = 0;
  std::string collection;
  // Null if it was not there, or is no longer.
  FakeObject before;
  FakeObject after;
};

class FakeStore {
 public:
  explicit FakeStore(const FakeApiServerOptions& options) : options_(options) {}

  absl::StatusOr<nlohmann::json> Create(const FakeTarget& target, nlohmann::json object,
                                        bool dry_run = false);
  absl::StatusOr<nlohmann::json> Get(const FakeTarget& target) const;
  // By subresource "status": status alone.
  absl::StatusOr<nlohmann::json> Update(const FakeTarget& target, nlohmann::json object,
                                        bool dry_run = false);
  // `content_type` says which kind of patch.
  absl::StatusOr<nlohmann::json> Patch(const FakeTarget& target, const std::string& content_type,
                                       const nlohmann::json& patch, bool dry_run = false);
  // `options` is a DeleteOptions.
  absl::StatusOr<nlohmann::json> Delete(const FakeTarget& target, const nlohmann::json& options);
  // Past all rules.
  absl::Status Change(const FakeTarget& target,
                      const std::function<void(nlohmann::json& object)>& change);
  absl::Status Remove(const FakeTarget& target);

  // In order of namespace and name.
  std::vector<FakeObject> List(const FakeTarget& target) const;
  std::string KindOf(const FakeTarget& target) const;

  uint64_t version() const { return version_; }
  // Changes after a version that is not below the floor.
  const std::deque<FakeChange>& history() const { return history_; }
  uint64_t floor() const { return floor_; }
  void ForgetHistory();

  void SetGraceful(const std::string& plural, bool graceful);
  void SetValidator(const std::string& plural, FakeApiServer::Validator validator);

 private:
  using Objects = std::map<ObjectName, FakeObject>;

  FakeObject Find(const FakeTarget& target) const;
  bool HasStatus(const FakeTarget& target) const;
  absl::Status Validate(const FakeTarget& target, const FakeObject& before,
                        const nlohmann::json& after) const;
  // Writes `object` over `before`, both of `target`.
  absl::StatusOr<nlohmann::json> Write(const FakeTarget& target, const FakeObject& before,
                                       nlohmann::json object, bool dry_run);
  // `after` null removes it.
  nlohmann::json Store(const FakeTarget& target, const FakeObject& before, nlohmann::json after);
  void CollectGarbage(const std::string& owner_uid, bool orphan);

  const FakeApiServerOptions options_;
  uint64_t version_ = 1;
  uint64_t uids_ = 0;
  std::map<std::string, Objects> collections_;
  std::map<std::string, FakeTarget> targets_;
  std::map<std::string, std::string> kinds_;
  std::deque<FakeChange> history_;
  uint64_t floor_ = 1;
  std::set<std::string> graceful_;
  std::map<std::string, FakeApiServer::Validator> validators_;
};

}  // namespace eventreactor::kube
