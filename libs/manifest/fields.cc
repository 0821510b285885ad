#include "libs/manifest/fields.h"

#include "absl/strings/ascii.h"
#include "eventreactor/v1/manifest.pb.h"

namespace eventreactor::manifest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

void AddFieldNames(const Descriptor& message, std::vector<std::string>& names) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (IsInline(field)) {
      AddFieldNames(*field.message_type(), names);
    } else {
      names.push_back(field.json_name());
    }
  }
}

// ChangeType -> CHANGE_TYPE_
std::string Prefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + "_";
}

}  // namespace

bool IsInline(const FieldDescriptor& field) { return field.options().GetExtension(v1::inline_); }

bool IsAlways(const FieldDescriptor& field) { return field.options().GetExtension(v1::always); }

Shape ShapeOf(const Descriptor& message) {
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return Shape::kStruct;
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return Shape::kValue;
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return Shape::kListValue;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return Shape::kTimestamp;
    default:
      return Shape::kFields;
  }
}

std::vector<std::string> FieldNames(const Descriptor& message) {
  std::vector<std::string> names;
  AddFieldNames(message, names);
  return names;
}

std::string EnumName(const EnumValueDescriptor& value) {
  const std::string prefix = Prefix(*value.type());
  const std::string name =
      value.name().rfind(prefix, 0) == 0 ? value.name().substr(prefix.size()) : value.name();
  return absl::AsciiStrToLower(name);
}

std::vector<std::string> EnumNames(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(EnumName(*type.value(i)));
  }
  return names;
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, const std::string& name) {
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor* value = type.value(i);
    if (value->number() != 0 && EnumName(*value) == name) return value;
  }
  return nullptr;
}

}  // namespace eventreactor::manifest
