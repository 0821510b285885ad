#include "services/kube-adapter/store/event_intake.h"

#include <glog/logging.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/bus/subjects.h"
#include "libs/clock/steady_now.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr absl::Duration kStopCheck = absl::Milliseconds(200);
constexpr char kInvalidEvent[] = "InvalidEvent";

v1::ObjectMeta Reference(const ObjectName& name, const std::string& uid) {
  v1::ObjectMeta metadata;
  metadata.set_namespace_(name.ns);
  metadata.set_name(name.name);
  metadata.set_uid(uid);
  return metadata;
}

}  // namespace

absl::StatusOr<bus::Message> IntakeMessage(const v1::Event& event) {
  const v1::ObjectMeta& metadata = event.metadata();
  cloudevents::CloudEvent cloud_event = CloudEventFromEvent(event);
  cloudevents::Limits limits;
  limits.max_data = size_t{3} << 20;
  if (absl::Status status = cloudevents::Validate(cloud_event, limits); !status.ok()) {
    return status;
  }
  bus::Message message;
  message.subject = bus::EventSubject(metadata.namespace_(), cloud_event.type);
  message.headers = cloudevents::ToNatsHeaders(cloud_event);
  message.headers.emplace_back("er-namespace", metadata.namespace_());
  message.headers.emplace_back("er-event-name", metadata.name());
  message.headers.emplace_back("er-event-uid", metadata.uid());
  message.payload = std::move(cloud_event.data).value_or("");
  message.id = metadata.uid();
  return message;
}

EventIntake::EventIntake(const Ports& ports, const Options& options)
    : ports_(ports), options_(options) {}

void EventIntake::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void EventIntake::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EventIntake::Run(const std::stop_token& stop) {
  waiting_.clear();
  done_.clear();
  while (!stop.stop_requested()) {
    const absl::Status status = Follow(stop);
    if (stop.stop_requested()) return;
    VLOG(1) << "following Events: " << status;
    if (!SystemClock().Sleep(options_.retry_first, stop)) return;
  }
}

absl::Status EventIntake::Follow(const std::stop_token& stop) {
  const absl::StatusOr<Cache<EventMark>::Snapshot> there =
      ports_.store.marks().cache().ListAndWatch();
  if (!there.ok()) return there.status();
  for (const CachedPtr<EventMark>& mark : there->objects) Consider(*mark);
  while (!stop.stop_requested()) {
    DoWhatIsDue(stop);
    const absl::StatusOr<std::optional<CacheChange<EventMark>>> change =
        there->reader->Next(kStopCheck);
    if (!change.ok()) return change.status();
    if (!change->has_value()) continue;
    const Cached<EventMark>& mark = *(*change)->object;
    if ((*change)->type == CacheChangeType::kDeleted) {
      Forget(mark.uid);
    } else {
      Consider(mark);
    }
  }
  return absl::OkStatus();
}

void EventIntake::Consider(const Cached<EventMark>& mark) {
  if (mark.value.dispatched) {
    Forget(mark.uid);
  } else if (!done_.contains(mark.uid)) {
    waiting_.try_emplace(mark.uid, Work{.name = mark.name});
  }
}

void EventIntake::Forget(const std::string& uid) {
  waiting_.erase(uid);
  done_.erase(uid);
}

void EventIntake::DoWhatIsDue(const std::stop_token& stop) {
  for (auto each = waiting_.begin(); each != waiting_.end() && !stop.stop_requested();) {
    auto& [uid, work] = *each;
    if (SteadyNow() < work.due) {
      ++each;
      continue;
    }
    const absl::Status status = Take(work.name, uid);
    if (status.ok()) {
      done_.insert(uid);
      each = waiting_.erase(each);
      continue;
    }
    ++work.failures;
    LOG_IF(WARNING, work.failures == 3)
        << "Event " << ToString(work.name) << " is not dispatched yet: " << Message(status);
    absl::Duration wait = options_.retry_first;
    for (int i = 1; i < work.failures && wait < options_.retry_most; ++i) wait *= 2;
    work.due = SteadyNow() + std::min(wait, options_.retry_most);
    ++each;
  }
}

// OK: there is nothing (more) to do about it.
absl::Status EventIntake::Take(const ObjectName& name, const std::string& uid) {
  const absl::StatusOr<v1::Event> event = ports_.store.events().Get(name.ns, name.name);
  if (absl::IsNotFound(event.status())) return absl::OkStatus();
  if (Reason(event.status()) == "OBJECT_NOT_UNDERSTOOD") {
    v1::Event reference;
    *reference.mutable_metadata() = Reference(name, uid);
    Refuse(reference, event.status());
    return absl::OkStatus();
  }
  if (!event.ok()) return event.status();
  // Another of the name has a mark of its own.
  if (event->metadata().uid() != uid || event->status().has_dispatch_time() ||
      event->metadata().has_deletion_timestamp()) {
    return absl::OkStatus();
  }
  const absl::StatusOr<bus::Message> message = IntakeMessage(*event);
  if (!message.ok()) {
    Refuse(*event, message.status());
    return absl::OkStatus();
  }
  if (absl::Status status = Label(*event); !status.ok()) return status;
  absl::Status published = ports_.bus.Publish(*message).status();
  if (!absl::IsInvalidArgument(published)) return published;
  Refuse(*event, published);
  return absl::OkStatus();
}

void EventIntake::Refuse(const v1::Event& event, const absl::Status& why) {
  ports_.recorder.Record("Event", event.metadata(), Recorder::Severity::kWarning, kInvalidEvent,
                         Message(why));
}

// The label that Events are listed by, as those have that ingest accepted.
absl::Status EventIntake::Label(const v1::Event& event) {
  const auto& labels = event.metadata().labels();
  const auto found = labels.find(EventTypeLabel());
  const std::string& type = event.spec().type();
  if (!IsLabelValue(type) || (found != labels.end() && found->second == type)) {
    return absl::OkStatus();
  }
  const ObjectName name{event.metadata().namespace_(), event.metadata().name()};
  const json patch = {
      {"metadata", {{"uid", event.metadata().uid()}, {"labels", {{EventTypeLabel(), type}}}}}};
  const absl::Status status =
      ports_.client.Do(PatchRequest(EventKind().resource, name, PatchType::kMerge, patch.dump()))
          .status();
  return ToStoreError(status, EventKind(), name);
}

}  // namespace eventreactor::kube
