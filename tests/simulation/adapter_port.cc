#include "tests/simulation/adapter_port.h"

#include <utility>

namespace eventreactor::simulation {
namespace {

absl::Status Away() {
  return MakeStatus(absl::StatusCode::kUnavailable, "AWAY", "the adapter is away");
}

// As the Watch of PipelineService, whose stream needs a server.
class WatchPort : public dispatcher::PipelineWatch {
 public:
  WatchPort(const Outside& outside, std::shared_ptr<AdapterProcess> adapter,
            const std::string& resource_version)
      : outside_(outside), adapter_(std::move(adapter)), begun_(!resource_version.empty()) {
    if (adapter_ == nullptr) {
      end_ = Away();
      return;
    }
    WatchQuery query;
    query.resource_version = resource_version;
    auto changes = outside_.store.pipelines().Watch(query);
    end_ = changes.status();
    if (changes.ok()) changes_ = *std::move(changes);
  }

  bool Next(v1::PipelineServiceWatchResponse& response) override {
    while (end_.ok()) {
      end_ = outside_.calls.Before("Watch", "");
      if (end_.ok() && !adapter_->process()->alive) end_ = Away();
      if (!end_.ok()) break;
      auto change = changes_->Next(absl::ZeroDuration());
      end_ = change.status();
      if (!end_.ok()) break;
      if (!change->has_value()) {
        outside_.schedule.Idle(absl::Seconds(20));
        continue;
      }
      begun_ = begun_ || (*change)->type == v1::CHANGE_TYPE_BOOKMARK;
      response.Clear();
      response.set_type((*change)->type);
      if ((*change)->type != v1::CHANGE_TYPE_BOOKMARK) {
        *response.mutable_pipeline() = (*change)->object;
      }
      if (begun_) response.set_resource_version((*change)->resource_version);
      outside_.schedule.Note("hears of", response.pipeline().metadata().name(), "");
      return true;
    }
    return false;
  }
  absl::Status Finish() override { return end_; }
  // Nobody stops in order here.
  void Cancel() override {}

