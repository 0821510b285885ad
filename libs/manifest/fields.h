// How one message's fields are named in a manifest.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace eventreactor::manifest {

bool IsInline(const google::protobuf::FieldDescriptor& field);
bool IsAlways(const google::protobuf::FieldDescriptor& field);

// What the JSON shape of a message is, where it is not an object of its
// fields.
enum class Shape { kFields, kStruct, kValue, kListValue, kTimestamp };
Shape ShapeOf(const google::protobuf::Descriptor& message);

// The names of the fields of a manifest's object, those of inlined messages
// among them.
std::vector<std::string> FieldNames(const google::protobuf::Descriptor& message);

// COMPLETION_SUCCESS -> success.
std::string EnumName(const google::protobuf::EnumValueDescriptor& value);
// All but the zero value, which is the field left out.
std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor& type);
// Null for a name that there is not.
const google::protobuf::EnumValueDescriptor* FindEnumValue(
    const google::protobuf::EnumDescriptor& type, const std::string& name);

}  // namespace eventreactor::manifest
