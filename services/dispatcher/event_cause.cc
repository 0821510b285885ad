// Causes that are Events.
#include <utility>

#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/dispatcher/cause.h"
#include "services/dispatcher/request.h"

namespace eventreactor::dispatcher {
namespace {

// What fits into one call to the adapter beside its decisions.
constexpr size_t kMaxEventBytes = size_t{3} << 20;

class EventCause : public Cause {
 public:
  // `uid` is that of an Event that is in the cluster already, and then is what
  // names derive from: made again under its name, it is another cause.
  EventCause(v1::Event event, std::string uid) : event_(std::move(event)), uid_(std::move(uid)) {}

  const std::string& ns() const override { return event_.metadata().namespace_(); }

  std::string Describe() const override { return "event " + ns() + "/" + event_.metadata().name(); }

  const Snapshot::Matchers& Candidates(const Snapshot& snapshot,
                                       Snapshot::Matchers& /*room*/) const override {
    return snapshot.ForType(ns(), event_.spec().type());
  }

  v1::Decision Evaluate(const Matcher& matcher) const override { return matcher.Evaluate(event_); }

  absl::StatusOr<v1::Action> Make(const v1::Pipeline& pipeline,
                                  const std::string& attempt) const override {
    return MakeAction(event_, pipeline, attempt, uid_);
  }

  absl::Status Conclude(AdapterClient& adapter, std::vector<v1::Decision> decisions,
                        absl::Time now) const override {
    v1::Event event = event_;
    v1::EventStatus& status = *event.mutable_status();
    const absl::Duration since_epoch = now - absl::UnixEpoch();
    status.mutable_dispatch_time()->set_seconds(absl::ToUnixSeconds(now));
    status.mutable_dispatch_time()->set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(since_epoch - absl::Seconds(absl::ToUnixSeconds(now)))));
    status.set_decisions_omitted(ArrangeDecisions(decisions));
    for (v1::Decision& decision : decisions) *status.add_decisions() = std::move(decision);
    event.mutable_metadata()->set_uid(uid_);
    // An Event that is there already was dispatched before: also done.
    const absl::Status recorded = adapter.Record(event).status();
    // Deleted in the meantime: there is nothing left to complete.
    return !uid_.empty() && Reason(recorded) == "EVENT_NOT_FOUND" ? absl::OkStatus() : recorded;
  }

 private:
  const v1::Event event_;
  const std::string uid_;
};

// The name and uid of an Event that was there before its message: the adapter
// publishes those that were made by other means than ingest.
absl::Status ReadIdentity(const bus::Message& message, v1::Event& event, std::string& uid) {
  const std::string& name = message.Header("er-event-name");
  uid = message.Header("er-event-uid");
  if (name.empty() && uid.empty()) return absl::OkStatus();
  if (!IsDnsSubdomain(name)) {
    return InvalidField("er-event-name", "\"" + name + "\" is no DNS subdomain");
  }
  // Of a request the name alone: its Event is recorded.
  const bool needs_uid = message.Header(kRequestHeader).empty();
  if ((needs_uid || !uid.empty()) && !IsDnsLabel(uid)) {
    return InvalidField("er-event-uid", "\"" + uid + "\" is no uid");
  }
  event.mutable_metadata()->set_name(name);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Cause>> ReadEvent(const bus::Message& message) {
  const std::string& ns = message.Header("er-namespace");
  if (!IsDnsLabel(ns)) {
    return InvalidField("er-namespace", "\"" + ns + "\" is no DNS label", "INVALID_NAMESPACE");
  }
  auto event = cloudevents::FromNats(message.headers, message.payload);
  if (!event.ok()) return event.status();
  // Ingest has its own bounds on what it accepts; these keep out what could
  // not be stored, such as text that is no UTF-8.
  cloudevents::Limits limits;
  limits.max_data = kMaxEventBytes;
  limits.max_attribute = size_t{64} << 10;
  limits.max_extensions = 256;
  if (absl::Status status = cloudevents::Validate(*event, limits); !status.ok()) return status;
  v1::Event out = EventFromCloudEvent(ns, *event);
  if (out.ByteSizeLong() > kMaxEventBytes) {
    return MakeStatus(absl::StatusCode::kOutOfRange, "EVENT_TOO_LARGE",
                      "the event has " + std::to_string(out.ByteSizeLong()) + " bytes; at most " +
                          std::to_string(kMaxEventBytes) + " can be stored");
  }
  std::string uid;
  if (absl::Status status = ReadIdentity(message, out, uid); !status.ok()) return status;
  return AsRequested(message, std::make_unique<EventCause>(std::move(out), std::move(uid)));
}

absl::Status BuryEvent(AdapterClient& /*adapter*/, const bus::Message& /*message*/,
                       const std::string& /*why*/) {
  return absl::OkStatus();
}

}  // namespace eventreactor::dispatcher
