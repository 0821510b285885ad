// A reconciler over a store, a bus and an executor in memory, which a test can
// kill, and begin again over what that left.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/adapter/action_reconciler.h"
#include "libs/adapter/fake_executor.h"
#include "libs/adapter/memory_store.h"
#include "libs/bus/fake_bus.h"

namespace eventreactor {

// All that is told, with its words.
struct MessageRecorder : public Recorder {
  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity severity,
              const std::string& reason, const std::string& message) override {
    const std::lock_guard lock(mutex);
    told.push_back(absl::StrCat(kind, " ", metadata.name(), " ", reason,
                                severity == Severity::kWarning ? " warns " : " ", message));
  }
  std::mutex mutex;
  std::vector<std::string> told;
};

// As a store of several namespaces, each told up to a version of its own:
// streams tell the least of them.
class LaggingStore : public MemoryStore {
 public:
  Store<v1::Action>& actions() override { return actions_; }
  // No list goes beyond its first page before that.
  absl::Notification listed;
  // From now on, whatever the object's is.
  void Tell(const std::string& version) {
    const std::lock_guard lock(mutex_);
    version_ = version;
  }

 private:
  class Stream : public ChangeStream<v1::Action> {
   public:
    Stream(LaggingStore& store, std::unique_ptr<ChangeStream<v1::Action>> changes)
        : store_(store), changes_(std::move(changes)) {}
    absl::StatusOr<std::optional<Change<v1::Action>>> Next(absl::Duration wait) override {
      auto change = changes_->Next(wait);
      const std::lock_guard lock(store_.mutex_);
      if (change.ok() && change->has_value() && !store_.version_.empty()) {
        (*change)->resource_version = store_.version_;
      }
      return change;
    }

   private:
    LaggingStore& store_;
    const std::unique_ptr<ChangeStream<v1::Action>> changes_;
  };
  class Actions : public Store<v1::Action> {
   public:
    explicit Actions(LaggingStore& store) : store_(store) {}
    absl::StatusOr<v1::Action> Create(const v1::Action& action) override {
      return Whole().Create(action);
    }
    absl::StatusOr<v1::Action> Get(const std::string& ns, const std::string& name) override {
      return Whole().Get(ns, name);
    }
    absl::StatusOr<Page<v1::Action>> List(const ListQuery& query) override {
      if (!query.page_token.empty()) store_.listed.WaitForNotification();
      return Whole().List(query);
    }
    absl::StatusOr<v1::Action> Update(const v1::Action& action) override {
      return Whole().Update(action);
    }
    absl::StatusOr<v1::Action> UpdateStatus(const v1::Action& action) override {
      return Whole().UpdateStatus(action);
    }
    absl::Status Delete(const std::string& ns, const std::string& name,
                        const std::string& uid) override {
      return Whole().Delete(ns, name, uid);
    }
    absl::StatusOr<std::unique_ptr<ChangeStream<v1::Action>>> Watch(
        const WatchQuery& query) override {
      auto changes = Whole().Watch(query);
      if (!changes.ok()) return changes;
      return std::make_unique<Stream>(store_, *std::move(changes));
    }

   private:
    Store<v1::Action>& Whole() const { return store_.MemoryStore::actions(); }
    LaggingStore& store_;
  };

  std::mutex mutex_;
  std::string version_;
  Actions actions_{*this};
};

class ActionReconcilerTest : public testing::Test {
 protected:
  ActionReconcilerTest() {
    options_.max_running = 10;
    options_.retry_first = absl::Milliseconds(1);
    options_.retry_most = absl::Milliseconds(5);
    v1::Event event;
    event.mutable_metadata()->set_name("e");
    event.mutable_metadata()->set_namespace_("default");
    EXPECT_TRUE(store_.events().Create(event).ok());
  }
  ~ActionReconcilerTest() override { Kill(); }

  void Begin() {
    reconciler_ = std::make_unique<ActionReconciler>(
        ActionReconciler::Ports{store_, *executor_, logs_, bus_, intake_, recorder_}, options_);
    ASSERT_TRUE(reconciler_->Start().ok());
  }
  // As a process that is gone: what it knew is lost, the containers are not.
  void Kill() {
    reconciler_.reset();
    executor_ = std::make_unique<FakeExecutor>(executor_->engine());
  }

  v1::Action Create(const std::string& name, const std::string& event = "e") {
    v1::Action action;
    action.mutable_metadata()->set_name(name);
    action.mutable_metadata()->set_namespace_("default");
    action.mutable_spec()->mutable_event()->set_name(event);
    action.mutable_spec()->mutable_pipeline()->set_name("p");
    const absl::StatusOr<v1::Action> created = store_.actions().Create(action);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Action());
  }

  v1::Action Get(const std::string& name) {
    return store_.actions().Get("default", name).value_or(v1::Action());
  }

  std::string ReasonOf(const std::string& name) {
    const v1::Action action = Get(name);
    return action.status().conditions_size() == 0 ? "" : action.status().conditions(0).reason();
  }
  std::string MessageOf(const std::string& name) {
    const v1::Action action = Get(name);
    return action.status().conditions_size() == 0 ? "" : action.status().conditions(0).message();
  }

  bool Runs(const std::string& name) {
    const std::vector<std::string> running = executor_->Running();
    return std::find(running.begin(), running.end(), name) != running.end();
  }

  // Until it is so; a fault shows as false after a long time.
  static bool Eventually(const std::function<bool()>& condition) {
    const absl::Time give_up = absl::Now() + absl::Seconds(60);
    while (!condition()) {
      if (absl::Now() > give_up) return false;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return true;
  }

  void MarkDispatched(const std::string& name) {
    v1::Action action = Get(name);
    action.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    ASSERT_TRUE(store_.actions().UpdateStatus(action).ok());
  }

  MemoryStore store_;
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
  Intake intake_;
  MessageRecorder recorder_;
  std::unique_ptr<FakeExecutor> executor_ = std::make_unique<FakeExecutor>();
  ActionReconciler::Options options_;
  std::unique_ptr<ActionReconciler> reconciler_;
};

}  // namespace eventreactor
