// The store against a real API server that has our CRDs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "libs/bus/fake_bus.h"
#include "libs/domain/convert.h"
#include "libs/domain/naming.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/config.h"
#include "services/kube-adapter/kube/testing/real_api_server.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/event_intake.h"
#include "services/kube-adapter/store/pipeline_keeper.h"
#include "services/kube-adapter/store/recorder_testing.h"
#include "services/kube-adapter/store/refused_actions.h"
#include "services/kube-adapter/store/store_testing.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using EventState = ResourceStore::EventState;

// A client of that server, and a namespace of the test's own.
class RealStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<RealApiServer>> server = RealApiServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const absl::Status applied = server_->Run("kubectl apply -k " ER_CRDS);
    ASSERT_TRUE(applied.ok()) << applied;
    const absl::Status served =
        server_->Run("kubectl wait --for=condition=Established crd --all --timeout=60s");
    ASSERT_TRUE(served.ok()) << served;
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    ASSERT_NE(server_, nullptr);
    absl::StatusOr<Config> config = LoadKubeconfig(server_->kubeconfig());
    ASSERT_TRUE(config.ok()) << config.status();
    absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(*std::move(config));
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
    const absl::StatusOr<json> made =
        Api(*client_).Create(Namespaces(), {{"apiVersion", "v1"},
                                            {"kind", "Namespace"},
                                            {"metadata", {{"generateName", "er-store-"}}}});
    ASSERT_TRUE(made.ok()) << made.status();
    ns_ = (*made)["metadata"]["name"];
    store_ = std::make_unique<KubeStore>(
        *client_, KubeStoreOptions{.ns = ns_, .refused = [this](const RefusedObject& object) {
                                     refused_actions_->Tell(object);
                                   }});
    refused_actions_ = std::make_unique<RefusedActions>(*client_);
  }
  void TearDown() override {
    if (ns_.empty()) return;
    store_->Stop();
    EXPECT_TRUE(Api(*client_).Delete(Namespaces(), {"", ns_}).ok());
  }

  json MakeByHand(const Resource& resource, json object) {
    object["apiVersion"] = resource.api_version();
    object["kind"] = resource.kind;
    object["metadata"]["namespace"] = ns_;
    absl::StatusOr<json> made = Api(*client_).Create(resource, object);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.value_or(json::object());
  }
  // Reads the object until `holds` is true of it.
  template <class Holds>
  json Await(const Resource& resource, const std::string& name, const Holds& holds) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      absl::StatusOr<json> object = Api(*client_).Get(resource, {ns_, name});
      if (object.ok() && holds(*object)) return *std::move(object);
      absl::SleepFor(absl::Milliseconds(20));
    }
    ADD_FAILURE() << name << " never became what is expected";
    return json::object();
  }

  static inline std::unique_ptr<RealApiServer> server_;
  std::unique_ptr<Client> client_;
  std::string ns_;
  std::unique_ptr<RefusedActions> refused_actions_;
  std::unique_ptr<KubeStore> store_;
};

TEST_F(RealStoreTest, AnActionLivesFromItsCreationToItsDispatch) {
  const absl::StatusOr<v1::Action> created = store_->actions().Create(TestAction("a", ns_));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->status().conditions(0).reason(), "Pending");
  EXPECT_EQ(Reason(store_->actions().Create(TestAction("a", ns_)).status()), "NAME_TAKEN");
  EXPECT_EQ(Reason(store_->actions().Get(ns_, "b").status()), "ACTION_NOT_FOUND");

  v1::Action action = *created;
  action.mutable_spec()->set_status("BuildCancelled");
  absl::StatusOr<v1::Action> written = store_->actions().Update(action);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->metadata().generation(), 2);
  EXPECT_EQ(Reason(store_->actions().Update(action).status()), "CONFLICT");

  const absl::StatusOr<v1::Action> same = store_->actions().Update(*written);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->metadata().resource_version(), written->metadata().resource_version());

  ListQuery undispatched;
  undispatched.ns = ns_;
  undispatched.undispatched = true;
  EXPECT_THAT(Names(store_->actions().List(undispatched)->items), ElementsAre("a"));
  undispatched.recent = true;
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  std::vector<std::string> recent;
  while (recent.empty() && absl::Now() < deadline) {
    recent = Names(store_->actions().List(undispatched)->items);
  }
  EXPECT_THAT(recent, ElementsAre("a"));
  undispatched.recent = false;
  ListQuery unfinished;
  unfinished.ns = ns_;
  unfinished.unfinished = true;
  EXPECT_THAT(Names(store_->actions().List(unfinished)->items), ElementsAre("a"));

  action = *written;
  action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
  written = store_->actions().UpdateStatus(action);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->spec().build().steps_size(), 1) << "a write of status leaves the spec alone";
  EXPECT_THAT(store_->actions().List(unfinished)->items, IsEmpty());
  action = *written;
  action.mutable_status()->set_completion(v1::COMPLETION_FAILURE);
  EXPECT_TRUE(absl::IsInvalidArgument(store_->actions().UpdateStatus(action).status()));

  action = *written;
  action.mutable_status()->mutable_dispatch_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  ASSERT_TRUE(store_->actions().UpdateStatus(action).ok());
  EXPECT_THAT(store_->actions().List(undispatched)->items, IsEmpty());
  EXPECT_EQ(Reason(store_->actions().Delete(ns_, "a", "another")), "CONFLICT");
  EXPECT_TRUE(store_->actions().Delete(ns_, "a", action.metadata().uid()).ok());
}

