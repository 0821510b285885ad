#include "services/local-adapter/container_fields.h"

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/event_context.h"
#include "libs/manifest/suggestion.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_quantity.h"

namespace eventreactor::local {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr int64_t kNano = 1'000'000'000;
constexpr int64_t kMaxUid = 4'294'967'294;

absl::Status Unavailable(const std::string& field) {
  return InvalidField(field, "not available on one machine", "NOT_AVAILABLE");
}

std::string Indexed(const std::string& field, int index) {
  return field + "[" + std::to_string(index) + "]";
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

absl::StatusOr<int64_t> ReadId(const std::string& field, const Value& value) {
  const double number = value.number_value();
  if (value.kind_case() != Value::kNumberValue || number < 0 || number > kMaxUid ||
      std::floor(number) != number) {
    return InvalidField(field, "expected a whole number from 0 to " + std::to_string(kMaxUid));
  }
  return static_cast<int64_t>(number);
}

absl::StatusOr<std::vector<std::string>> ReadTexts(const std::string& field, const Value& value) {
  if (value.kind_case() != Value::kListValue) return InvalidField(field, "expected a list");
  std::vector<std::string> texts;
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    absl::StatusOr<std::string> text = ReadText(Indexed(field, i), value.list_value().values(i));
    if (!text.ok()) return text.status();
    texts.push_back(*std::move(text));
  }
  return texts;
}

using Reader = std::function<absl::Status(const std::string& path, const Value& value)>;

// A field without a reader is one of Kubernetes' that is not here, or a slip.
absl::Status RefuseUnread(const std::string& path, const std::string& name,
                          const std::map<std::string, Reader>& readers) {
  std::vector<std::string> known;
  known.reserve(readers.size());
  for (const auto& [each, reader] : readers) known.push_back(each);
  const std::string near = manifest::Closest(name, known);
  if (near.empty()) return Unavailable(path);
  return InvalidField(path, "is unknown; did you mean \"" + near + "\"?", "UNKNOWN_FIELD");
}

// Calls the reader of each field.
absl::Status ReadFields(const std::string& path, const Value& value,
                        const std::map<std::string, Reader>& readers) {
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

absl::Status PassOver(const std::string& /*path*/, const Value& /*value*/) {
  return absl::OkStatus();
}

// What is nothing may stand there: [], {}, false and "".
absl::Status RefuseUnlessEmpty(const std::string& path, const Value& value) {
  const bool empty =
      (value.kind_case() == Value::kListValue && value.list_value().values().empty()) ||
      (value.kind_case() == Value::kStructValue && value.struct_value().fields().empty()) ||
      (value.kind_case() == Value::kBoolValue && !value.bool_value()) ||
      (value.kind_case() == Value::kStringValue && value.string_value().empty());
  return empty ? absl::OkStatus() : Unavailable(path);
}

template <class Read, class T>
Reader Into(Read read, T& out) {
  return [read, &out](const std::string& path, const Value& value) {
    auto result = read(path, value);
    if (!result.ok()) return result.status();
    out = *std::move(result);
    return absl::OkStatus();
  };
}

absl::Status ReadEnv(const std::string& path, const Value& value, Environment& environment) {
  if (value.kind_case() != Value::kListValue) return InvalidField(path, "expected a list");
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    const std::string at = Indexed(path, i);
    std::string name;
    std::string text;
    absl::Status status =
        ReadFields(at, value.list_value().values(i),
                   {{"name", Into(ReadText, name)}, {"value", Into(ReadText, text)}});
    if (!status.ok()) return status;
    if (name.empty() || name.find('=') != std::string::npos) {
      return InvalidField(at + ".name", "\"" + name + "\" is no name of a variable");
    }
    environment.SetExpanded(name, text);
  }
  return absl::OkStatus();
}

absl::Status ReadPorts(const std::string& path, const Value& value) {
  if (value.kind_case() != Value::kListValue) return InvalidField(path, "expected a list");
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    const auto& fields = value.list_value().values(i).struct_value().fields();
    if (fields.contains("hostPort")) return Unavailable(Indexed(path, i) + ".hostPort");
  }
  return absl::OkStatus();
}

Reader LimitReader(int64_t scale, int64_t& out) {
  return [scale, &out](const std::string& path, const Value& value) {
    std::string text = value.string_value();
    // A plain number is a quantity too: cpu: 2.
    if (value.kind_case() == Value::kNumberValue) {
      text = std::to_string(value.number_value());
    } else if (value.kind_case() != Value::kStringValue) {
      return InvalidField(path, "expected a quantity");
    }
    const absl::StatusOr<int64_t> quantity = ParseQuantity(text, scale);
    if (!quantity.ok()) return InvalidField(path, Message(quantity.status()));
    out = *quantity;
    return absl::OkStatus();
  };
}

absl::Status ReadResources(const std::string& path, const Value& value, ContainerSpec& spec) {
  const Reader limits = [&spec](const std::string& at, const Value& fields) {
    return ReadFields(at, fields,
                      {{"cpu", LimitReader(kNano, spec.nano_cpus)},
                       {"memory", LimitReader(1, spec.memory_bytes)}});
  };
  return ReadFields(path, value, {{"limits", limits}, {"requests", PassOver}});
}

