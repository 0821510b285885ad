#include "libs/adapter/feed.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/bus/subjects.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"

namespace eventreactor {
namespace {

constexpr absl::Duration kTellTimeout = absl::Seconds(5);

bus::Message Telling(const cloudevents::CloudEvent& event, const std::string& ns,
                     const std::string& subject) {
  bus::Message message;
  message.subject = bus::FeedSubject(subject);
  message.headers = cloudevents::ToNatsHeaders(event);
  message.headers.emplace_back("er-namespace", ns);
  message.payload = event.data.value_or("");
  message.id = event.id;
  return message;
}

bus::Message Telling(const cloudevents::CloudEvent& event, const v1::Action& action,
                     const std::string& phase) {
  const std::string& ns = action.metadata().namespace_();
  return Telling(event, ns, bus::ActionSubject(ns, action.spec().pipeline().name(), phase));
}

std::set<std::string> EndedSteps(const v1::Action& action) {
  std::set<std::string> ended;
  for (const v1::StepState& step : action.status().step_states()) {
    if (step.has_terminated()) ended.insert(step.name());
  }
  return ended;
}

}  // namespace

bus::Message EventDispatchedMessage(const v1::Event& event) {
  const std::string& ns = event.metadata().namespace_();
  return Telling(DispatchedCloudEvent(event), ns, bus::DispatchedSubject(ns, event.spec().type()));
}

bus::Message ActionCreatedMessage(const v1::Action& action) {
  return Telling(ActionCloudEvent(action, {.type = kActionCreatedType,
                                           .id = absl::StrCat(action.metadata().uid(), "/created"),
                                           .time = action.metadata().creation_timestamp()}),
                 action, "created");
}

std::vector<bus::Message> ActionChangeMessages(const v1::Action& before, const v1::Action& after) {
  std::vector<bus::Message> messages;
  const std::string& uid = after.metadata().uid();
  if (after.status().has_start_time() && !before.status().has_start_time()) {
    messages.push_back(Telling(ActionCloudEvent(after, {.type = kActionStartedType,
                                                        .id = absl::StrCat(uid, "/started"),
                                                        .time = after.status().start_time()}),
                               after, "started"));
  }
  const std::set<std::string> ended = EndedSteps(before);
  for (const v1::StepState& step : after.status().step_states()) {
    if (!step.has_terminated() || ended.contains(step.name())) continue;
    cloudevents::CloudEvent event =
        ActionCloudEvent(after, {.type = kStepEndedType,
                                 .id = absl::StrCat(uid, "/step/", step.name()),
                                 .time = step.terminated().finished_at()});
    event.extensions["step"] = step.name();
    event.extensions["exitcode"] = absl::StrCat(step.terminated().exit_code());
    messages.push_back(Telling(event, after, "step"));
  }
  return messages;
}

void TellFeed(bus::Bus& bus, const bus::Message& message) {
  bus.PublishAsync(message, kTellTimeout, [](const absl::StatusOr<bus::PublishAck>& /*ack*/) {});
}

}  // namespace eventreactor
