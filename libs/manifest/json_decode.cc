// JSON to messages, strictly: what is not understood is refused by its path.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "eventreactor/v1/meta.pb.h"
#include "libs/manifest/field_path.h"
#include "libs/manifest/fields.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/refusal.h"
#include "libs/manifest/struct_json.h"
#include "libs/manifest/timestamp.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using manifest::Below;
using manifest::CheckUtf8;
using manifest::Expected;
using nlohmann::json;

absl::Status ReadTimestamp(const std::string& path, const json& value,
                           google::protobuf::Timestamp& message) {
  const auto parsed =
      value.is_string() ? manifest::ParseTimestamp(value.get<std::string>()) : std::nullopt;
  if (!parsed) return Expected(path, "a time such as \"2026-01-02T03:04:05Z\"", value);
  message = *parsed;
  return absl::OkStatus();
}

absl::Status ReadFields(const std::string& path, const json& value, Message& message);

absl::Status ReadMessage(const std::string& path, const json& value, Message& message) {
  switch (manifest::ShapeOf(*message.GetDescriptor())) {
    case manifest::Shape::kStruct:
      return manifest::ReadStruct(path, value, dynamic_cast<google::protobuf::Struct&>(message));
    case manifest::Shape::kValue:
      return manifest::ReadValue(path, value, dynamic_cast<google::protobuf::Value&>(message));
    case manifest::Shape::kListValue:
      return manifest::ReadListValue(path, value,
                                     dynamic_cast<google::protobuf::ListValue&>(message));
    case manifest::Shape::kTimestamp:
      return ReadTimestamp(path, value, dynamic_cast<google::protobuf::Timestamp&>(message));
    case manifest::Shape::kFields:
      break;
  }
  return ReadFields(path, value, message);
}

template <typename T>
void Store(const Message& message, const FieldDescriptor& field, T value,
           void (Reflection::*set)(Message*, const FieldDescriptor*, T) const,
           void (Reflection::*add)(Message*, const FieldDescriptor*, T) const, Message& out) {
  const Reflection& reflection = *message.GetReflection();
  (reflection.*(field.is_repeated() ? add : set))(&out, &field, std::move(value));
}

// An integer in T's range, or an error that tells the range.
template <typename T>
absl::StatusOr<T> ReadInteger(const std::string& path, const json& value) {
  const std::string expected = "an integer from " + std::to_string(std::numeric_limits<T>::min()) +
                               " to " + std::to_string(std::numeric_limits<T>::max());
  if (!value.is_number_integer()) return Expected(path, expected, value);
  if (value.is_number_unsigned()) {
    if (!std::in_range<T>(value.get<uint64_t>())) return Expected(path, expected, value);
    return static_cast<T>(value.get<uint64_t>());
  }
  if (!std::in_range<T>(value.get<int64_t>())) return Expected(path, expected, value);
  return static_cast<T>(value.get<int64_t>());
}

template <typename T>
absl::Status StoreInteger(const std::string& path, const json& value, const FieldDescriptor& field,
                          void (Reflection::*set)(Message*, const FieldDescriptor*, T) const,
                          void (Reflection::*add)(Message*, const FieldDescriptor*, T) const,
                          Message& message) {
  const absl::StatusOr<T> number = ReadInteger<T>(path, value);
  if (number.ok()) Store<T>(message, field, *number, set, add, message);
  return number.status();
}

absl::Status StoreEnum(const std::string& path, const json& value, const FieldDescriptor& field,
                       Message& message) {
  const auto names = manifest::EnumNames(*field.enum_type());
  const std::string expected = "one of " + absl::StrJoin(names, ", ");
  if (!value.is_string()) return Expected(path, expected, value);
  const auto name = value.get<std::string>();
  const auto* found = manifest::FindEnumValue(*field.enum_type(), name);
  if (found == nullptr) {
    // As Kubernetes' own types read it: an empty string is a field left out.
    if (name.empty() && !field.is_repeated()) return absl::OkStatus();
    return Expected(path, expected, value);
  }
  Store<int>(message, field, found->number(), &Reflection::SetEnumValue, &Reflection::AddEnumValue,
             message);
  return absl::OkStatus();
}

absl::Status StoreString(const std::string& path, const json& value, const FieldDescriptor& field,
                         Message& message) {
  const bool is_bytes = field.type() == FieldDescriptor::TYPE_BYTES;
  if (!value.is_string()) {
    if (value.is_object() || value.is_array()) return Expected(path, "a string", value);
    return Expected(path, "a string (in quotes)", value);
  }
  auto text = value.get<std::string>();
  if (is_bytes) {
    std::string bytes;
    std::string again;
    const bool decoded = absl::Base64Unescape(text, &bytes);
    absl::Base64Escape(bytes, &again);
    // Abseil also takes white space and no padding.
    if (!decoded || again != text) return Expected(path, "base64 with padding", value);
    text = std::move(bytes);
  } else {
    absl::Status status = CheckUtf8(path, text);
    if (!status.ok()) return status;
  }
  Store<std::string>(message, field, std::move(text), &Reflection::SetString,
                     &Reflection::AddString, message);
  return absl::OkStatus();
}

