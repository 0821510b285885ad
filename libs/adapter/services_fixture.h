// The three services over stores in memory, and a client of them within the
// process, for tests.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "eventreactor/v1/action_service.grpc.pb.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "libs/adapter/memory_store.h"
#include "libs/adapter/services.h"
#include "libs/bus/fake_bus.h"
#include "libs/service/grpc_status.h"
#include "libs/status/status.h"

namespace eventreactor {

struct ListingRecorder : public Recorder {
  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity /*severity*/,
              const std::string& reason, const std::string& /*message*/) override {
    told.push_back(kind + " " + metadata.name() + " " + reason);
  }
  std::vector<std::string> told;
};

class ServicesFixture : public testing::Test {
 protected:
  ServicesFixture() {
    grpc::ServerBuilder builder;
    for (const auto& service : {&events_, &pipelines_, &actions_}) {
      builder.RegisterService(service->get());
    }
    server_ = builder.BuildAndStart();
    const auto channel = server_->InProcessChannel({});
    events = v1::EventService::NewStub(channel);
    pipelines = v1::PipelineService::NewStub(channel);
    actions = v1::ActionService::NewStub(channel);
  }

  // Calls a method of a stub; the error's reason, or "OK".
  template <class Stub, class Request, class Response>
  std::string Call(Stub& stub,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response& response) {
    grpc::ClientContext context;
    last_ = service::FromGrpc((stub.*method)(&context, request, &response));
    return last_.ok() ? "OK" : Reason(last_);
  }

  std::string Create(const v1::Action& action, v1::CreateResponse* response = nullptr) {
    v1::CreateRequest request;
    *request.mutable_action() = action;
    v1::CreateResponse ignored;
    return Call(*actions, &v1::ActionService::Stub::Create, request,
                response == nullptr ? ignored : *response);
  }
  std::string Record(const v1::Event& event, v1::RecordResponse* response = nullptr) {
    v1::RecordRequest request;
    *request.mutable_event() = event;
    v1::RecordResponse ignored;
    return Call(*events, &v1::EventService::Stub::Record, request,
                response == nullptr ? ignored : *response);
  }
  std::string Apply(const v1::Pipeline& pipeline, v1::ApplyResponse& response) {
    v1::ApplyRequest request;
    *request.mutable_pipeline() = pipeline;
    return Call(*pipelines, &v1::PipelineService::Stub::Apply, request, response);
  }
  std::string Mark(const std::string& name, const std::string& uid = "",
                   bool limit_exceeded = false) {
    v1::MarkDispatchedRequest request;
    request.set_name(name);
    request.set_upstream_limit_exceeded(limit_exceeded);
    request.set_uid(uid);
    v1::MarkDispatchedResponse response;
    return Call(*actions, &v1::ActionService::Stub::MarkDispatched, request, response);
  }
  std::string Cancel(const std::string& name) {
    v1::CancelRequest request;
    request.set_name(name);
    v1::CancelResponse response;
    return Call(*actions, &v1::ActionService::Stub::Cancel, request, response);
  }
  // All pieces, as "step: data".
  std::vector<std::string> Log(const std::string& name, const std::string& step = "") {
    v1::ReadLogRequest request;
    request.set_name(name);
    request.set_step(step);
    grpc::ClientContext context;
    const auto reader = actions->ReadLog(&context, request);
    std::vector<std::string> pieces;
    v1::ReadLogResponse piece;
    while (reader->Read(&piece)) pieces.push_back(piece.step() + ": " + piece.data());
    last_ = service::FromGrpc(reader->Finish());
    return pieces;
  }

  void Finish(const std::string& name) {
    v1::Action action = *store_.actions().Get("default", name);
    action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
    action.mutable_status()->add_steps_completed("build-step-one");
    action.mutable_status()->add_step_states()->set_name("build-step-one");
    action.mutable_status()->add_step_logs("the tail");
    ASSERT_TRUE(store_.actions().UpdateStatus(action).ok());
  }

  static v1::Action MakeAction(const std::string& name) {
    v1::Action action;
    action.mutable_metadata()->set_name(name);
    action.mutable_spec()->mutable_event()->set_name("e");
    action.mutable_spec()->mutable_pipeline()->set_name("p");
    action.mutable_spec()->mutable_transaction()->set_id(name);
    return action;
  }
  static v1::Event MakeEvent(const std::string& name, bool dispatched = false) {
    v1::Event event;
    event.mutable_metadata()->set_name(name);
    event.mutable_spec()->set_type("com.example.push");
    event.mutable_spec()->set_source("/s");
    event.mutable_spec()->set_id("1");
    if (dispatched) event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    return event;
  }
  static v1::Pipeline MakePipeline(const std::string& name) {
    v1::Pipeline pipeline;
    pipeline.mutable_metadata()->set_name(name);
    pipeline.mutable_spec()->mutable_trigger()->mutable_event()->set_type("com.example.push");
    auto& fields = *pipeline.mutable_spec()->mutable_build()->add_steps()->mutable_fields();
    fields["name"].set_string_value("one");
    fields["image"].set_string_value("busybox");
    return pipeline;
  }

  MemoryStore store_;
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
  service::CallFrame frame_{""};
  StreamLimit streams_{2};
  Intake intake_;
  ListingRecorder recorder_;
  // What the executor has against any Pipeline.
  absl::Status objection_;
  const ServicePorts ports_{
      store_,    logs_,
      bus_,      frame_,
      streams_,  intake_,
      recorder_, [this](const v1::Pipeline& /*pipeline*/) { return objection_; }};
  std::unique_ptr<grpc::Service> events_ = MakeEventService(ports_);
  std::unique_ptr<grpc::Service> pipelines_ = MakePipelineService(ports_);
  std::unique_ptr<grpc::Service> actions_ = MakeActionService(ports_);
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EventService::Stub> events;
  std::unique_ptr<v1::PipelineService::Stub> pipelines;
  std::unique_ptr<v1::ActionService::Stub> actions;
  absl::Status last_;
};

}  // namespace eventreactor
