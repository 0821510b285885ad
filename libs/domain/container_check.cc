#include "libs/domain/container_check.h"

#include "libs/cloudevents/text.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

const Value* Find(const Struct& object, const std::string& name) {
  const auto member = object.fields().find(name);
  if (member == object.fields().end() || member->second.kind_case() == Value::kNullValue) {
    return nullptr;
  }
  return &member->second;
}

// execve takes no text with a NUL.
absl::Status CheckString(const std::string& field, const Value& value) {
  if (value.kind_case() != Value::kStringValue) {
    return InvalidField(field, "is no string; put numbers and true or false into quotes");
  }
  if (value.string_value().find('\0') != std::string::npos) {
    return InvalidField(field, "has a NUL character, which no process can be given");
  }
  return absl::OkStatus();
}

absl::Status CheckStrings(const Struct& container, const std::string& field) {
  const Value* value = Find(container, field);
  if (value == nullptr) return absl::OkStatus();
  if (value->kind_case() != Value::kListValue) {
    return InvalidField(field, "is no list; expected a list of strings");
  }
  int i = 0;
  for (const Value& item : value->list_value().values()) {
    absl::Status status = CheckString(field + "[" + std::to_string(i++) + "]", item);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckEnv(const Struct& container) {
  const Value* value = Find(container, "env");
  if (value == nullptr) return absl::OkStatus();
  if (value->kind_case() != Value::kListValue) {
    return InvalidField("env", "is no list; expected a list of name and value");
  }
  int i = 0;
  for (const Value& item : value->list_value().values()) {
    const std::string at = "env[" + std::to_string(i++) + "]";
    if (item.kind_case() != Value::kStructValue) {
      return InvalidField(at, "is no object; expected name and value");
    }
    absl::Status status = InField(at, CheckEnvVar(item.struct_value()));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckContainer(const Struct& container) {
  for (const char* field : {"name", "image", "workingDir"}) {
    const Value* value = Find(container, field);
    if (value == nullptr) continue;
    if (absl::Status status = CheckString(field, *value); !status.ok()) return status;
  }
  const std::string image = StringField(container, "image");
  if (image.empty()) {
    return InvalidField("image",
                        "is missing; expected a container image such as "
                        "docker.io/library/busybox:1");
  }
  if (image.size() > 1024 || image.find_first_of(" \t\r\n") != std::string::npos) {
    return InvalidField("image", cloudevents::Quoted(image) + " is no image reference");
  }
  for (const char* field : {"command", "args"}) {
    if (absl::Status status = CheckStrings(container, field); !status.ok()) return status;
  }
  return CheckEnv(container);
}

absl::Status CheckEnvVar(const Struct& env) {
  const std::string name = StringField(env, "name");
  if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos) {
    return InvalidField("name", cloudevents::Quoted(name) +
                                    " is no variable's name; expected one such as GREETING");
  }
  const Value* value = Find(env, "value");
  return value == nullptr ? absl::OkStatus() : CheckString("value", *value);
}

std::string StringField(const Struct& object, const std::string& name) {
  const Value* value = Find(object, name);
  return value == nullptr ? std::string() : value->string_value();
}

}  // namespace eventreactor
