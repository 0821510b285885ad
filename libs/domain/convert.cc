#include "libs/domain/convert.h"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/time/time.h"
#include "libs/domain/naming.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

using nlohmann::json;

absl::Status NoFinishedAction(const std::string& field, const std::string& message) {
  return InvalidField(field, message, "NOT_A_FINISHED_ACTION");
}

// The members of `from` with these keys: a later version of the publisher may
// say more than this one understands.
json Pick(const json& from, std::initializer_list<const char*> keys) {
  json picked = json::object();
  if (!from.is_object()) return picked;
  for (const char* key : keys) {
    if (const auto member = from.find(key); member != from.end()) picked[key] = *member;
  }
  return picked;
}

json Member(const json& from, const char* key) {
  return from.is_object() && from.contains(key) ? from[key] : json();
}

std::string SourceOf(const char* resource, const v1::ObjectMeta& metadata) {
  return "/namespaces/" + metadata.namespace_() + "/" + resource + "/" + metadata.name();
}

// Empty for no time.
std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime(absl::RFC3339_full,
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                          absl::UTCTimeZone());
}

absl::Status CheckFinishedAction(const v1::Action& action) {
  if (!IsDnsLabel(action.metadata().namespace_())) {
    return NoFinishedAction("data.metadata.namespace",
                            "\"" + action.metadata().namespace_() + "\" is no DNS label");
  }
  if (!IsDnsSubdomain(action.metadata().name())) {
    return NoFinishedAction("data.metadata.name",
                            "\"" + action.metadata().name() + "\" is no DNS subdomain");
  }
  if (!IsDnsSubdomain(action.spec().pipeline().name())) {
    return NoFinishedAction("data.spec.pipeline.name",
                            "\"" + action.spec().pipeline().name() + "\" is no DNS subdomain");
  }
  if (action.spec().event().name().empty()) {
    return NoFinishedAction("data.spec.event.name", "is empty");
  }
  if (action.status().completion() == v1::COMPLETION_UNSPECIFIED) {
    return NoFinishedAction("data.status.completion", "is not set: the Action has not ended");
  }
  return absl::OkStatus();
}

}  // namespace

v1::Event EventFromCloudEvent(const std::string& ns, const cloudevents::CloudEvent& event) {
  v1::Event out;
  out.mutable_metadata()->set_namespace_(ns);
  out.mutable_metadata()->set_name(EventName(ns, event.source, event.id));
  if (!event.type.empty() && IsLabelValue(event.type)) {
    (*out.mutable_metadata()->mutable_labels())[EventTypeLabel()] = event.type;
  }
  v1::EventSpec& spec = *out.mutable_spec();
  spec.set_type(event.type);
  spec.set_source(event.source);
  spec.set_id(event.id);
  spec.set_time(event.time);
  spec.set_schema_url(event.dataschema);
  spec.set_content_type(event.datacontenttype);
  spec.set_subject(event.subject);
  if (event.data && FindInvalidUtf8(*event.data) == std::string::npos) {
    spec.set_data(*event.data);
  } else if (event.data) {
    spec.set_data_base64(*event.data);
  }
  spec.mutable_extensions()->insert(event.extensions.begin(), event.extensions.end());
  return out;
}

cloudevents::CloudEvent CloudEventFromEvent(const v1::Event& event) {
  const v1::EventSpec& spec = event.spec();
  cloudevents::CloudEvent out;
  out.id = spec.id();
  out.source = spec.source();
  out.type = spec.type();
  out.subject = spec.subject();
  out.time = spec.time();
  out.dataschema = spec.schema_url();
  out.datacontenttype = spec.content_type();
  out.extensions = {spec.extensions().begin(), spec.extensions().end()};
  if (std::string data = EventData(event); !data.empty()) out.data = std::move(data);
  return out;
}

std::string EventData(const v1::Event& event) {
  return event.spec().data().empty() ? event.spec().data_base64() : event.spec().data();
}

cloudevents::CloudEvent ActionCloudEvent(const v1::Action& action, const Happening& happening) {
  v1::Action brief = action;
  brief.mutable_spec()->mutable_build()->clear_steps();
  brief.mutable_spec()->mutable_build()->clear_volumes();
  brief.mutable_status()->clear_step_logs();
  // One that was made by hand without a chain begins its own.
  if (action.spec().transaction().id().empty()) {
    brief.mutable_spec()->mutable_transaction()->set_id(action.metadata().name());
    brief.mutable_spec()->mutable_transaction()->set_stage(1);
  }
  cloudevents::CloudEvent event;
  event.type = happening.type;
  event.id = happening.id;
  event.source = SourceOf("actions", action.metadata());
  event.subject = action.spec().pipeline().name();
  event.time = TimeText(happening.time);
  event.datacontenttype = "application/json";
  event.data = ToManifest(brief).dump(-1, ' ', false, json::error_handler_t::replace);
  return event;
}

cloudevents::CloudEvent DispatchedCloudEvent(const v1::Event& event) {
  v1::Event brief = event;
  brief.mutable_spec()->clear_data();
  brief.mutable_spec()->clear_data_base64();
  brief.mutable_spec()->clear_extensions();
  brief.mutable_status()->clear_decisions();
  for (const v1::Decision& decision : event.status().decisions()) {
    if (!decision.action().empty()) *brief.mutable_status()->add_decisions() = decision;
  }
  cloudevents::CloudEvent told;
  told.type = kEventDispatchedType;
  told.id = event.metadata().uid() + "/dispatched";
  told.source = SourceOf("events", event.metadata());
  told.subject = event.spec().type();
  told.time = TimeText(event.status().dispatch_time());
  told.datacontenttype = "application/json";
  told.data = ToManifest(brief).dump(-1, ' ', false, json::error_handler_t::replace);
  return told;
}

cloudevents::CloudEvent CloudEventFromAction(const v1::Action& action) {
  return ActionCloudEvent(action, {.type = kActionFinishedType,
                                   .id = action.metadata().uid(),
                                   .time = action.status().completion_time()});
}

absl::StatusOr<v1::Action> ActionFromCloudEvent(const cloudevents::CloudEvent& event) {
  if (event.type != kActionFinishedType) {
    return NoFinishedAction("type", "\"" + event.type + "\" is not " + kActionFinishedType);
  }
  const json document = json::parse(event.data.value_or(""), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return NoFinishedAction("data", "is no JSON object");
  if (Member(document, "kind") != "Action") return NoFinishedAction("data.kind", "is not Action");
  const json needed = {
      {"metadata",
       Pick(Member(document, "metadata"), {"name", "namespace", "uid", "generation", "labels"})},
      {"spec", Pick(Member(document, "spec"), {"event", "pipeline", "upstream", "transaction"})},
      {"status", Pick(Member(document, "status"), {"completion", "dispatchTime"})},
  };
  v1::Action action;
  if (absl::Status status = FromJson(needed, action); !status.ok()) {
    return InField("data", status);
  }
  if (absl::Status status = CheckFinishedAction(action); !status.ok()) return status;
  return action;
}

}  // namespace eventreactor
