// The gRPC services of an adapter, over its ports.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>

#include "libs/adapter/intake.h"
#include "libs/adapter/log_store.h"
#include "libs/adapter/recorder.h"
#include "libs/adapter/store.h"
#include "libs/adapter/stream_limit.h"
#include "libs/bus/bus.h"
#include "libs/service/call_frame.h"

namespace eventreactor {

// What the services share; all of it outlives them.
struct ServicePorts {
  ResourceStore& store;
  LogStore& logs;
  // Where changes are told.
  bus::Bus& bus;
  service::CallFrame& frame;
  StreamLimit& streams;
  Intake& intake;
  Recorder& recorder = Recorder::None();
  // What the executor has against a Pipeline that is about to be stored; an
  // error is the answer to Apply.
  std::function<absl::Status(const v1::Pipeline&)> check_pipeline =
      [](const v1::Pipeline& /*pipeline*/) { return absl::OkStatus(); };
};

std::unique_ptr<grpc::Service> MakeEventService(const ServicePorts& ports);
std::unique_ptr<grpc::Service> MakePipelineService(const ServicePorts& ports);
std::unique_ptr<grpc::Service> MakeActionService(const ServicePorts& ports);

}  // namespace eventreactor
