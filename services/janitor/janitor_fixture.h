// A janitor beside a real adapter's services over stores in memory, with a
// clock that tests move.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "libs/adapter/services_fixture.h"
#include "libs/domain/run.h"
#include "services/janitor/adapter.h"
#include "services/janitor/report.h"
#include "services/janitor/sweep.h"

namespace eventreactor::janitor {

// The adapter, with what can happen on the way to it.
class TroubledAdapter : public Adapter {
 public:
  explicit TroubledAdapter(std::unique_ptr<Adapter> real) : real_(std::move(real)) {}

  absl::StatusOr<v1::ActionServiceListResponse> ListActions(const std::string& token) override {
    ++lists;
    if (!list_error.ok()) return list_error;
    return real_->ListActions(token);
  }
  absl::StatusOr<v1::EventServiceListResponse> ListEvents(const std::string& token) override {
    ++lists;
    if (!list_error.ok()) return list_error;
    return real_->ListEvents(token);
  }
  absl::Status DeleteAction(const std::string& ns, const std::string& name,
                            const std::string& uid) override {
    absl::Status status = BeforeDelete(name);
    return status.ok() ? real_->DeleteAction(ns, name, uid) : status;
  }
  absl::Status DeleteEvent(const std::string& ns, const std::string& name,
                           const std::string& uid) override {
    absl::Status status = BeforeDelete(name);
    return status.ok() ? real_->DeleteEvent(ns, name, uid) : status;
  }
  absl::Status Ping() override { return list_error; }

  absl::Status list_error;
  int lists = 0;
  int deletions = 0;
  // Told of each deletion before it is done; its error is the answer.
  std::function<absl::Status(const std::string& name)> before = [](const std::string& /*name*/) {
    return absl::OkStatus();
  };

 private:
  absl::Status BeforeDelete(const std::string& name) {
    ++deletions;
    return before(name);
  }

  const std::unique_ptr<Adapter> real_;
};

class JanitorFixture : public ServicesFixture {
 protected:
  JanitorFixture() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    for (const auto& service : {&own_events_, &own_actions_}) {
      builder.RegisterService(service->get());
    }
    listening_ = builder.BuildAndStart();
    adapter_ = std::make_unique<TroubledAdapter>(
        MakeGrpcAdapter({"127.0.0.1:" + std::to_string(port), ""}, absl::Seconds(30)));
    options_.now = [this] { return now_; };
    options_.sleep = [this](absl::Duration duration) { slept_.push_back(duration); };
  }

  std::string SweepWith(const RetentionRule& of_events, const RetentionRule& of_actions,
                        bool dry_run = false) {
    options_.events = of_events;
    options_.actions = of_actions;
    Sweeper sweeper(*adapter_, metrics_, options_);
    Sweeper::Call call;
    call.dry_run = dry_run;
    told_.clear();
    call.tell = [this](const v1::Removal& removal) {
      told_.push_back((removal.kind() == v1::RETAINED_KIND_ACTION ? "action " : "event ") +
                      removal.name());
      return true;
    };
    last_ = sweeper.Sweep(call, summary_);
    return last_.ok() ? InWords(summary_) : Reason(last_);
  }

  // An Event that is recorded, in order of its name. What is created later is
  // younger: the store has the time.
  void RecordEvent(const std::string& name) { ASSERT_EQ(Record(MakeEvent(name, true)), "OK"); }

  // An Action of an Event, at its end.
  void Ran(const std::string& name, const std::string& event, int64_t ended) {
    Begin(name, event);
    v1::Action action = *store_.actions().Get("default", name);
    action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
    const int64_t second = absl::ToUnixSeconds(absl::Now()) - 100'000 + ended;
    action.mutable_status()->mutable_start_time()->set_seconds(second);
    action.mutable_status()->mutable_completion_time()->set_seconds(second);
    ASSERT_TRUE(store_.actions().UpdateStatus(action).ok());
    ASSERT_EQ(Mark(name), "OK");
  }
  void Begin(const std::string& name, const std::string& event) {
    v1::Action action = MakeAction(name);
    action.mutable_spec()->mutable_event()->set_name(event);
    ASSERT_EQ(Create(action), "OK");
  }

  std::vector<std::string> EventsThere() { return Names(store_.events()); }
  std::vector<std::string> ActionsThere() { return Names(store_.actions()); }

  std::unique_ptr<grpc::Service> own_events_ = MakeEventService(ports_);
  std::unique_ptr<grpc::Service> own_actions_ = MakeActionService(ports_);
  std::unique_ptr<grpc::Server> listening_;
  std::unique_ptr<TroubledAdapter> adapter_;
  prometheus::Registry registry_;
  SweepMetrics metrics_{registry_};
  Sweeper::Options options_;
  v1::SweepSummary summary_;
  std::vector<std::string> told_;
  std::vector<absl::Duration> slept_;
  // All that the tests make is a day old.
  absl::Time now_ = absl::Now() + absl::Hours(24);

 private:
  template <class T>
  static std::vector<std::string> Names(Store<T>& store) {
    std::vector<std::string> names;
    ListQuery query;
    do {
      const auto page = store.List(query);
      EXPECT_TRUE(page.ok());
      for (const T& item : page->items) names.push_back(item.metadata().name());
      query.page_token = page->next_page_token;
    } while (!query.page_token.empty());
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace eventreactor::janitor
