// google.protobuf.Struct and its parts to and from JSON: the fragments that
// pass through whole. Integers must be below 2^53, where a double holds each of them.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/status.h"

namespace eventreactor::manifest {

nlohmann::json StructToJson(const google::protobuf::Struct& message);
nlohmann::json ValueToJson(const google::protobuf::Value& message);
nlohmann::json ListValueToJson(const google::protobuf::ListValue& message);

// Errors name the field below `path`: WRONG_TYPE, OUT_OF_RANGE for an integer of
// 2^53 or more, TOO_DEEP beyond 24 levels.
absl::Status ReadStruct(const std::string& path, const nlohmann::json& value,
                        google::protobuf::Struct& message);
absl::Status ReadValue(const std::string& path, const nlohmann::json& value,
                       google::protobuf::Value& message);
absl::Status ReadListValue(const std::string& path, const nlohmann::json& value,
                           google::protobuf::ListValue& message);

}  // namespace eventreactor::manifest
