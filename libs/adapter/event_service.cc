#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "libs/adapter/being_deleted.h"
#include "libs/adapter/delete_one.h"
#include "libs/adapter/feed.h"
#include "libs/adapter/request_check.h"
#include "libs/adapter/services.h"
#include "libs/adapter/watch_stream.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// Lists leave out data beyond this.
constexpr size_t kListedData = size_t{4} << 10;
constexpr int kRecordTries = 5;

absl::Status CheckEvent(v1::Event& event) {
  if (absl::Status status = AdmitMetadata(*event.mutable_metadata()); !status.ok()) return status;
  if (event.spec().type().empty()) return InvalidField("spec.type", "is required");
  if (event.spec().source().empty()) return InvalidField("spec.source", "is required");
  if (event.spec().id().empty()) return InvalidField("spec.id", "is required");
  if (IsLabelValue(event.spec().type())) {
    (*event.mutable_metadata()->mutable_labels())[EventTypeLabel()] = event.spec().type();
  }
  return absl::OkStatus();
}

class EventServiceImpl final : public v1::EventService::Service {
 public:
  explicit EventServiceImpl(const ServicePorts& ports) : ports_(ports) {}

  grpc::Status Record(grpc::ServerContext* context, const v1::RecordRequest* request,
                      v1::RecordResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.EventService/Record", [&]() -> absl::Status {
      const Intake::Scope scope(ports_.intake);
      v1::Event event = request->event();
      if (absl::Status status = CheckEvent(event); !status.ok()) return status;
      absl::StatusOr<v1::Event> stored = StoreOnce(event, request->event().metadata().uid());
      if (!stored.ok()) return stored.status();
      TellDispatched(event, *stored);
      *response->mutable_event() = *std::move(stored);
      return absl::OkStatus();
    });
  }

  grpc::Status Get(grpc::ServerContext* context, const v1::EventServiceGetRequest* request,
                   v1::EventServiceGetResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.EventService/Get", [&]() -> absl::Status {
      const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
      if (!key.ok()) return key.status();
      absl::StatusOr<v1::Event> event = Events().Get(key->ns, key->name);
      if (!event.ok()) return event.status();
      *response->mutable_event() = *std::move(event);
      return absl::OkStatus();
    });
  }

  grpc::Status List(grpc::ServerContext* context, const v1::EventServiceListRequest* request,
                    v1::EventServiceListResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.EventService/List", [&]() -> absl::Status {
      absl::StatusOr<ListQuery> query = CheckList(request->namespace_(), request->label_selector(),
                                                  request->page_size(), request->page_token());
      if (!query.ok()) return query.status();
      query->event_type = request->type();
      absl::StatusOr<Page<v1::Event>> page = Events().List(*query);
      if (!page.ok()) return page.status();
      for (v1::Event& event : page->items) {
        v1::EventSpec& spec = *event.mutable_spec();
        if (spec.data().size() + spec.data_base64().size() > kListedData) {
          spec.clear_data();
          spec.clear_data_base64();
        }
        *response->add_events() = std::move(event);
      }
      response->set_next_page_token(page->next_page_token);
      response->set_resource_version(page->resource_version);
      return absl::OkStatus();
    });
  }

  grpc::Status Watch(grpc::ServerContext* context, const v1::EventServiceWatchRequest* request,
                     grpc::ServerWriter<v1::EventServiceWatchResponse>* writer) override {
    return ports_.frame.Run(*context, "eventreactor.v1.EventService/Watch", [&]() -> absl::Status {
      const absl::StatusOr<WatchQuery> query =
          CheckWatch(request->namespace_(), request->label_selector(), request->resource_version());
      if (!query.ok()) return query.status();
      return StreamChanges(Events(), *query, ports_.streams, *context, *writer,
                           [](v1::Event event, v1::EventServiceWatchResponse& response) {
                             *response.mutable_event() = std::move(event);
                           });
    });
  }

  grpc::Status Delete(grpc::ServerContext* context, const v1::EventServiceDeleteRequest* request,
                      v1::EventServiceDeleteResponse* /*response*/) override {
    return ports_.frame.Run(*context, "eventreactor.v1.EventService/Delete", [&]() -> absl::Status {
      const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
      if (!key.ok()) return key.status();
      ListQuery users;
      users.ns = key->ns;
      users.event = key->name;
      // Until it is dispatched, an Action may yet trigger others of the Event.
      users.undispatched = true;
      users.page_size = 1;
      // Where all Actions of an Event are dispatched no other comes but by a
      // rerun, and one between this look and the deletion is missed anyhow.
      users.recent = true;
      const absl::StatusOr<Page<v1::Action>> page = ports_.store.actions().List(users);
      if (!page.ok()) return page.status();
      if (!page->items.empty()) {
        return MakeStatus(absl::StatusCode::kFailedPrecondition, "EVENT_IN_USE",
                          absl::StrCat("the Action ", page->items.front().metadata().name(),
                                       " of the Event ", key->name,
                                       " runs, or what it triggers is still to be created; "
                                       "wait for its end, or cancel it"));
      }
      return DeleteThatOne(Events(), *key, request->uid(), "Event");
    });
  }

 private:
  Store<v1::Event>& Events() { return ports_.store.events(); }

  // Unless another call's dispatch is the one that is stored.
  void TellDispatched(const v1::Event& event, const v1::Event& stored) {
    if (!event.status().has_dispatch_time() ||
        event.status().dispatch_time().seconds() != stored.status().dispatch_time().seconds() ||
        event.status().dispatch_time().nanos() != stored.status().dispatch_time().nanos()) {
      return;
    }
    TellFeed(ports_.bus, EventDispatchedMessage(stored));
    int created = 0;
    for (const v1::Decision& decision : stored.status().decisions()) {
      created += decision.action().empty() ? 0 : 1;
    }
    ports_.recorder.Record(
        "Event", stored.metadata(), Recorder::Severity::kNormal, "Dispatched",
        created == 0 ? "no Pipeline matched" : absl::StrCat("has ", created, " Actions"));
  }

  // The first Event of a source and id wins; what it lacks of the dispatch is
  // added once. With a uid it is there already, or gone for good.
  absl::StatusOr<v1::Event> StoreOnce(const v1::Event& event, const std::string& uid) {
    absl::StatusOr<v1::Event> stored;
    if (uid.empty()) {
      stored = Events().Create(event);
      if (Reason(stored.status()) != "NAME_TAKEN") return stored;
    }
    for (int i = 0; i < kRecordTries; ++i) {
      stored = Events().Get(event.metadata().namespace_(), event.metadata().name());
      if (absl::IsNotFound(stored.status()) && uid.empty()) {
        return BeingDeleted("Event", event.metadata().name());
      }
      if (!stored.ok()) return stored;
      absl::Status status = CheckSame(*stored, event, uid);
      if (!status.ok()) return status;
      if (stored->status().has_dispatch_time() || !event.status().has_dispatch_time()) {
        return stored;
      }
      *stored->mutable_status() = event.status();
      stored = Events().UpdateStatus(*stored);
      if (Reason(stored.status()) != "CONFLICT") return stored;
    }
    return stored;
  }

  static absl::Status CheckSame(const v1::Event& stored, const v1::Event& event,
                                const std::string& uid) {
    const std::string& name = event.metadata().name();
    if (!uid.empty()) {
      if (stored.metadata().uid() == uid) return absl::OkStatus();
      return MakeStatus(
          absl::StatusCode::kNotFound, "EVENT_NOT_FOUND",
          absl::StrCat("the Event ", name, " is another than that of uid ", uid.substr(0, 64)),
          "event.metadata.uid");
    }
    if (stored.spec().source() != event.spec().source() ||
        stored.spec().id() != event.spec().id()) {
      return MakeStatus(
          absl::StatusCode::kAlreadyExists, "NAME_TAKEN",
          absl::StrCat("the Event ", name, " is there with the source \"", stored.spec().source(),
                       "\" and the id \"", stored.spec().id(), "\""),
          "metadata.name");
    }
    return CheckNotBeingDeleted("Event", stored.metadata());
  }

  const ServicePorts ports_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeEventService(const ServicePorts& ports) {
  return std::make_unique<EventServiceImpl>(ports);
}

}  // namespace eventreactor
