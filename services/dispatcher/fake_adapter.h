// An adapter in memory, for tests: it stores what a real one stores, answers
// as a real one answers, and fails on demand.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/dispatcher/adapter_client.h"

namespace eventreactor::dispatcher {

// Thread-safe.
class FakeAdapter : public AdapterClient {
 public:
  // What a test does to it.
  // Stores a Pipeline with uid and generation, in the namespace default
  // unless it names another. Watches hear of it unless they are held.
  v1::Pipeline Apply(v1::Pipeline pipeline);
  void DeletePipeline(const std::string& ns, const std::string& name);
  // Watches lag behind while held.
  void HoldWatches(bool held);
  // Ends all watches with an error; `expired`: their versions are forgotten.
  void BreakWatches(bool expired);
  // As Create of a batch of one.
  absl::StatusOr<bool> CreateOne(const v1::Action& action, bool on_request);
  // How a stored Action ended.
  void SetCompletion(const std::string& action, v1::Completion completion);
  // Every call fails so, until it is OK again.
  void Fail(absl::Status status);
  // Decides the answer of one call by its name (Create, Record, ...) before
  // it is made; OK: as usual. Called without the lock.
  using Hook = std::function<absl::Status(const std::string& call, const std::string& object)>;
  void SetHook(Hook hook);
  // The call is made, and then its answer is lost.
  void SetAnswerHook(Hook hook);

  // What a test looks at.
  std::vector<v1::Action> Actions() const;
  std::vector<v1::Event> Events() const;
  // The names of Actions that were said to be the last of too long a chain.
  std::vector<std::string> LimitExceeded() const;
  // Why Actions were said to trigger nothing, by name.
  std::map<std::string, std::string> Refused() const;
  // How many Actions were stored ever; a second of a name is not.
  int CreatedEver() const;
  int Calls(const std::string& call) const;
  int OpenWatches() const;

  absl::StatusOr<Answers> Create(const v1::CreateBatchRequest& batch) override;
  absl::StatusOr<v1::Event> Record(const v1::Event& event) override;
  absl::Status MarkDispatched(const std::string& ns, const std::string& action,
                              const std::string& uid, bool limit_exceeded) override;
  absl::Status MarkRefused(const std::string& ns, const std::string& action, const std::string& uid,
                           const std::string& why) override;
  absl::StatusOr<v1::Event> GetEvent(const std::string& ns, const std::string& name) override;
  absl::StatusOr<v1::Action> GetAction(const std::string& ns, const std::string& name) override;
  absl::StatusOr<std::vector<v1::Action>> ListActions(const std::string& ns,
                                                      const std::string& event) override;
  absl::StatusOr<v1::Pipeline> GetPipeline(const std::string& ns, const std::string& name) override;
  absl::StatusOr<std::vector<v1::PipelineIdentity>> Barrier(const std::string& ns) override;
  std::unique_ptr<PipelineWatch> WatchPipelines(const std::string& resource_version) override;

 private:
  class Watch;
  using Key = std::pair<std::string, std::string>;  // namespace and name

  absl::Status Before(const std::string& call, const std::string& object);
  absl::Status After(const std::string& call, const std::string& object);
  void Append(v1::ChangeType type, const v1::Pipeline& pipeline);
  bool WasDispatched(const v1::Action& action) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  absl::Status failure_;
  Hook hook_;
  Hook answer_hook_;
  std::map<std::string, int> calls_;
  std::map<Key, v1::Pipeline> pipelines_;
  std::map<Key, v1::Event> events_;
  std::map<Key, v1::Action> actions_;
  int created_ever_ = 0;
  std::vector<std::string> limit_exceeded_;
  std::map<std::string, std::string> refused_;
  int uids_ = 0;
  // Every change ever, its version being its place; those before first_ are
  // forgotten.
  std::vector<v1::PipelineServiceWatchResponse> log_;
  size_t first_ = 0;
  bool held_ = false;
  size_t visible_ = 0;
  int epoch_ = 0;
  int watches_ = 0;
};

}  // namespace eventreactor::dispatcher
