#include "libs/cloudevents/attributes.h"

#include <array>

#include "libs/cloudevents/text.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

struct Attribute {
  const char* name;
  std::string CloudEvent::*member;
  bool required;
};

constexpr std::array kAttributes = {
    Attribute{"id", &CloudEvent::id, true},
    Attribute{"source", &CloudEvent::source, true},
    Attribute{"type", &CloudEvent::type, true},
    Attribute{"datacontenttype", &CloudEvent::datacontenttype, false},
    Attribute{"dataschema", &CloudEvent::dataschema, false},
    Attribute{"subject", &CloudEvent::subject, false},
    Attribute{"time", &CloudEvent::time, false},
};

constexpr char kVersionAttribute[] = "specversion";
constexpr char kVersion[] = "1.0";
constexpr size_t kMaxName = 64;

const Attribute* Find(const std::string& name) {
  for (const Attribute& attribute : kAttributes) {
    if (name == attribute.name) return &attribute;
  }
  return nullptr;
}

absl::Status GivenTwice(const std::string& name) {
  return InvalidAttribute(name, "is given more than once");
}

}  // namespace

bool IsContextAttribute(const std::string& name) {
  return name == kVersionAttribute || Find(name) != nullptr;
}

bool IsAttributeName(const std::string& name) {
  if (name.empty() || name.size() > kMaxName) return false;
  for (const char c : name) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
  }
  return true;
}

absl::Status InvalidAttribute(const std::string& name, const std::string& message) {
  if (IsAttributeName(name)) return InvalidField(name, message);
  return InvalidField("extensions", "the attribute name " + Quoted(name) +
                                        " must be 1 to 64 lower-case letters and digits");
}

absl::Status EventBuilder::Set(const std::string& name, std::string value) {
  if (name == "data" || name == "data_base64") {
    return InvalidField(name, "is no attribute: the event's data goes into the body");
  }
  if (name == kVersionAttribute) {
    if (has_version_) return GivenTwice(name);
    if (value != kVersion) {
      return InvalidField(name, "must be \"1.0\", not " + Quoted(value));
    }
    has_version_ = true;
    return absl::OkStatus();
  }
  if (const Attribute* attribute = Find(name)) {
    std::string& member = event_.*(attribute->member);
    if (!member.empty()) return GivenTwice(name);
    if (value.empty()) return InvalidField(name, "must not be empty");
    member = std::move(value);
    return absl::OkStatus();
  }
  if (!IsAttributeName(name)) return InvalidAttribute(name, "");
  if (!event_.extensions.emplace(name, std::move(value)).second) return GivenTwice(name);
  return absl::OkStatus();
}

absl::StatusOr<CloudEvent> EventBuilder::Finish() && {
  if (!has_version_) return InvalidField(kVersionAttribute, "is required, and is \"1.0\"");
  for (const Attribute& attribute : kAttributes) {
    if (attribute.required && (event_.*(attribute.member)).empty()) {
      return InvalidField(attribute.name, "is required");
    }
  }
  return std::move(event_);
}

}  // namespace eventreactor::cloudevents
