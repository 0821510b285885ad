// A ResourceStore in memory, for tests: it behaves like the real ones
// (versions, conflicts, pages, watches), and fails on demand.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/adapter/store.h"

namespace eventreactor {

class MemoryStore : public ResourceStore {
 public:
  explicit MemoryStore(std::function<absl::Time()> now = absl::Now);
  ~MemoryStore() override;

  Store<v1::Event>& events() override;
  Store<v1::Pipeline>& pipelines() override;
  Store<v1::Action>& actions() override;
  absl::StatusOr<EventState> StateOfEvent(const std::string& ns, const std::string& name) override;
  absl::StatusOr<v1::Action> CreateUnlessDispatched(const v1::Action& action) override;
  absl::StatusOr<std::vector<v1::PipelineIdentity>> PipelineIdentities(
      const std::string& ns) override;

  // What a test does to it.
  // Every call answers this until it is OK again.
  void Fail(const absl::Status& status);
  // The next `count` conditional writes find that somebody else wrote.
  void ConflictNext(int count);
  // Forgets all changes: watches end with VERSION_EXPIRED.
  void ExpireVersions();

  // How often Actions were read one by one.
  int action_reads() const;

  struct State;

 private:
  const std::shared_ptr<State> state_;
  struct Stores;
  const std::unique_ptr<Stores> stores_;
};

}  // namespace eventreactor