absl::Status ReadSecurityContext(const std::string& path, const Value& value,
                                 const PlanOptions& options, ContainerSpec& spec) {
  std::optional<int64_t> user;
  std::optional<int64_t> group;
  bool non_root = false;
  bool escalation = true;
  const Reader capabilities = [&spec](const std::string& at, const Value& fields) {
    return ReadFields(
        at, fields,
        {{"add", Into(ReadTexts, spec.cap_add)}, {"drop", Into(ReadTexts, spec.cap_drop)}});
  };
  absl::Status status = ReadFields(path, value,
                                   {{"runAsUser", Into(ReadId, user)},
                                    {"runAsGroup", Into(ReadId, group)},
                                    {"runAsNonRoot", Into(ReadFlag, non_root)},
                                    {"privileged", Into(ReadFlag, spec.privileged)},
                                    {"allowPrivilegeEscalation", Into(ReadFlag, escalation)},
                                    {"readOnlyRootFilesystem", Into(ReadFlag, spec.read_only_root)},
                                    {"capabilities", capabilities}});
  if (!status.ok()) return status;
  if (!options.allow_privileged && (spec.privileged || !spec.cap_add.empty())) {
    const std::string field = path + (spec.privileged ? ".privileged" : ".capabilities.add");
    return InvalidField(field, "not allowed by this adapter", "NOT_ALLOWED");
  }
  if (non_root && user.value_or(0) == 0) {
    return InvalidField(path + ".runAsNonRoot",
                        user ? "runAsUser is 0, which is root"
                             : "needs runAsUser, as the image's user is not looked up");
  }
  if (group && !user) return InvalidField(path + ".runAsGroup", "needs runAsUser");
  if (user) spec.user = std::to_string(*user) + (group ? ":" + std::to_string(*group) : "");
  spec.no_new_privileges = !escalation;
  return absl::OkStatus();
}

absl::Status ReadPullPolicy(const std::string& path, const Value& value, PullPolicy& policy) {
  static const std::map<std::string, PullPolicy> kPolicies = {
      {"", PullPolicy::kIfNotPresent},
      {"IfNotPresent", PullPolicy::kIfNotPresent},
      {"Always", PullPolicy::kAlways},
      {"Never", PullPolicy::kNever}};
  const auto it = kPolicies.find(value.string_value());
  if (value.kind_case() != Value::kStringValue || it == kPolicies.end()) {
    return InvalidField(path, "expected Always, IfNotPresent or Never");
  }
  policy = it->second;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PlannedContainer> ReadContainer(const Struct& fields, Environment environment,
                                               const PlanOptions& options) {
  PlannedContainer container;
  ContainerSpec& spec = container.spec;
  spec.working_dir = kWorkspace;
  std::string image;
  using std::placeholders::_1;
  using std::placeholders::_2;
  Value whole;
  *whole.mutable_struct_value() = fields;
  absl::Status status =
      ReadFields("", whole,
                 {{"name", PassOver},
                  {"image", Into(ReadText, image)},
                  {"command", Into(ReadTexts, spec.entrypoint)},
                  {"args", Into(ReadTexts, spec.args)},
                  {"workingDir", Into(ReadText, spec.working_dir)},
                  {"env", std::bind(ReadEnv, _1, _2, std::ref(environment))},
                  {"resources", std::bind(ReadResources, _1, _2, std::ref(spec))},
                  {"securityContext",
                   std::bind(ReadSecurityContext, _1, _2, std::cref(options), std::ref(spec))},
                  {"imagePullPolicy", std::bind(ReadPullPolicy, _1, _2, std::ref(container.pull))},
                  {"ports", ReadPorts},
                  {"terminationMessagePath", PassOver},
                  {"terminationMessagePolicy", PassOver},
                  {"livenessProbe", PassOver},
                  {"readinessProbe", PassOver},
                  {"startupProbe", PassOver},
                  {"envFrom", RefuseUnlessEmpty},
                  {"volumeMounts", RefuseUnlessEmpty},
                  {"volumeDevices", RefuseUnlessEmpty},
                  {"lifecycle", RefuseUnlessEmpty},
                  {"stdin", RefuseUnlessEmpty},
                  {"stdinOnce", RefuseUnlessEmpty},
                  {"tty", RefuseUnlessEmpty}});
  if (!status.ok()) return status;

  if (image.empty()) return InvalidField("image", "required");
  absl::StatusOr<ImageReference> reference = ParseImageReference(image);
  if (!reference.ok()) return InvalidField("image", Message(reference.status()), "INVALID_IMAGE");
  spec.image = *std::move(reference);
  if (spec.working_dir.empty()) spec.working_dir = kWorkspace;
  if (spec.working_dir.front() != '/') {
    return InvalidField("workingDir", "\"" + spec.working_dir +
                                          "\" is not absolute: expected a path such as " +
                                          kWorkspace + "/src");
  }
  for (std::string& text : spec.entrypoint) text = environment.Expand(text);
  for (std::string& text : spec.args) text = environment.Expand(text);
  spec.env = environment.List();
  return container;
}

}  // namespace eventreactor::local
