#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "libs/adapter/barrier.h"
#include "libs/adapter/being_deleted.h"
#include "libs/adapter/pipeline_ready.h"
#include "libs/adapter/request_check.h"
#include "libs/adapter/services.h"
#include "libs/adapter/watch_stream.h"
#include "libs/domain/fragment_check.h"
#include "libs/domain/matching.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr int kApplyTries = 5;
// Apart from all other streams: whoever follows logs must not keep out the
// dispatchers, without whose watch nothing is dispatched.
constexpr int kMostWatches = 32;

// The labels by which Pipelines are listed; a former trigger's are dropped.
void SetTriggerLabels(v1::Pipeline& pipeline) {
  auto& labels = *pipeline.mutable_metadata()->mutable_labels();
  labels.erase(EventTypeLabel());
  const v1::Trigger& trigger = pipeline.spec().trigger();
  labels[PipelineTriggerLabel()] = trigger.has_event() ? "event" : "pipeline";
  if (trigger.has_event() && IsLabelValue(trigger.event().type())) {
    labels[EventTypeLabel()] = trigger.event().type();
  }
}

class PipelineServiceImpl final : public v1::PipelineService::Service {
 public:
  explicit PipelineServiceImpl(const ServicePorts& ports)
      : ports_(ports),
        barrier_([this](const std::string& ns) { return ports_.store.PipelineIdentities(ns); }) {}

  grpc::Status Apply(grpc::ServerContext* context, const v1::ApplyRequest* request,
                     v1::ApplyResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.PipelineService/Apply",
                            [&]() -> absl::Status {
                              v1::Pipeline pipeline = request->pipeline();
                              pipeline.clear_status();
                              absl::Status status = AdmitMetadata(*pipeline.mutable_metadata());
                              if (status.ok()) status = Matcher::Compile(pipeline).status();
                              if (status.ok()) {
                                status = InField("spec", CheckFragments(pipeline.spec().build()));
                              }
                              if (status.ok()) status = ports_.check_pipeline(pipeline);
                              if (!status.ok()) return status;
                              SetTriggerLabels(pipeline);
                              return Store(pipeline, *response);
                            });
  }

  grpc::Status Get(grpc::ServerContext* context, const v1::PipelineServiceGetRequest* request,
                   v1::PipelineServiceGetResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.PipelineService/Get", [&]() -> absl::Status {
      const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
      if (!key.ok()) return key.status();
      absl::StatusOr<v1::Pipeline> pipeline = Pipelines().Get(key->ns, key->name);
      if (!pipeline.ok()) return pipeline.status();
      *response->mutable_pipeline() = *std::move(pipeline);
      return absl::OkStatus();
    });
  }

  grpc::Status List(grpc::ServerContext* context, const v1::PipelineServiceListRequest* request,
                    v1::PipelineServiceListResponse* response) override {
    return ports_.frame.Run(*context, "eventreactor.v1.PipelineService/List",
                            [&]() -> absl::Status {
                              const absl::StatusOr<ListQuery> query =
                                  CheckList(request->namespace_(), request->label_selector(),
                                            request->page_size(), request->page_token());
                              if (!query.ok()) return query.status();
                              absl::StatusOr<Page<v1::Pipeline>> page = Pipelines().List(*query);
                              if (!page.ok()) return page.status();
                              for (v1::Pipeline& pipeline : page->items) {
                                *response->add_pipelines() = std::move(pipeline);
                              }
                              response->set_next_page_token(page->next_page_token);
                              response->set_resource_version(page->resource_version);
                              return absl::OkStatus();
                            });
  }

  grpc::Status Watch(grpc::ServerContext* context, const v1::PipelineServiceWatchRequest* request,
                     grpc::ServerWriter<v1::PipelineServiceWatchResponse>* writer) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.PipelineService/Watch", [&]() -> absl::Status {
          const absl::StatusOr<WatchQuery> query = CheckWatch(
              request->namespace_(), request->label_selector(), request->resource_version());
          if (!query.ok()) return query.status();
          return StreamChanges(
              Pipelines(), *query, watches_, *context, *writer,
              [](v1::Pipeline pipeline, v1::PipelineServiceWatchResponse& response) {
                *response.mutable_pipeline() = std::move(pipeline);
              });
        });
  }

  grpc::Status Barrier(grpc::ServerContext* context, const v1::BarrierRequest* request,
                       v1::BarrierResponse* response) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.PipelineService/Barrier", [&]() -> absl::Status {
          // The name's rules are the same for all: any will do.
          const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), "any");
          if (!key.ok()) return key.status();
          const auto identities = barrier_.Wait(key->ns);
          if (!identities->ok()) return identities->status();
          for (const v1::PipelineIdentity& identity : **identities) {
            *response->add_pipelines() = identity;
          }
          return absl::OkStatus();
        });
  }

  grpc::Status Delete(grpc::ServerContext* context, const v1::PipelineServiceDeleteRequest* request,
                      v1::PipelineServiceDeleteResponse* /*response*/) override {
    return ports_.frame.Run(
        *context, "eventreactor.v1.PipelineService/Delete", [&]() -> absl::Status {
          const absl::StatusOr<ObjectKey> key = CheckKey(request->namespace_(), request->name());
          if (!key.ok()) return key.status();
          return Pipelines().Delete(key->ns, key->name, "");
        });
  }

 private:
  eventreactor::Store<v1::Pipeline>& Pipelines() { return ports_.store.pipelines(); }

  // Whoever writes in between, the last Apply wins.
  absl::Status Store(v1::Pipeline& pipeline, v1::ApplyResponse& response) {
    absl::Status last;
    response.set_result(v1::APPLY_RESULT_UNCHANGED);
    for (int i = 0; i < kApplyTries; ++i) {
      absl::StatusOr<v1::Pipeline> stored =
          Pipelines().Get(pipeline.metadata().namespace_(), pipeline.metadata().name());
      if (absl::IsNotFound(stored.status())) {
        // Only what compiles gets here.
        *pipeline.mutable_status() = ReadyStatus({}, 1, absl::OkStatus(), absl::Now());
        stored = Pipelines().Create(pipeline);
        if (stored.ok()) response.set_result(v1::APPLY_RESULT_CREATED);
      } else if (stored.ok()) {
        absl::Status status = CheckNotBeingDeleted("Pipeline", stored->metadata());
        if (!status.ok()) return status;
        const std::string version = stored->metadata().resource_version();
        pipeline.mutable_metadata()->set_resource_version(version);
        const v1::PipelineStatus before = stored->status();
        stored = Pipelines().Update(pipeline);
        if (stored.ok()) {
          // It stays so when somebody comes in between the two writes.
          if (stored->metadata().resource_version() != version) {
            response.set_result(v1::APPLY_RESULT_CONFIGURED);
          }
          *stored->mutable_status() =
              ReadyStatus(before, stored->metadata().generation(), absl::OkStatus(), absl::Now());
          stored = Pipelines().UpdateStatus(*stored);
        }
      }
      if (stored.ok()) {
        *response.mutable_pipeline() = *std::move(stored);
        return absl::OkStatus();
      }
      last = stored.status();
      const std::string reason = Reason(last);
      if (reason != "CONFLICT" && reason != "NAME_TAKEN" && reason != "PIPELINE_NOT_FOUND") break;
    }
    return last;
  }

  const ServicePorts ports_;
  StreamLimit watches_{kMostWatches};
  eventreactor::Barrier barrier_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePipelineService(const ServicePorts& ports) {
  return std::make_unique<PipelineServiceImpl>(ports);
}

}  // namespace eventreactor
