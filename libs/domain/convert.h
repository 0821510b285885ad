// Events and Actions to and from the CloudEvents that carry them. Pure.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor {

// The CloudEvents type of a finished Action on the bus.
inline constexpr char kActionFinishedType[] = "io.github.summerwind.eventreactor.action.finished";
// Of what is told on the feed only.
inline constexpr char kActionCreatedType[] = "io.github.summerwind.eventreactor.action.created";
inline constexpr char kActionStartedType[] = "io.github.summerwind.eventreactor.action.started";
inline constexpr char kStepEndedType[] = "io.github.summerwind.eventreactor.action.step.ended";
inline constexpr char kEventDispatchedType[] = "io.github.summerwind.eventreactor.event.dispatched";

// The Event of an accepted CloudEvent: name, labels, spec.
v1::Event EventFromCloudEvent(const std::string& ns, const cloudevents::CloudEvent& event);

// The reverse: what was accepted, or what somebody wrote as if it had been.
cloudevents::CloudEvent CloudEventFromEvent(const v1::Event& event);

// The Event's data, byte for byte as it was sent.
std::string EventData(const v1::Event& event);

// What happened to an Action: source /namespaces/NS/actions/NAME, subject its
// Pipeline, data the Action's manifest in JSON without step_logs, steps and
// volumes.
struct Happening {
  std::string type;
  std::string id;
  // Left out if it is 0.
  google::protobuf::Timestamp time;
};
cloudevents::CloudEvent ActionCloudEvent(const v1::Action& action, const Happening& happening);

// That an Event was dispatched: source /namespaces/NS/events/NAME, subject its
// type, data the Event's manifest in JSON without data and extensions, and
// with those decisions only that created an Action.
cloudevents::CloudEvent DispatchedCloudEvent(const v1::Event& event);

// A finished Action as a CloudEvent: as above, and its id is the Action's uid.
cloudevents::CloudEvent CloudEventFromAction(const v1::Action& action);
// The reverse: what chained matching needs. INVALID_ARGUMENT for anything
// else.
absl::StatusOr<v1::Action> ActionFromCloudEvent(const cloudevents::CloudEvent& event);

}  // namespace eventreactor