 private:
  const Outside outside_;
  const std::shared_ptr<AdapterProcess> adapter_;
  bool begun_;
  std::unique_ptr<ChangeStream<v1::Pipeline>> changes_;
  absl::Status end_;
};

absl::StatusOr<bool> Answer(const v1::CreateResult& result) {
  if (!result.has_refused()) return result.created();
  return MakeStatus(static_cast<absl::StatusCode>(result.refused().code()),
                    result.refused().reason(), result.refused().message(),
                    result.refused().field());
}

}  // namespace

absl::Status AdapterPort::Ask(const char* what, const std::string& object, const Method& method) {
  return outside_.calls.Make(what, object, [&]() -> absl::Status {
    const std::shared_ptr<AdapterProcess> adapter = current_();
    if (adapter == nullptr) return Away();
    absl::Status status;
    {
      // The caller may die meanwhile; what it asked for is done all the same.
      const Schedule::As as(outside_.schedule, adapter->process());
      grpc::ServerContext context;
      status = service::FromGrpc(method(*adapter, context));
    }
    return adapter->process()->alive ? status : Away();
  });
}

absl::StatusOr<AdapterPort::Answers> AdapterPort::Create(const v1::CreateBatchRequest& batch) {
  v1::CreateBatchResponse response;
  const std::string& first = batch.requests(0).action().spec().pipeline().name();
  const absl::Status status = Ask("ask to create", first, [&](auto& adapter, auto& context) {
    return adapter.actions().CreateBatch(&context, &batch, &response);
  });
  const bool swallows = outside_.mutation == Mutation::kSwallowedErrors;
  if (absl::IsUnavailable(status) && swallows) {
    return Answers(static_cast<size_t>(batch.requests_size()), false);
  }
  if (!status.ok()) return status;
  Answers answers;
  for (const v1::CreateResult& result : response.results()) {
    absl::StatusOr<bool> answer = Answer(result);
    if (absl::IsUnavailable(answer.status()) && swallows) answer = false;
    answers.push_back(std::move(answer));
  }
  return answers;
}

absl::StatusOr<v1::Event> AdapterPort::Record(const v1::Event& event) {
  v1::RecordRequest request;
  *request.mutable_event() = event;
  v1::RecordResponse response;
  const absl::Status status =
      Ask("ask to record", event.spec().id(), [&](auto& adapter, auto& context) {
        return adapter.events().Record(&context, &request, &response);
      });
  if (!status.ok()) return status;
  return response.event();
}

absl::Status AdapterPort::MarkDispatched(const std::string& ns, const std::string& action,
                                         const std::string& uid, bool limit_exceeded) {
  v1::MarkDispatchedRequest request;
  request.set_namespace_(ns);
  request.set_name(action);
  request.set_uid(uid);
  request.set_upstream_limit_exceeded(limit_exceeded);
  return Mark(request);
}

absl::Status AdapterPort::MarkRefused(const std::string& ns, const std::string& action,
                                      const std::string& uid, const std::string& why) {
  v1::MarkDispatchedRequest request;
  request.set_namespace_(ns);
  request.set_name(action);
  request.set_uid(uid);
  request.set_refusal(why);
  return Mark(request);
}

absl::Status AdapterPort::Mark(const v1::MarkDispatchedRequest& request) {
  return Ask("ask to mark", request.name(), [&](auto& adapter, auto& context) {
    v1::MarkDispatchedResponse response;
    return adapter.actions().MarkDispatched(&context, &request, &response);
  });
}

absl::StatusOr<v1::Pipeline> AdapterPort::GetPipeline(const std::string& ns,
                                                      const std::string& name) {
  v1::PipelineServiceGetRequest request;
  request.set_namespace_(ns);
  request.set_name(name);
  v1::PipelineServiceGetResponse response;
  const absl::Status status = Ask("ask for", name, [&](auto& adapter, auto& context) {
    return adapter.pipelines().Get(&context, &request, &response);
  });
  if (!status.ok()) return status;
  return response.pipeline();
}

absl::StatusOr<std::vector<v1::PipelineIdentity>> AdapterPort::Barrier(const std::string& ns) {
  v1::BarrierRequest request;
  request.set_namespace_(ns);
  v1::BarrierResponse response;
  const absl::Status status = Ask("ask barrier", ns, [&](auto& adapter, auto& context) {
    return adapter.pipelines().Barrier(&context, &request, &response);
  });
  if (!status.ok()) return status;
  std::vector<v1::PipelineIdentity> answer(response.pipelines().begin(),
                                           response.pipelines().end());
  if (outside_.mutation == Mutation::kStaleBarrier) {
    return first_answers_.emplace(ns, std::move(answer)).first->second;
  }
  return answer;
}

std::unique_ptr<dispatcher::PipelineWatch> AdapterPort::WatchPipelines(
    const std::string& resource_version) {
  return std::make_unique<WatchPort>(outside_, current_(), resource_version);
}

absl::StatusOr<v1::Event> AdapterPort::GetEvent(const std::string& ns, const std::string& name) {
  return outside_.store.events().Get(ns, name);
}

absl::StatusOr<v1::Action> AdapterPort::GetAction(const std::string& ns, const std::string& name) {
  return outside_.store.actions().Get(ns, name);
}

absl::StatusOr<std::vector<v1::Action>> AdapterPort::ListActions(const std::string& ns,
                                                                 const std::string& event) {
  ListQuery query;
  query.ns = ns;
  query.event = event;
  auto page = outside_.store.actions().List(query);
  if (!page.ok()) return page.status();
  return std::move(page->items);
}

absl::StatusOr<v1::Pipeline> AdapterPort::Apply(const v1::Pipeline& pipeline) {
  v1::ApplyRequest request;
  *request.mutable_pipeline() = pipeline;
  v1::ApplyResponse response;
  const absl::Status status =
      Ask("apply", pipeline.metadata().name(), [&](auto& adapter, auto& context) {
        return adapter.pipelines().Apply(&context, &request, &response);
      });
  if (!status.ok()) return status;
  return response.pipeline();
}

absl::Status AdapterPort::DeletePipeline(const std::string& ns, const std::string& name) {
  return Ask("delete", name, [&](auto& adapter, auto& context) {
    v1::PipelineServiceDeleteRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    v1::PipelineServiceDeleteResponse response;
    return adapter.pipelines().Delete(&context, &request, &response);
  });
}

absl::Status AdapterPort::Cancel(const std::string& ns, const std::string& name) {
  return Ask("cancel", name, [&](auto& adapter, auto& context) {
    v1::CancelRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    v1::CancelResponse response;
    return adapter.actions().Cancel(&context, &request, &response);
  });
}

}  // namespace eventreactor::simulation
