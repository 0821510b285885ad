// The resources of a cluster: libs/adapter/store.h over its API server.
// docs/decisions/0010-kube-store.md says why it is as it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/dispatched_cause.h"
#include "libs/adapter/store.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/store/event_marks.h"
#include "services/kube-adapter/store/kube_table.h"
#include "services/kube-adapter/store/refused_object.h"

namespace eventreactor::kube {

struct KubeStoreOptions {
  // The namespace that all this is limited to; empty: none.
  std::string ns{};
  OnRefused refused{};
};

// ResourceStore::CreateActions: looks at `store` once for each cause, and has all
// that may be created under way at once at `table`.
std::vector<absl::StatusOr<v1::Action>> LookAndCreateEach(ResourceStore& store,
                                                          KubeTable<v1::Action>& table,
                                                          const std::vector<NewAction>& wanted);

class KubeStore : public ResourceStore {
 public:
  // `client` is not owned. Watches must end before the store does.
  explicit KubeStore(Client& client, const KubeStoreOptions& options = {});

  // Begins to follow the Events. Before that, and while the API server cannot
  // be watched, their state is read from it each time.
  void Start() { marks_.Start(); }
  void Stop() { marks_.Stop(); }
  bool WaitForSync(absl::Duration wait) const { return marks_.WaitForSync(wait); }

  Store<v1::Event>& events() override { return events_; }
  Store<v1::Pipeline>& pipelines() override { return pipelines_; }
  Store<v1::Action>& actions() override { return actions_; }

  absl::StatusOr<EventState> StateOfEvent(const std::string& ns, const std::string& name) override;
  absl::StatusOr<v1::Action> CreateUnlessDispatched(const v1::Action& action) override {
    return LookAndCreate(*this, action);
  }
  std::vector<absl::StatusOr<v1::Action>> CreateActions(
      const std::vector<NewAction>& wanted) override {
    return LookAndCreateEach(*this, actions_, wanted);
  }
  absl::StatusOr<std::vector<v1::PipelineIdentity>> PipelineIdentities(
      const std::string& ns) override;

  EventMarks& marks() { return marks_; }
  KubeTable<v1::Action>& action_table() { return actions_; }

 private:
  // Those who only want to hear of Events get it from the marks.
  class EventTable : public KubeTable<v1::Event> {
   public:
    EventTable(Client& client, const KubeStoreOptions& options, const EventMarks& marks)
        : KubeTable(client, options.ns, options.refused), marks_(marks) {}
    absl::StatusOr<std::unique_ptr<ChangeStream<v1::Event>>> Watch(
        const WatchQuery& query) override;

   private:
    const EventMarks& marks_;
  };

  Api api_;
  EventMarks marks_;
  EventTable events_;
  KubeTable<v1::Pipeline> pipelines_;
  KubeTable<v1::Action> actions_;
};

}  // namespace eventreactor::kube
