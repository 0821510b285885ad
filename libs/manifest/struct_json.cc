#include "libs/manifest/struct_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "libs/manifest/field_path.h"
#include "libs/manifest/refusal.h"
#include "libs/status/status.h"

namespace eventreactor::manifest {
namespace {

using nlohmann::json;

// 2^53: below it a double holds every integer.
constexpr double kExactIntegers = 9007199254740992.0;

// Each level of a Struct takes three of the 100 that protobuf's parser allows,
// and a Pipeline holds its Structs some 10 levels down.
constexpr int kMaxStructDepth = 24;

json FromNumber(double number) {
  if (std::abs(number) < kExactIntegers && std::trunc(number) == number) {
    return static_cast<int64_t>(number);
  }
  return number;
}

absl::Status ReadStructAt(const std::string& path, const json& value, int depth,
                          google::protobuf::Struct& message);

absl::Status ReadValueAt(const std::string& path, const json& value, int depth,
                         google::protobuf::Value& message);

absl::Status ReadListValueAt(const std::string& path, const json& value, int depth,
                             google::protobuf::ListValue& message) {
  if (!value.is_array()) return Expected(path, "a list", value);
  for (size_t i = 0; i < value.size(); ++i) {
    absl::Status status = ReadValueAt(Below(path, i), value[i], depth, *message.add_values());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReadNumber(const std::string& path, const json& value,
                        google::protobuf::Value& message) {
  const auto number = value.get<double>();
  if (value.is_number_integer() && std::abs(number) >= kExactIntegers) {
    return InvalidField(path,
                        Shown(value) + " has more digits than a double holds (2^53); quote it",
                        "OUT_OF_RANGE");
  }
  message.set_number_value(number);
  return absl::OkStatus();
}

absl::Status ReadValueAt(const std::string& path, const json& value, int depth,
                         google::protobuf::Value& message) {
  switch (value.type()) {
    case json::value_t::boolean:
      message.set_bool_value(value.get<bool>());
      return absl::OkStatus();
    case json::value_t::string:
      message.set_string_value(value.get<std::string>());
      return CheckUtf8(path, message.string_value());
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      return ReadNumber(path, value, message);
    case json::value_t::object:
    case json::value_t::array:
      break;
    default:
      message.set_null_value(google::protobuf::NULL_VALUE);
      return absl::OkStatus();
  }
  if (depth >= kMaxStructDepth) {
    return InvalidField(path,
                        "is nested more than " + std::to_string(kMaxStructDepth) + " levels deep",
                        "TOO_DEEP");
  }
  return value.is_object() ? ReadStructAt(path, value, depth + 1, *message.mutable_struct_value())
                           : ReadListValueAt(path, value, depth + 1, *message.mutable_list_value());
}

absl::Status ReadStructAt(const std::string& path, const json& value, int depth,
                          google::protobuf::Struct& message) {
  if (!value.is_object()) return Expected(path, "an object", value);
  for (const auto& [key, item] : value.items()) {
    absl::Status status = CheckUtf8(path, key);
    if (status.ok()) {
      status = ReadValueAt(Below(path, key), item, depth, (*message.mutable_fields())[key]);
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

json ListValueToJson(const google::protobuf::ListValue& list) {
  json array = json::array();
  for (const auto& item : list.values()) array.push_back(ValueToJson(item));
  return array;
}

json ValueToJson(const google::protobuf::Value& value) {
  using google::protobuf::Value;
  switch (value.kind_case()) {
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kNumberValue:
      return FromNumber(value.number_value());
    case Value::kStringValue:
      return value.string_value();
    case Value::kStructValue:
      return StructToJson(value.struct_value());
    case Value::kListValue:
      return ListValueToJson(value.list_value());
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      break;
  }
  return nullptr;
}

json StructToJson(const google::protobuf::Struct& message) {
  json object = json::object();
  for (const auto& [key, value] : message.fields()) object[key] = ValueToJson(value);
  return object;
}

absl::Status ReadStruct(const std::string& path, const json& value,
                        google::protobuf::Struct& message) {
  return ReadStructAt(path, value, 1, message);
}

absl::Status ReadValue(const std::string& path, const json& value,
                       google::protobuf::Value& message) {
  return ReadValueAt(path, value, 0, message);
}

absl::Status ReadListValue(const std::string& path, const json& value,
                           google::protobuf::ListValue& message) {
  return ReadListValueAt(path, value, 1, message);
}

}  // namespace eventreactor::manifest
