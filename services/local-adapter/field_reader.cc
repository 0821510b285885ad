#include "services/local-adapter/field_reader.h"

#include "absl/strings/str_cat.h"
#include "libs/manifest/suggestion.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

using google::protobuf::Value;

constexpr int kMaxFileMode = 0777;

// A field without a reader is one of Kubernetes' that is not here, or a slip.
absl::Status RefuseUnread(const std::string& path, const std::string& name,
                          const std::map<std::string, FieldReader>& readers) {
  std::vector<std::string> known;
  known.reserve(readers.size());
  for (const auto& [each, reader] : readers) known.push_back(each);
  const std::string near = manifest::Closest(name, known);
  if (near.empty()) return NotAvailable(path);
  return InvalidField(path, "is unknown; did you mean \"" + near + "\"?", "UNKNOWN_FIELD");
}

}  // namespace

absl::Status NotAvailable(const std::string& field) {
  return InvalidField(field, "not available on one machine", "NOT_AVAILABLE");
}

std::string Indexed(const std::string& field, int index) {
  return absl::StrCat(field, "[", index, "]");
}

absl::StatusOr<std::string> ReadText(const std::string& field, const Value& value) {
  if (value.kind_case() != Value::kStringValue) return InvalidField(field, "expected a string");
  if (value.string_value().find('\0') != std::string::npos) {
    return InvalidField(field, "holds a NUL character, which no container can be given");
  }
  return value.string_value();
}

absl::StatusOr<bool> ReadFlag(const std::string& field, const Value& value) {
  if (value.kind_case() != Value::kBoolValue) return InvalidField(field, "expected true or false");
  return value.bool_value();
}

absl::StatusOr<std::vector<std::string>> ReadTexts(const std::string& field, const Value& value) {
  std::vector<std::string> texts;
  absl::Status status =
      ReadItems(field, value, [&texts](const std::string& at, const Value& item) -> absl::Status {
        absl::StatusOr<std::string> text = ReadText(at, item);
        if (!text.ok()) return text.status();
        texts.push_back(*std::move(text));
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return texts;
}

absl::StatusOr<int> ReadFileMode(const std::string& field, const Value& value) {
  const double number = value.number_value();
  const int mode = static_cast<int>(number);
  if (value.kind_case() != Value::kNumberValue || number < 0 || number > kMaxFileMode ||
      static_cast<double>(mode) != number) {
    return InvalidField(field, "expected the permissions of a file, such as 0600");
  }
  return mode;
}

absl::Status ReadFields(const std::string& path, const Value& value,
                        const std::map<std::string, FieldReader>& readers) {
  if (value.kind_case() != Value::kStructValue) return InvalidField(path, "expected an object");
  for (const auto& [name, field] : value.struct_value().fields()) {
    if (field.kind_case() == Value::kNullValue) continue;
    const std::string field_path = path.empty() ? name : absl::StrCat(path, ".", name);
    const auto reader = readers.find(name);
    if (reader == readers.end()) return RefuseUnread(field_path, name, readers);
    if (absl::Status status = reader->second(field_path, field); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReadItems(const std::string& path, const Value& value, const FieldReader& read) {
  if (value.kind_case() != Value::kListValue) return InvalidField(path, "expected a list");
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    absl::Status status = read(Indexed(path, i), value.list_value().values(i));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status PassOver(const std::string& /*path*/, const Value& /*value*/) {
  return absl::OkStatus();
}

absl::Status RefuseUnlessEmpty(const std::string& path, const Value& value) {
  const bool empty =
      (value.kind_case() == Value::kListValue && value.list_value().values().empty()) ||
      (value.kind_case() == Value::kStructValue && value.struct_value().fields().empty()) ||
      (value.kind_case() == Value::kBoolValue && !value.bool_value()) ||
      (value.kind_case() == Value::kStringValue && value.string_value().empty());
  return empty ? absl::OkStatus() : NotAvailable(path);
}

}  // namespace eventreactor::local
