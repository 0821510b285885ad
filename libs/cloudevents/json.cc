#include "libs/cloudevents/json.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "libs/cloudevents/attributes.h"
#include "libs/cloudevents/json_object.h"
#include "libs/cloudevents/media_type.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

using Kind = JsonMember::Kind;

// A member's value for an error message: JSON as it is written, without the
// quotes that Quoted puts around; of a string, its content.
std::string Shown(const JsonMember& member) {
  if (member.kind == Kind::kString) return Quoted(member.value);
  const std::string quoted = Quoted(member.raw);
  const size_t end = quoted.rfind('"');
  return quoted.substr(1, end - 1) + quoted.substr(end + 1);
}

// An attribute's canonical string form; nothing if JSON's type has none.
std::optional<std::string> AttributeValue(const JsonMember& member) {
  switch (member.kind) {
    case Kind::kString:
    case Kind::kBoolean:
      return member.value;
    case Kind::kInteger: {
      int32_t number = 0;
      if (!absl::SimpleAtoi(member.value, &number)) return std::nullopt;
      return std::to_string(number);
    }
    default:
      return std::nullopt;
  }
}

absl::Status SetAttribute(const JsonMember& member, EventBuilder& builder) {
  if (IsContextAttribute(member.name)) {
    if (member.kind != Kind::kString) {
      return InvalidField(member.name,
                          "must be a JSON string, in double quotes, not " + Shown(member));
    }
    return builder.Set(member.name, member.value);
  }
  auto value = AttributeValue(member);
  if (!value) {
    return InvalidAttribute(
        member.name, "must be a string, a boolean or a 32-bit integer, not " + Shown(member));
  }
  return builder.Set(member.name, *std::move(value));
}

absl::Status SetData(const JsonMember& member, EventBuilder& builder) {
  if (!DeclaresJson(builder.datacontenttype())) {
    if (member.kind != Kind::kString) {
      return InvalidField("data", "must be a JSON string where datacontenttype is " +
                                      Quoted(builder.datacontenttype()) + ", not " + Shown(member));
    }
    builder.SetData(member.value);
    return absl::OkStatus();
  }
  builder.SetData(std::string(member.raw));
  if (!builder.datacontenttype().empty()) return absl::OkStatus();
  return builder.Set("datacontenttype", "application/json");
}

absl::Status SetBase64(const JsonMember& member, EventBuilder& builder) {
  std::string bytes;
  if (member.kind != Kind::kString || !absl::Base64Unescape(member.value, &bytes)) {
    return InvalidField("data_base64",
                        "must be a string of base64 (RFC 4648), not " + Shown(member));
  }
  builder.SetData(std::move(bytes));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CloudEvent> FromJson(const std::string& text) {
  auto members = ParseJsonObject(text, kMaxJsonDepth);
  if (!members.ok()) return members.status();
  EventBuilder builder;
  const JsonMember* data = nullptr;
  const JsonMember* base64 = nullptr;
  for (const JsonMember& member : *members) {
    if (member.kind == Kind::kNull) continue;
    if (member.name == "data") {
      data = &member;
    } else if (member.name == "data_base64") {
      base64 = &member;
    } else if (absl::Status set = SetAttribute(member, builder); !set.ok()) {
      return set;
    }
  }
  if (data != nullptr && base64 != nullptr) {
    return InvalidField("data_base64", "must not be there together with data");
  }
  // Only now: what data means hangs on datacontenttype, wherever that stood.
  absl::Status set;
  if (data != nullptr) set = SetData(*data, builder);
  if (base64 != nullptr) set = SetBase64(*base64, builder);
  if (!set.ok()) return set;
  return std::move(builder).Finish();
}

}  // namespace eventreactor::cloudevents