TEST_F(RealStoreTest, AWatchTellsWhatIsThereAndWhatChanges) {
  ASSERT_TRUE(store_->actions().Create(TestAction("a", ns_)).ok());
  WatchQuery query;
  query.ns = ns_;
  const auto stream = store_->actions().Watch(query);
  EXPECT_THAT(Take(**stream, 2), ElementsAre("ADDED a", "BOOKMARK"));
  v1::Action action = *store_->actions().Create(TestAction("b", ns_));
  action.mutable_status()->set_observed_generation(1);
  action.mutable_status()->mutable_conditions(0)->set_message("changed");
  ASSERT_TRUE(store_->actions().UpdateStatus(action).ok());
  ASSERT_TRUE(store_->actions().Delete(ns_, "b", "").ok());
  EXPECT_THAT(Take(**stream, 3), ElementsAre("ADDED b", "MODIFIED b", "DELETED b"));
  query.resource_version = "1";
  query.name = "a";
  EXPECT_EQ(Reason(store_->actions().Watch(query).status()), "");
}

TEST_F(RealStoreTest, AnEventOfAnyBytesIsStoredAndMarked) {
  store_->Start();
  ASSERT_TRUE(store_->WaitForSync(absl::Seconds(30)));
  std::string binary(size_t{1} << 20, '\0');
  for (size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 31 >> 3);
  const std::map<std::string, std::string> data = {
      {"angles", std::string(size_t{1} << 20, '<')},
      {"controls", std::string(size_t{1} << 20, '\x01')},
      {"text", std::string(size_t{1} << 20, 'x')},
  };
  for (const auto& [name, text] : data) {
    v1::Event event = TestEvent(name, ns_);
    event.mutable_spec()->set_data(text);
    event.mutable_status()->mutable_dispatch_time()->set_seconds(1'700'000'000);
    const absl::StatusOr<v1::Event> stored = store_->events().Create(event);
    ASSERT_TRUE(stored.ok()) << name << ": " << stored.status();
    EXPECT_TRUE(EventData(*store_->events().Get(ns_, name)) == text) << name;
  }
  v1::Event event = TestEvent("binary", ns_);
  event.mutable_spec()->set_data_base64(binary);
  ASSERT_TRUE(store_->events().Create(event).ok());
  EXPECT_TRUE(EventData(*store_->events().Get(ns_, "binary")) == binary);

  WatchQuery query;
  query.names_only = true;
  query.ns = ns_;
  const auto stream = store_->events().Watch(query);
  ASSERT_TRUE(stream.ok()) << stream.status();
  Take(**stream, 1);
  while (store_->marks().cache().size() < 4) std::this_thread::yield();
  EXPECT_EQ(*store_->StateOfEvent(ns_, "text"), EventState::kDispatched);
  EXPECT_EQ(*store_->StateOfEvent(ns_, "binary"), EventState::kRecorded);
  EXPECT_EQ(*store_->StateOfEvent(ns_, "none"), EventState::kAbsent);

  ListQuery list;
  list.ns = ns_;
  std::vector<std::string> seen;
  do {
    const absl::StatusOr<Page<v1::Event>> page = store_->events().List(list);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->items.size(), 2U) << "3 MiB a page";
    for (const std::string& name : Names(page->items)) seen.push_back(name);
    list.page_token = page->next_page_token;
  } while (!list.page_token.empty());
  EXPECT_THAT(seen, testing::UnorderedElementsAre("angles", "controls", "text", "binary"));
  list.page_token = "bm9uc2Vuc2U";
  EXPECT_EQ(Reason(store_->events().List(list).status()), "INVALID_PAGE_TOKEN");
}

