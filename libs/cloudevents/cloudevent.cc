#include "libs/cloudevents/cloudevent.h"

#include <string_view>

#include "libs/cloudevents/attributes.h"
#include "libs/cloudevents/formats.h"
#include "libs/cloudevents/media_type.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::cloudevents {
namespace {

// No control characters and no noncharacters (specification, Type System).
bool IsAllowed(char32_t point) {
  const bool control = point < 0x20 || (point >= 0x7F && point <= 0x9F);
  const bool nonchar = (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
  return !control && !nonchar;
}

absl::Status CheckText(const std::string& name, const std::string& value, const Limits& limits) {
  if (value.size() > limits.max_attribute) {
    return InvalidField(name, "has " + std::to_string(value.size()) + " bytes, more than the " +
                                  std::to_string(limits.max_attribute) + " allowed");
  }
  std::string_view rest = value;
  while (!rest.empty()) {
    const char32_t point = TakeCodePoint(rest);
    if (point == kNoCodePoint) return InvalidField(name, "must be UTF-8, not " + Quoted(value));
    if (!IsAllowed(point)) {
      return InvalidField(
          name, "must not have control characters or noncharacters, as " + Quoted(value) + " has");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRequired(const std::string& name, const std::string& value,
                           const Limits& limits) {
  if (value.empty()) return InvalidField(name, "is required");
  return CheckText(name, value, limits);
}

absl::Status CheckExtensionName(const std::string& name) {
  if (!IsAttributeName(name)) return InvalidAttribute(name, "");
  if (IsContextAttribute(name) || name == "data") {
    return InvalidField(name, "is reserved and cannot be an extension");
  }
  return absl::OkStatus();
}

absl::Status CheckExtensions(const CloudEvent& event, const Limits& limits) {
  if (event.extensions.size() > limits.max_extensions) {
    return InvalidField("extensions", std::to_string(event.extensions.size()) +
                                          " are more than the " +
                                          std::to_string(limits.max_extensions) + " allowed");
  }
  for (const auto& [name, value] : event.extensions) {
    if (absl::Status status = CheckExtensionName(name); !status.ok()) return status;
    if (absl::Status status = CheckText(name, value, limits); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckOptional(const CloudEvent& event, const Limits& limits) {
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string&>{"subject", event.subject},
        {"datacontenttype", event.datacontenttype},
        {"dataschema", event.dataschema},
        {"time", event.time}}) {
    if (absl::Status status = CheckText(name, value, limits); !status.ok()) return status;
  }
  if (!event.datacontenttype.empty() && !ParseMediaType(event.datacontenttype)) {
    return InvalidField("datacontenttype", "must be a media type such as application/json, not " +
                                               Quoted(event.datacontenttype));
  }
  if (!event.dataschema.empty() && !IsAbsoluteUri(event.dataschema)) {
    return InvalidField("dataschema", "must be an absolute URI, not " + Quoted(event.dataschema));
  }
  if (!event.time.empty() && !IsTimestamp(event.time)) {
    return InvalidField(
        "time", "must be an RFC 3339 time such as 2006-01-02T15:04:05Z, not " + Quoted(event.time));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const CloudEvent& event, const Limits& limits) {
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>{"id", event.id},
                                    {"source", event.source},
                                    {"type", event.type}}) {
    if (absl::Status status = CheckRequired(name, value, limits); !status.ok()) return status;
  }
  if (!IsUriReference(event.source)) {
    return InvalidField(
        "source", "must be a URI or a relative reference (RFC 3986), not " + Quoted(event.source));
  }
  if (absl::Status status = CheckOptional(event, limits); !status.ok()) return status;
  if (absl::Status status = CheckExtensions(event, limits); !status.ok()) return status;
  if (event.data && event.data->size() > limits.max_data) {
    return MakeStatus(absl::StatusCode::kOutOfRange, "DATA_TOO_LARGE",
                      "data: has " + std::to_string(event.data->size()) + " bytes, more than the " +
                          std::to_string(limits.max_data) + " allowed",
                      "data");
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::cloudevents
