#include "libs/domain/kube_shape.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "libs/domain/quantity.h"
#include "libs/manifest/field_path.h"
#include "libs/manifest/refusal.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using google::protobuf::Value;
using Kind = KubeShape::Kind;

// Beyond it a double has no exact integers.
constexpr double kMaxExact = 9007199254740992.0;
constexpr int64_t kNano = 1'000'000'000;

void Refuse(const std::string& path, const std::string& expected, const Value& value,
            std::vector<absl::Status>& problems) {
  problems.push_back(manifest::Expected(path, expected, manifest::ValueToJson(value)));
}

bool IsText(const Value& value) { return value.kind_case() == Value::kStringValue; }

bool IsInteger(const Value& value) {
  const double number = value.number_value();
  return value.kind_case() == Value::kNumberValue && std::floor(number) == number &&
         std::abs(number) <= kMaxExact;
}

// In order of name: the first problem is always the same one.
std::map<std::string, Value> Members(const Value& value) {
  return {value.struct_value().fields().begin(), value.struct_value().fields().end()};
}

void CheckQuantity(const std::string& path, const Value& value, int64_t scale,
                   std::vector<absl::Status>& problems) {
  if (!IsText(value) && value.kind_case() != Value::kNumberValue) {
    return Refuse(path, "a quantity such as 500m, 1.5 or 64Mi", value, problems);
  }
  const std::string text =
      IsText(value) ? value.string_value() : std::to_string(value.number_value());
  const absl::Status status = ParseQuantity(text, scale).status();
  if (status.ok() || Reason(status) == kQuantityTooLarge) return;
  problems.push_back(InvalidField(path, Message(status), "INVALID_QUANTITY"));
}

void CheckQuantities(const std::string& path, const Value& value,
                     std::vector<absl::Status>& problems) {
  static const std::vector<std::string> kOurs = {"cpu", "memory", "ephemeral-storage"};
  if (value.kind_case() != Value::kStructValue) {
    return Refuse(path, "an object such as {cpu: 500m, memory: 64Mi}", value, problems);
  }
  for (const auto& [name, quantity] : Members(value)) {
    const std::string at = manifest::Below(path, name);
    // Others than Kubernetes' own have a domain before them.
    if (!absl::StrContains(name, "/") && !absl::StartsWith(name, "hugepages-") &&
        std::find(kOurs.begin(), kOurs.end(), name) == kOurs.end()) {
      problems.push_back(manifest::Unknown(at, name, kOurs));
    } else if (quantity.kind_case() != Value::kNullValue) {
      CheckQuantity(at, quantity, name == "cpu" ? kNano : 1, problems);
    }
  }
}

void CheckFields(const std::string& path, const Value& value, const KubeShape& shape,
                 std::vector<absl::Status>& problems) {
  if (value.kind_case() != Value::kStructValue) return Refuse(path, "an object", value, problems);
  for (const auto& [name, member] : Members(value)) {
    const std::string at = manifest::Below(path, name);
    const auto field = std::find_if(shape.fields.begin(), shape.fields.end(),
                                    [&](const KubeField& each) { return each.name == name; });
    if (field != shape.fields.end()) {
      CheckShape(at, member, field->shape, problems);
      continue;
    }
    std::vector<std::string> known;
    known.reserve(shape.fields.size());
    for (const KubeField& each : shape.fields) known.push_back(each.name);
    problems.push_back(manifest::Unknown(at, name, known));
  }
}

void CheckItems(const std::string& path, const Value& value, const KubeShape& item,
                std::vector<absl::Status>& problems) {
  if (value.kind_case() != Value::kListValue) return Refuse(path, "a list", value, problems);
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    const Value& each = value.list_value().values(i);
    const std::string at = manifest::Below(path, static_cast<size_t>(i));
    if (each.kind_case() != Value::kNullValue) {
      CheckShape(at, each, item, problems);
    } else {
      Refuse(at, "a value", each, problems);
    }
  }
}

}  // namespace

void CheckShape(const std::string& path, const Value& value, const KubeShape& shape,
                std::vector<absl::Status>& problems) {
  if (value.kind_case() == Value::kNullValue) return;
  switch (shape.kind) {
    case Kind::kText:
      if (!IsText(value)) Refuse(path, "a string (in quotes)", value, problems);
      return;
    case Kind::kFlag:
      if (value.kind_case() != Value::kBoolValue) Refuse(path, "true or false", value, problems);
      return;
    case Kind::kInteger:
      if (!IsInteger(value)) Refuse(path, "a whole number", value, problems);
      return;
    case Kind::kPort:
      if (!IsText(value) && !IsInteger(value)) {
        Refuse(path, "a port's number or name", value, problems);
      }
      return;
    case Kind::kQuantity:
      return CheckQuantity(path, value, 1, problems);
    case Kind::kQuantities:
      return CheckQuantities(path, value, problems);
    case Kind::kTexts:
      return CheckItems(path, value, {Kind::kText, {}}, problems);
    case Kind::kIntegers:
      return CheckItems(path, value, {Kind::kInteger, {}}, problems);
    case Kind::kObject:
      return CheckFields(path, value, shape, problems);
    case Kind::kObjects:
      return CheckItems(path, value, {Kind::kObject, shape.fields}, problems);
    case Kind::kAny:
      return;
  }
}

}  // namespace eventreactor