TEST_F(RealStoreTest, TheDispatchOfAnEventThatWasMadeByHandIsAddedOnce) {
  MakeByHand(EventKind().resource, {{"metadata", {{"name", "e"}}},
                                    {"spec", {{"type", "t"}, {"source", "/s"}, {"id", "1"}}}});
  v1::Event event = *store_->events().Get(ns_, "e");
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1'700'000'000);
  const absl::StatusOr<v1::Event> written = store_->events().UpdateStatus(event);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->metadata().annotations().at(kDispatchedAnnotation), "true");
  event = *written;
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1'800'000'000);
  EXPECT_TRUE(absl::IsInvalidArgument(store_->events().UpdateStatus(event).status()));
}

TEST_F(RealStoreTest, SaysThatANamespaceIsMissingOrGoing) {
  EXPECT_EQ(Reason(store_->actions().Create(TestAction("a", "er-store-none")).status()),
            "NAMESPACE_NOT_FOUND");
  // With something in it that its deletion has to wait for.
  json held = {{"metadata", {{"name", "held"}, {"finalizers", {"example.com/hold"}}}},
               {"spec", {{"type", "t"}, {"source", "/s"}, {"id", "1"}}}};
  MakeByHand(EventKind().resource, held);
  ASSERT_TRUE(Api(*client_).Delete(Namespaces(), {"", ns_}).ok());
  EXPECT_EQ(Reason(store_->actions().Create(TestAction("a", ns_)).status()), "NAMESPACE_NOT_FOUND");
  const json release = {{"metadata", {{"finalizers", nullptr}}}};
  EXPECT_TRUE(
      Api(*client_).Patch(EventKind().resource, {ns_, "held"}, PatchType::kMerge, release).ok());
}

TEST_F(RealStoreTest, TellsPipelinesAtOnce) {
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<v1::Pipeline> created =
        store_->pipelines().Create(TestPipeline("p" + std::to_string(i), ns_));
    ASSERT_TRUE(created.ok()) << created.status();
    const auto identities = store_->PipelineIdentities(ns_);
    ASSERT_TRUE(identities.ok()) << identities.status();
    ASSERT_EQ(identities->size(), static_cast<size_t>(i) + 1);
  }
}

TEST_F(RealStoreTest, WhatKubectlMakesIsKept) {
  bus::FakeBus bus;
  TestRecorder recorder;
  store_->Start();
  EventIntake intake({*client_, *store_, bus, recorder}, {});
  PipelineKeeper keeper(*client_, recorder, {.ns = ns_});
  refused_actions_->Start();
  intake.Start();
  keeper.Start();
  MakeByHand(PipelineKind().resource, {{"metadata", {{"name", "p"}}},
                                       {"spec",
                                        {{"trigger", {{"event", {{"type", "t"}}}}},
                                         {"steps", {{{"name", "s"}, {"image", "b"}}}}}}});
  const json pipeline = Await(PipelineKind().resource, "p", [](const json& object) {
    return object.contains("status") && object["metadata"].contains("labels");
  });
  EXPECT_EQ(pipeline["status"]["conditions"][0]["status"], "True");
  EXPECT_EQ(pipeline["metadata"]["labels"][EventTypeLabel()], "t");

  const json event = MakeByHand(
      EventKind().resource,
      {{"metadata", {{"name", "e"}}}, {"spec", {{"type", "t"}, {"source", "/s"}, {"id", "1"}}}});
  const json labelled = Await(EventKind().resource, "e", [](const json& object) {
    return object["metadata"].contains("labels");
  });
  EXPECT_EQ(labelled["metadata"]["labels"][EventTypeLabel()], "t");
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (bus.Stored(bus::kEvents).empty() && absl::Now() < deadline) std::this_thread::yield();
  ASSERT_EQ(bus.Stored(bus::kEvents).size(), 1U);
  EXPECT_EQ(bus.Stored(bus::kEvents)[0].message.id, event["metadata"]["uid"]);

  json bad = UnreadableAction("bad");
  MakeByHand(ActionKind().resource, bad);
  ListQuery all;
  all.ns = ns_;
  EXPECT_THAT(store_->actions().List(all)->items, IsEmpty());
  const json failed = Await(ActionKind().resource, "bad",
                            [](const json& object) { return object.contains("status"); });
  EXPECT_EQ(failed["status"]["completion"], "failure");
  EXPECT_THAT(failed["status"]["conditions"][0]["message"].get<std::string>(),
              HasSubstr("spec.steps[0].x"));
  intake.Stop();
  keeper.Stop();
  refused_actions_->Stop();
}

}  // namespace
}  // namespace eventreactor::kube
