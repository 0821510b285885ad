// A KubeStore over an API server in the test's process.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/store/kube_store.h"

namespace eventreactor::kube {

inline v1::Action TestAction(const std::string& name, const std::string& ns = "default") {
  v1::Action action;
  action.mutable_metadata()->set_name(name);
  action.mutable_metadata()->set_namespace_(ns);
  action.mutable_spec()->mutable_event()->set_name("e");
  action.mutable_spec()->mutable_pipeline()->set_name("p");
  auto& step = *action.mutable_spec()->mutable_build()->add_steps();
  (*step.mutable_fields())["image"].set_string_value("busybox");
  return action;
}

inline v1::Event TestEvent(const std::string& name, const std::string& ns = "default") {
  v1::Event event;
  event.mutable_metadata()->set_name(name);
  event.mutable_metadata()->set_namespace_(ns);
  event.mutable_spec()->set_type("t");
  event.mutable_spec()->set_source("/s");
  event.mutable_spec()->set_id(name);
  return event;
}

inline v1::Pipeline TestPipeline(const std::string& name, const std::string& ns = "default") {
  v1::Pipeline pipeline;
  pipeline.mutable_metadata()->set_name(name);
  pipeline.mutable_metadata()->set_namespace_(ns);
  pipeline.mutable_spec()->mutable_trigger()->mutable_event()->set_type("t");
  auto& step = *pipeline.mutable_spec()->mutable_build()->add_steps();
  (*step.mutable_fields())["image"].set_string_value("busybox");
  return pipeline;
}

// An Action whose step nobody can read: no double holds that number.
inline nlohmann::json UnreadableAction(const std::string& name) {
  return {{"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"event", {{"name", "e"}}},
            {"pipeline", {{"name", "p"}}},
            {"steps", {{{"image", "b"}, {"x", 9007199254740993}}}}}}};
}

class KubeStoreTest : public testing::Test {
 protected:
  explicit KubeStoreTest(const FakeApiServerOptions& options = {}) : server_(options) {
    ClientOptions client;
    client.backoff = {.first = absl::Milliseconds(1), .longest = absl::Milliseconds(5)};
    client_ = Client::Create(server_.config(), client).value();
    store_ = std::make_unique<KubeStore>(*client_, KubeStoreOptions{.refused = [this](auto& each) {
      const std::lock_guard lock(mutex_);
      refused_.push_back(each);
    }});
  }

  std::vector<RefusedObject> Refused() {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  v1::Action CreateAction(const std::string& name, const std::string& ns = "default") {
    const absl::StatusOr<v1::Action> created = store_->actions().Create(TestAction(name, ns));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Action());
  }

  FakeApiServer server_;
  std::unique_ptr<Client> client_;
  std::mutex mutex_;
  std::vector<RefusedObject> refused_;
  std::unique_ptr<KubeStore> store_;
};

template <class T>
std::vector<std::string> Names(const std::vector<T>& objects) {
  std::vector<std::string> names;
  names.reserve(objects.size());
  for (const T& object : objects) names.push_back(object.metadata().name());
  return names;
}

// The next `count` changes as "TYPE name", bookmarks of the server's own left
// out; an error by its reason.
template <class T>
std::vector<std::string> Take(ChangeStream<T>& stream, size_t count) {
  std::vector<std::string> changes;
  while (changes.size() < count) {
    const absl::StatusOr<std::optional<Change<T>>> change = stream.Next(absl::Seconds(10));
    if (!change.ok()) {
      changes.push_back(Reason(change.status()));
      return changes;
    }
    if (!change->has_value()) continue;
    if ((*change)->type == v1::CHANGE_TYPE_BOOKMARK) {
      changes.emplace_back("BOOKMARK");
      continue;
    }
    changes.push_back(absl::StrCat(v1::ChangeType_Name((*change)->type).substr(12), " ",
                                   (*change)->object.metadata().name()));
  }
  return changes;
}

}  // namespace eventreactor::kube
