// Messages to JSON.
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "libs/manifest/fields.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/struct_json.h"
#include "libs/manifest/timestamp.h"

namespace eventreactor {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

std::string Base64(const std::string& bytes) {
  std::string text;
  absl::Base64Escape(bytes, &text);
  return text;
}

json FromMessage(const Message& message) {
  switch (manifest::ShapeOf(*message.GetDescriptor())) {
    case manifest::Shape::kStruct:
      return manifest::StructToJson(dynamic_cast<const google::protobuf::Struct&>(message));
    case manifest::Shape::kValue:
      return manifest::ValueToJson(dynamic_cast<const google::protobuf::Value&>(message));
    case manifest::Shape::kListValue:
      return manifest::ListValueToJson(dynamic_cast<const google::protobuf::ListValue&>(message));
    case manifest::Shape::kTimestamp:
      return manifest::FormatTimestamp(dynamic_cast<const google::protobuf::Timestamp&>(message));
    case manifest::Shape::kFields:
      break;
  }
  return ToJson(message);
}

// One value of a field; `index` is -1 for a field that is not repeated.
json FromField(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? reflection.GetBool(message, &field)
                 : reflection.GetRepeatedBool(message, &field, index);
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? reflection.GetInt32(message, &field)
                 : reflection.GetRepeatedInt32(message, &field, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? reflection.GetInt64(message, &field)
                 : reflection.GetRepeatedInt64(message, &field, index);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? reflection.GetUInt32(message, &field)
                 : reflection.GetRepeatedUInt32(message, &field, index);
    case FieldDescriptor::CPPTYPE_UINT64:
      return one ? reflection.GetUInt64(message, &field)
                 : reflection.GetRepeatedUInt64(message, &field, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? reflection.GetFloat(message, &field)
                 : reflection.GetRepeatedFloat(message, &field, index);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? reflection.GetDouble(message, &field)
                 : reflection.GetRepeatedDouble(message, &field, index);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = one ? reflection.GetEnumValue(message, &field)
                             : reflection.GetRepeatedEnumValue(message, &field, index);
      // A newer peer's value has no name here.
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value == nullptr ? json(number) : json(manifest::EnumName(*value));
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = one ? reflection.GetString(message, &field)
                                   : reflection.GetRepeatedString(message, &field, index);
      return field.type() == FieldDescriptor::TYPE_BYTES ? Base64(text) : text;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FromMessage(one ? reflection.GetMessage(message, &field)
                             : reflection.GetRepeatedMessage(message, &field, index));
  }
  return nullptr;
}

json FromMap(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  json object = json::object();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    const json key = FromField(entry, *field.message_type()->map_key(), -1);
    object[key.is_string() ? key.get<std::string>() : key.dump()] =
        FromField(entry, *field.message_type()->map_value(), -1);
  }
  return object;
}

json FromRepeated(const Message& message, const FieldDescriptor& field) {
  json array = json::array();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    array.push_back(FromField(message, field, i));
  }
  return array;
}

void AddField(const Message& message, const FieldDescriptor& field, json& object) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    if (reflection.FieldSize(message, &field) == 0) return;
    object[field.json_name()] =
        field.is_map() ? FromMap(message, field) : FromRepeated(message, field);
    return;
  }
  if (!reflection.HasField(message, &field) && !manifest::IsAlways(field)) return;
  json value = FromField(message, field, -1);
  if (manifest::IsInline(field)) {
    object.update(value);
  } else {
    object[field.json_name()] = std::move(value);
  }
}

template <typename Resource>
json Manifest(const char* kind, const Resource& resource) {
  json object = ToJson(resource);
  object["apiVersion"] = kApiVersion;
  object["kind"] = kind;
  return object;
}

}  // namespace

json ToJson(const Message& message) {
  json object = json::object();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    AddField(message, *message.GetDescriptor()->field(i), object);
  }
  return object;
}

json ToManifest(const v1::Event& event) { return Manifest("Event", event); }
json ToManifest(const v1::Pipeline& pipeline) { return Manifest("Pipeline", pipeline); }
json ToManifest(const v1::Action& action) { return Manifest("Action", action); }

}  // namespace eventreactor