// Sets a field, or adds to it if it is repeated.
absl::Status StoreValue(const std::string& path, const json& value, const FieldDescriptor& field,
                        Message& message) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.is_boolean()) return Expected(path, "true or false", value);
      Store<bool>(message, field, value.get<bool>(), &Reflection::SetBool, &Reflection::AddBool,
                  message);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      return StoreInteger<int32_t>(path, value, field, &Reflection::SetInt32, &Reflection::AddInt32,
                                   message);
    case FieldDescriptor::CPPTYPE_INT64:
      return StoreInteger<int64_t>(path, value, field, &Reflection::SetInt64, &Reflection::AddInt64,
                                   message);
    case FieldDescriptor::CPPTYPE_UINT32:
      return StoreInteger<uint32_t>(path, value, field, &Reflection::SetUInt32,
                                    &Reflection::AddUInt32, message);
    case FieldDescriptor::CPPTYPE_UINT64:
      return StoreInteger<uint64_t>(path, value, field, &Reflection::SetUInt64,
                                    &Reflection::AddUInt64, message);
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (!value.is_number()) return Expected(path, "a number", value);
      Store<float>(message, field, value.get<float>(), &Reflection::SetFloat, &Reflection::AddFloat,
                   message);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!value.is_number()) return Expected(path, "a number", value);
      Store<double>(message, field, value.get<double>(), &Reflection::SetDouble,
                    &Reflection::AddDouble, message);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      return StoreEnum(path, value, field, message);
    case FieldDescriptor::CPPTYPE_STRING:
      return StoreString(path, value, field, message);
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Reflection& reflection = *message.GetReflection();
      Message* sub = field.is_repeated() ? reflection.AddMessage(&message, &field)
                                         : reflection.MutableMessage(&message, &field);
      return ReadMessage(path, value, *sub);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadMap(const std::string& path, const json& value, const FieldDescriptor& field,
                     Message& message) {
  if (!value.is_object()) return Expected(path, "an object", value);
  for (const auto& [key, item] : value.items()) {
    const std::string at = Below(path, key);
    Message& entry = *message.GetReflection()->AddMessage(&message, &field);
    absl::Status status = StoreValue(at, json(key), *field.message_type()->map_key(), entry);
    if (status.ok()) status = StoreValue(at, item, *field.message_type()->map_value(), entry);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReadRepeated(const std::string& path, const json& value, const FieldDescriptor& field,
                          Message& message) {
  if (!value.is_array()) return Expected(path, "a list", value);
  for (size_t i = 0; i < value.size(); ++i) {
    absl::Status status = StoreValue(Below(path, i), value[i], field, message);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// The field that `name` is in `message`, which becomes the inlined message
// that has it; null if there is none.
const FieldDescriptor* FindField(const std::string& name, Message*& message) {
  const Descriptor& type = *message->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (!manifest::IsInline(*field)) {
      if (field->json_name() == name) return field;
      continue;
    }
    const auto inlined = manifest::FieldNames(*field->message_type());
    if (std::find(inlined.begin(), inlined.end(), name) == inlined.end()) continue;
    message = message->GetReflection()->MutableMessage(message, field);
    return FindField(name, message);
  }
  return nullptr;
}

// What kubectl prints beside the fields that mean something here.
bool IsIgnored(const Message& message, const std::string& name) {
  return message.GetDescriptor() == v1::ObjectMeta::descriptor() &&
         (name == "managedFields" || name == "selfLink" || name == "generateName");
}

absl::Status ReadFields(const std::string& path, const json& value, Message& message) {
  if (!value.is_object()) return Expected(path, "an object", value);
  for (const auto& [name, item] : value.items()) {
    if (IsIgnored(message, name)) continue;
    const std::string at = Below(path, name);
    Message* owner = &message;
    // A null is a field left out, as in protobuf's mapping and Kubernetes'.
    const FieldDescriptor* field = FindField(name, owner);
    absl::Status status;
    if (field == nullptr) {
      status = manifest::Unknown(at, name, manifest::FieldNames(*message.GetDescriptor()));
    } else if (item.is_null()) {
      continue;
    } else if (field->is_map()) {
      status = ReadMap(at, item, *field, *owner);
    } else if (field->is_repeated()) {
      status = ReadRepeated(at, item, *field, *owner);
    } else {
      status = StoreValue(at, item, *field, *owner);
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FromJson(const json& value, google::protobuf::Message& message) {
  message.Clear();
  return ReadMessage("", value, message);
}

}  // namespace eventreactor
