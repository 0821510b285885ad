#include "libs/cloudevents/proto.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "libs/cloudevents/attributes.h"
#include "libs/cloudevents/formats.h"
#include "libs/cloudevents/media_type.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::cloudevents {
namespace {

namespace pb = io::cloudevents::v1;
using google::protobuf::Timestamp;

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: protobuf's own bounds.
constexpr int64_t kMinSeconds = -62135596800;
constexpr int64_t kMaxSeconds = 253402300799;

std::optional<std::string> FormatTimestamp(const Timestamp& timestamp) {
  if (timestamp.seconds() < kMinSeconds || timestamp.seconds() > kMaxSeconds ||
      timestamp.nanos() < 0 || timestamp.nanos() > 999'999'999) {
    return std::nullopt;
  }
  const absl::Time time =
      absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

// A timestamp that FormatTimestamp writes as `text` again, if there is one.
std::optional<Timestamp> ExactTimestamp(const std::string& text) {
  absl::Time time;
  std::string error;
  if (!IsTimestamp(text) || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return std::nullopt;
  }
  Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  const absl::Duration rest = time - absl::FromUnixSeconds(timestamp.seconds());
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  if (FormatTimestamp(timestamp) != text) return std::nullopt;
  return timestamp;
}

// The canonical string form; nothing where the value has none.
std::optional<std::string> AttributeValue(const pb::CloudEventAttributeValue& value) {
  switch (value.attr_case()) {
    case pb::CloudEventAttributeValue::kCeBoolean:
      return value.ce_boolean() ? "true" : "false";
    case pb::CloudEventAttributeValue::kCeInteger:
      return std::to_string(value.ce_integer());
    case pb::CloudEventAttributeValue::kCeString:
      return value.ce_string();
    case pb::CloudEventAttributeValue::kCeBytes: {
      std::string base64;
      absl::Base64Escape(value.ce_bytes(), &base64);
      return base64;
    }
    case pb::CloudEventAttributeValue::kCeUri:
      return value.ce_uri();
    case pb::CloudEventAttributeValue::kCeUriRef:
      return value.ce_uri_ref();
    case pb::CloudEventAttributeValue::kCeTimestamp:
      return FormatTimestamp(value.ce_timestamp());
    case pb::CloudEventAttributeValue::ATTR_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

absl::Status SetData(const pb::CloudEvent& message, EventBuilder& builder) {
  switch (message.data_case()) {
    case pb::CloudEvent::kBinaryData:
      builder.SetData(message.binary_data());
      break;
    case pb::CloudEvent::kTextData:
      builder.SetData(message.text_data());
      break;
    case pb::CloudEvent::kProtoData:
      builder.SetData(message.proto_data().value());
      if (builder.datacontenttype().empty()) {
        return builder.Set("datacontenttype", "application/protobuf");
      }
      break;
    case pb::CloudEvent::DATA_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

bool IsText(const CloudEvent& event) {
  const auto media = ParseMediaType(event.datacontenttype);
  return media && (media->IsJson() || media->type == "text") &&
         FindInvalidUtf8(*event.data) == std::string_view::npos;
}

}  // namespace

absl::StatusOr<CloudEvent> FromProto(const pb::CloudEvent& message) {
  EventBuilder builder;
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string&>{"specversion", message.spec_version()},
        {"id", message.id()},
        {"source", message.source()},
        {"type", message.type()}}) {
    // proto3 cannot tell absent from empty: Finish says that it is required.
    if (value.empty()) continue;
    if (absl::Status set = builder.Set(name, value); !set.ok()) return set;
  }
  for (const auto& [name, value] : message.attributes()) {
    auto text = AttributeValue(value);
    if (!text) return InvalidAttribute(name, "has no value, or a time out of range");
    if (absl::Status set = builder.Set(name, *std::move(text)); !set.ok()) return set;
  }
  if (absl::Status set = SetData(message, builder); !set.ok()) return set;
  return std::move(builder).Finish();
}

absl::StatusOr<CloudEvent> FromProtobuf(const std::string& bytes) {
  pb::CloudEvent message;
  if (!message.ParseFromString(bytes)) {
    return InvalidField("body", "is no serialized io.cloudevents.v1.CloudEvent");
  }
  return FromProto(message);
}

pb::CloudEvent ToProto(const CloudEvent& event) {
  pb::CloudEvent message;
  message.set_spec_version("1.0");
  message.set_id(event.id);
  message.set_source(event.source);
  message.set_type(event.type);
  auto& attributes = *message.mutable_attributes();
  if (!event.datacontenttype.empty()) {
    attributes["datacontenttype"].set_ce_string(event.datacontenttype);
  }
  if (!event.dataschema.empty()) attributes["dataschema"].set_ce_uri(event.dataschema);
  if (!event.subject.empty()) attributes["subject"].set_ce_string(event.subject);
  if (const auto timestamp = ExactTimestamp(event.time)) {
    *attributes["time"].mutable_ce_timestamp() = *timestamp;
  } else if (!event.time.empty()) {
    attributes["time"].set_ce_string(event.time);
  }
  for (const auto& [name, value] : event.extensions) attributes[name].set_ce_string(value);
  if (event.data && IsText(event)) {
    message.set_text_data(*event.data);
  } else if (event.data) {
    message.set_binary_data(*event.data);
  }
  return message;
}

}  // namespace eventreactor::cloudevents
