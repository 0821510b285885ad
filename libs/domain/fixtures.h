// Pipelines, Events and Actions in short, for tests.
#pragma once

#include <string>

#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/domain/naming.h"

namespace eventreactor::fixtures {

inline google::protobuf::Struct Container(const std::string& image) {
  google::protobuf::Struct container;
  (*container.mutable_fields())["image"].set_string_value(image);
  return container;
}

inline v1::Pipeline NamedPipeline(const std::string& name, const std::string& ns = "default") {
  v1::Pipeline pipeline;
  pipeline.mutable_metadata()->set_name(name);
  pipeline.mutable_metadata()->set_namespace_(ns);
  pipeline.mutable_metadata()->set_uid("uid-" + name);
  pipeline.mutable_metadata()->set_generation(1);
  *pipeline.mutable_spec()->mutable_build()->add_steps() = Container("busybox");
  return pipeline;
}

// Triggered by Events of that type.
inline v1::Pipeline EventPipeline(const std::string& name, const std::string& type,
                                  const std::string& source_pattern = "") {
  v1::Pipeline pipeline = NamedPipeline(name);
  v1::EventTrigger& trigger = *pipeline.mutable_spec()->mutable_trigger()->mutable_event();
  trigger.set_type(type);
  trigger.set_source_pattern(source_pattern);
  return pipeline;
}

// Triggered by finished Actions of that Pipeline; empty: of all.
inline v1::Pipeline ChainedPipeline(const std::string& name, const std::string& upstream = "") {
  v1::Pipeline pipeline = NamedPipeline(name);
  pipeline.mutable_spec()->mutable_trigger()->mutable_pipeline()->set_name(upstream);
  return pipeline;
}

inline v1::Event EventOf(const std::string& type, const std::string& source = "/source",
                         const std::string& id = "1") {
  v1::Event event;
  event.mutable_metadata()->set_namespace_("default");
  event.mutable_metadata()->set_name(EventName("default", source, id));
  event.mutable_spec()->set_type(type);
  event.mutable_spec()->set_source(source);
  event.mutable_spec()->set_id(id);
  return event;
}

// An Action of that Pipeline that ended so.
inline v1::Action FinishedAction(const std::string& pipeline,
                                 v1::Completion completion = v1::COMPLETION_SUCCESS) {
  v1::Action action;
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_metadata()->set_name(ActionName("event", pipeline));
  action.mutable_metadata()->set_uid("uid-of-" + pipeline);
  action.mutable_spec()->mutable_pipeline()->set_name(pipeline);
  action.mutable_spec()->mutable_pipeline()->set_generation(1);
  action.mutable_spec()->mutable_event()->set_name("event");
  action.mutable_spec()->mutable_event()->set_type("type");
  action.mutable_spec()->mutable_event()->set_source("/source");
  action.mutable_spec()->mutable_transaction()->set_id(action.metadata().name());
  action.mutable_spec()->mutable_transaction()->set_stage(1);
  action.mutable_status()->set_completion(completion);
  return action;
}

}  // namespace eventreactor::fixtures
