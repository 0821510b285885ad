// The store as a simulated process sees it: reads and writes get lost, watches
// lag and break off.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/adapter/dispatched_cause.h"
#include "libs/adapter/memory_store.h"
#include "tests/simulation/calls.h"
#include "tests/simulation/history.h"

namespace eventreactor::simulation {

template <class T>
class StreamPort : public ChangeStream<T> {
 public:
  StreamPort(std::unique_ptr<ChangeStream<T>> changes, Calls& calls)
      : changes_(std::move(changes)), calls_(calls) {}

  absl::StatusOr<std::optional<Change<T>>> Next(absl::Duration wait) override {
    // What was told before is in somebody's queue by now.
    if (told_) calls_.schedule().Notify();
    absl::Status lost = calls_.Before("Next", "");
    if (!lost.ok()) return lost;
    auto change = changes_->Next(absl::ZeroDuration());
    told_ = change.ok() && change->has_value();
    // Ports are told of nothing for as long as nothing happens.
    if (change.ok() && !told_) calls_.schedule().Idle(std::max(wait, absl::Seconds(20)));
    return change;
  }

 private:
  const std::unique_ptr<ChangeStream<T>> changes_;
  Calls& calls_;
  bool told_ = false;
};

template <class T>
class TablePort : public Store<T> {
 public:
  TablePort(Store<T>& table, Calls& calls, History& history)
      : table_(table), calls_(calls), history_(history) {}

  absl::StatusOr<T> Create(const T& object) override {
    return calls_.Make("Create", NameOf(object), [&] { return Wrote(table_.Create(object)); });
  }
  absl::StatusOr<T> Get(const std::string& ns, const std::string& name) override {
    return calls_.Make("Get", name, [&] { return table_.Get(ns, name); });
  }
  absl::StatusOr<Page<T>> List(const ListQuery& query) override {
    return calls_.Make("List", "", [&] { return table_.List(query); });
  }
  absl::StatusOr<T> Update(const T& object) override {
    return calls_.Make("Update", NameOf(object), [&] { return Wrote(table_.Update(object)); });
  }
  absl::StatusOr<T> UpdateStatus(const T& object) override {
    return calls_.Make("UpdateStatus", NameOf(object),
                       [&] { return Wrote(table_.UpdateStatus(object)); });
  }
  absl::Status Delete(const std::string& ns, const std::string& name,
                      const std::string& uid) override {
    return calls_.Make("Delete", name, [&] {
      calls_.schedule().Notify();
      return table_.Delete(ns, name, uid);
    });
  }
  absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Watch(const WatchQuery& query) override {
    return calls_.Make("Watch", query.resource_version,
                       [&]() -> absl::StatusOr<std::unique_ptr<ChangeStream<T>>> {
                         auto changes = table_.Watch(query);
                         if (!changes.ok()) return changes;
                         return std::make_unique<StreamPort<T>>(*std::move(changes), calls_);
                       });
  }

  absl::StatusOr<T> Wrote(absl::StatusOr<T> object) {
    if (!object.ok()) return object;
    if constexpr (!std::is_same_v<T, v1::Pipeline>) {
      history_.Saw(calls_.schedule().step(), *object);
    }
    calls_.schedule().Notify();
    return object;
  }

 private:
  static const std::string& NameOf(const T& object) { return object.metadata().name(); }

  Store<T>& table_;
  Calls& calls_;
  History& history_;
};

class StorePort : public ResourceStore {
 public:
  StorePort(MemoryStore& store, Calls& calls, History& history, Mutation mutation)
      : store_(store),
        calls_(calls),
        history_(history),
        mutation_(mutation),
        events_(store.events(), calls, history),
        pipelines_(store.pipelines(), calls, history),
        actions_(store.actions(), calls, history) {}

  Store<v1::Event>& events() override { return events_; }
  Store<v1::Pipeline>& pipelines() override { return pipelines_; }
  Store<v1::Action>& actions() override { return actions_; }
  absl::StatusOr<EventState> StateOfEvent(const std::string& ns, const std::string& name) override {
    return calls_.Make("StateOfEvent", name, [&] { return store_.StateOfEvent(ns, name); });
  }
  absl::StatusOr<v1::Action> CreateUnlessDispatched(const v1::Action& action) override {
    if (!history_.strict_store) return LookAndCreate(*this, action);
    return calls_.Make("CreateUnlessDispatched", action.metadata().name(), [&] {
      return actions_.Wrote(mutation_ == Mutation::kNeverTooLate
                                ? store_.actions().Create(action)
                                : store_.CreateUnlessDispatched(action));
    });
  }
  // Called by one who reads for others that wait for it: it does not die here.
  absl::StatusOr<std::vector<v1::PipelineIdentity>> PipelineIdentities(
      const std::string& ns) override {
    return store_.PipelineIdentities(ns);
  }

 private:
  MemoryStore& store_;
  Calls& calls_;
  History& history_;
  const Mutation mutation_;
  TablePort<v1::Event> events_;
  TablePort<v1::Pipeline> pipelines_;
  TablePort<v1::Action> actions_;
};

}  // namespace eventreactor::simulation
