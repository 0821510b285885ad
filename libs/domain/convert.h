// Events and Actions to and from the CloudEvents that carry them. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor {

// The CloudEvents type of a finished Action on the bus.
inline constexpr char kActionFinishedType[] = "io.github.summerwind.eventreactor.action.finished";

// The Event of an accepted CloudEvent: name, labels, spec.
v1::Event EventFromCloudEvent(const std::string& ns, const cloudevents::CloudEvent& event);

// The reverse: what was accepted, or what somebody wrote as if it had been.
cloudevents::CloudEvent CloudEventFromEvent(const v1::Event& event);

// The Event's data, byte for byte as it was sent.
std::string EventData(const v1::Event& event);

// A finished Action as a CloudEvent: id its uid, source
// /namespaces/NS/actions/NAME, subject its Pipeline, data the Action's
// manifest in JSON without step_logs, steps and volumes.
cloudevents::CloudEvent CloudEventFromAction(const v1::Action& action);
// The reverse: what chained matching needs. INVALID_ARGUMENT for anything
// else.
absl::StatusOr<v1::Action> ActionFromCloudEvent(const cloudevents::CloudEvent& event);

}  // namespace eventreactor
