#include <grpcpp/grpcpp.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "libs/adapter/action_create.h"
#include "libs/adapter/action_log.h"
#include "libs/adapter/delete_one.h"
#include "libs/adapter/dispatch_mark.h"
#include "libs/adapter/feed.h"
#include "libs/adapter/request_check.h"
#include "libs/adapter/services.h"
#include "libs/adapter/watch_stream.h"
#include "libs/domain/run.h"
#include "libs/status/each_ok.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

constexpr int kUpdateTries = 10;
constexpr int kMaxBatch = 100;
// Of one refusal's words.
constexpr size_t kMaxRefusalWords = 4096;

class ActionServiceImpl final : public v1::ActionService::Service {
 public:
  explicit ActionServiceImpl(const ServicePorts& ports) : ports_(ports) {}

  grpc::Status Create(grpc::ServerContext* context, const v1::CreateRequest* request,
                      v1::CreateResponse* response) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.ActionService/Create", [&]() -> absl::Status {
          const Intake::Scope scope(ports_.intake);
          absl::StatusOr<CreatedAction> created = std::move(CreateAll({request}).front());
          if (!created.ok()) return created.status();
          *response->mutable_action() = std::move(created->action);
          response->set_created(created->created);
          return absl::OkStatus();
        });
  }

  grpc::Status CreateBatch(grpc::ServerContext* context, const v1::CreateBatchRequest* request,
                           v1::CreateBatchResponse* response) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.ActionService/CreateBatch", [&]() -> absl::Status {
          if (request->requests_size() > kMaxBatch) {
            return MakeStatus(absl::StatusCode::kOutOfRange, "BATCH_TOO_LARGE",
                              absl::StrCat("requests: there are ", request->requests_size(),
                                           ", and a batch may have ", kMaxBatch, "; send several"),
                              "requests");
          }
          const Intake::Scope scope(ports_.intake);
          for (const absl::StatusOr<CreatedAction>& created : CreateAll(
                   {request->requests().pointer_begin(), request->requests().pointer_end()})) {
            v1::CreateResult& result = *response->add_results();
            if (created.ok()) {
              result.set_created(created->created);
            } else {
              *result.mutable_refused() = Refusal(created.status());
            }
          }
          return absl::OkStatus();
        });
  }

  grpc::Status Get(grpc::ServerContext* context, const v1::ActionServiceGetRequest* request,
                   v1::ActionServiceGetResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.ActionService/Get", [&]() -> absl::Status {
      absl::StatusOr<v1::Action> action = Find(request->namespace_(), request->name());
      if (!action.ok()) return action.status();
      *response->mutable_action() = *std::move(action);
      return absl::OkStatus();
    });
  }

  grpc::Status List(grpc::ServerContext* context, const v1::ActionServiceListRequest* request,
                    v1::ActionServiceListResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.ActionService/List", [&]() -> absl::Status {
      absl::StatusOr<ListQuery> query = CheckList(request->namespace_(), request->label_selector(),
                                                  request->page_size(), request->page_token());
      if (!query.ok()) return query.status();
      absl::Status names = CheckFilter(request->pipeline(), "pipeline");
      if (names.ok()) names = CheckFilter(request->event(), "event");
      if (!names.ok()) return names;
      query->pipeline = request->pipeline();
      query->event = request->event();
      query->unfinished = request->unfinished();
      absl::StatusOr<Page<v1::Action>> page = Actions().List(*query);
      if (!page.ok()) return page.status();
      for (v1::Action& action : page->items) {
        action.mutable_status()->clear_step_logs();
        *response->add_actions() = std::move(action);
      }
      response->set_next_page_token(page->next_page_token);
      response->set_resource_version(page->resource_version);
      return absl::OkStatus();
    });
  }

  grpc::Status Watch(grpc::ServerContext* context, const v1::ActionServiceWatchRequest* request,
                     grpc::ServerWriter<v1::ActionServiceWatchResponse>* writer) override {
    return ports_.frame.Run(*context, "eventreactor.v1.ActionService/Watch", [&]() -> absl::Status {
      absl::StatusOr<WatchQuery> query =
          CheckWatch(request->namespace_(), request->label_selector(), request->resource_version());
      if (!query.ok()) return query.status();
      if (!request->name().empty()) {
        const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
        if (!key.ok()) return key.status();
        query->name = key->name;
      }
      return StreamChanges(Actions(), *query, ports_.streams, *context, *writer,
                           [](v1::Action action, v1::ActionServiceWatchResponse& response) {
                             *response.mutable_action() = std::move(action);
                           });
    });
  }

  grpc::Status MarkDispatched(grpc::ServerContext* context,
                              const v1::MarkDispatchedRequest* request,
                              v1::MarkDispatchedResponse* /*response*/) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.ActionService/MarkDispatched", [&]() -> absl::Status {
          const Intake::Scope scope(ports_.intake);
          const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
          if (!key.ok()) return key.status();
          const DispatchMark mark{request->upstream_limit_exceeded(), request->refusal()};
          return Retry([&]() -> absl::Status { return MarkOnce(*key, request->uid(), mark); });
        });
  }

  grpc::Status Cancel(grpc::ServerContext* context, const v1::CancelRequest* request,
                      v1::CancelResponse* response) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.ActionService/Cancel", [&]() -> absl::Status {
          const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
          if (!key.ok()) return key.status();
          return Retry(
              [&]() -> absl::Status { return CancelOnce(*key, *response->mutable_action()); });
        });
  }

  grpc::Status Delete(grpc::ServerContext* context, const v1::ActionServiceDeleteRequest* request,
                      v1::ActionServiceDeleteResponse* /*response*/) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.ActionService/Delete", [&]() -> absl::Status {
          const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
          if (!key.ok()) return key.status();
          // The reconciler sees it go, and ends what runs.
          return DeleteThatOne(Actions(), *key, request->uid(), "Action");
        });
  }

  grpc::Status ReadLog(grpc::ServerContext* context, const v1::ReadLogRequest* request,
                       grpc::ServerWriter<v1::ReadLogResponse>* writer) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.ActionService/ReadLog", [&]() -> absl::Status {
          absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
          if (!key.ok()) return key.status();
          absl::Status step = CheckFilter(request->step(), "step");
          if (!step.ok()) return step;
          const StreamLimit::Slot slot(ports_.streams);
          if (!slot.status().ok()) return slot.status();
          bool writable = true;
          const auto gone = [&] {
            return !writable || context->IsCancelled() || service::Stopping();
          };
          absl::Status status = ReadActionLog(
              Actions(), ports_.logs,
              {.key = *std::move(key), .step = request->step(), .follow = request->follow()}, gone,
              [&](const v1::ReadLogResponse& piece) { return writable = writer->Write(piece); });
          if (!status.ok() || !gone()) return status;
          return service::Stopping() ? ShuttingDown() : ClientGone();
        });
  }

 private:
  Store<v1::Action>& Actions() { return ports_.store.actions(); }

  absl::StatusOr<v1::Action> Find(const std::string& ns, const std::string& name) {
    const absl::StatusOr<ObjectKey> key = CheckKey(ns, name);
    if (!key.ok()) return key.status();
    return Actions().Get(key->ns, key->name);
  }

  // An answer for each, in their order; what is new is told.
  std::vector<absl::StatusOr<CreatedAction>> CreateAll(
      const std::vector<const v1::CreateRequest*>& requests) {
    std::vector<absl::StatusOr<NewAction>> wanted;
    wanted.reserve(requests.size());
    for (const v1::CreateRequest* request : requests) {
      NewAction next{request->action(), request->on_request()};
      absl::Status status = CheckAction(next.action);
      if (status.ok()) {
        wanted.emplace_back(std::move(next));
      } else {
        wanted.emplace_back(std::move(status));
      }
    }
    return EachOk(std::move(wanted), [&](const std::vector<NewAction>& checked) {
      std::vector<absl::StatusOr<CreatedAction>> answers = CreateOnce(ports_.store, checked);
      for (size_t i = 0; i < answers.size(); ++i) {
        if (!answers[i].ok() || !answers[i]->created) continue;
        TellCreated(answers[i]->action, checked[i].on_request);
      }
      return answers;
    });
  }

  static v1::CreateRefusal Refusal(const absl::Status& status) {
    v1::CreateRefusal refusal;
    refusal.set_code(static_cast<int>(status.code()));
    refusal.set_reason(Reason(status));
    refusal.set_field(Field(status));
    // Messages may quote what somebody sent.
    refusal.set_message(ValidUtf8(Message(status), kMaxRefusalWords));
    return refusal;
  }

  void TellCreated(const v1::Action& action, bool on_request) {
    TellFeed(ports_.bus, ActionCreatedMessage(action));
    const v1::ActionSpec& spec = action.spec();
    const std::string cause = spec.has_upstream() ? absl::StrCat("Action ", spec.upstream().name())
                                                  : absl::StrCat("Event ", spec.event().name());
    ports_.recorder.Record("Action", action.metadata(), Recorder::Severity::kNormal, "Created",
                           absl::StrCat(cause, " triggered Pipeline ", spec.pipeline().name(),
                                        on_request ? ", on request" : ""));
    // By name: its uid is not known here.
    v1::ObjectMeta pipeline;
    pipeline.set_namespace_(action.metadata().namespace_());
    pipeline.set_name(spec.pipeline().name());
    ports_.recorder.Record("Pipeline", pipeline, Recorder::Severity::kNormal, "Triggered",
                           absl::StrCat("by ", cause, on_request ? ", on request" : "",
                                        ": created Action ", action.metadata().name()));
  }

  // Until nobody else writes in between.
  template <class Try>
  static absl::Status Retry(const Try& once) {
    absl::Status status;
    for (int i = 0; i < kUpdateTries; ++i) {
      status = once();
      if (Reason(status) != "CONFLICT") break;
    }
    return status;
  }

  absl::Status MarkOnce(const ObjectKey& key, const std::string& uid, const DispatchMark& mark) {
    absl::StatusOr<v1::Action> action = Actions().Get(key.ns, key.name);
    if (!action.ok()) return action.status();
    if (!uid.empty() && action->metadata().uid() != uid) {
      return MakeStatus(
          absl::StatusCode::kNotFound, "ACTION_NOT_FOUND",
          absl::StrCat("the Action ", key.name, " is another than that of uid ", uid.substr(0, 64)),
          "uid");
    }
    if (action->status().has_dispatch_time()) return absl::OkStatus();
    if (!IsTerminal(*action)) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "NOT_FINISHED",
                        absl::StrCat("the Action ", key.name, " has not ended"));
    }
    return StoreDispatchMark(Actions(), ports_.recorder, *std::move(action), mark);
  }

  absl::Status CancelOnce(const ObjectKey& key, v1::Action& cancelled) {
    absl::StatusOr<v1::Action> action = Actions().Get(key.ns, key.name);
    if (!action.ok()) return action.status();
    if (action->spec().status() != kBuildCancelled) {
      if (IsTerminal(*action)) {
        return MakeStatus(absl::StatusCode::kFailedPrecondition, "ALREADY_FINISHED",
                          absl::StrCat("the Action ", key.name, " has ended by itself"));
      }
      action->mutable_spec()->set_status(kBuildCancelled);
      action = Actions().Update(*action);
      if (!action.ok()) return action.status();
    }
    cancelled = *std::move(action);
    return absl::OkStatus();
  }

  const ServicePorts ports_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeActionService(const ServicePorts& ports) {
  return std::make_unique<ActionServiceImpl>(ports);
}

}  // namespace eventreactor
