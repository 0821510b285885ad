#include "services/local-adapter/container_fields.h"

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/event_context.h"
#include "libs/domain/quantity.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_variables.h"
#include "services/local-adapter/field_reader.h"

namespace eventreactor::local {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr int64_t kNano = 1'000'000'000;
constexpr int64_t kMaxUid = 4'294'967'294;

absl::StatusOr<int64_t> ReadId(const std::string& field, const Value& value) {
  const double number = value.number_value();
  if (value.kind_case() != Value::kNumberValue || number < 0 || number > kMaxUid ||
      std::floor(number) != number) {
    return InvalidField(field, "expected a whole number from 0 to " + std::to_string(kMaxUid));
  }
  return static_cast<int64_t>(number);
}

absl::Status ReadPorts(const std::string& path, const Value& value) {
  if (value.kind_case() != Value::kListValue) return InvalidField(path, "expected a list");
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    const auto& fields = value.list_value().values(i).struct_value().fields();
    if (fields.contains("hostPort")) return NotAvailable(Indexed(path, i) + ".hostPort");
  }
  return absl::OkStatus();
}

FieldReader LimitReader(int64_t scale, int64_t& out) {
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
  const FieldReader limits = [&spec](const std::string& at, const Value& fields) {
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
  const FieldReader capabilities = [&spec](const std::string& at, const Value& fields) {
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
    return InvalidField(field, "is for a local-adapter with --allow-privileged",
                        "NOT_ALLOWED_HERE");
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
                                               const ContainerSurroundings& around) {
  PlannedContainer container;
  ContainerSpec& spec = container.spec;
  spec.working_dir = kWorkspace;
  std::string image;
  using std::placeholders::_1;
  using std::placeholders::_2;
  Value whole;
  *whole.mutable_struct_value() = fields;
  // Before env, which may override and refer to what it brings.
  if (const auto from = fields.fields().find("envFrom"); from != fields.fields().end()) {
    absl::Status read = ReadEnvFrom("envFrom", from->second, around.documents, environment);
    if (!read.ok()) return read;
  }
  absl::Status status = ReadFields(
      "", whole,
      {{"name", PassOver},
       {"image", Into(ReadText, image)},
       {"command", Into(ReadTexts, spec.entrypoint)},
       {"args", Into(ReadTexts, spec.args)},
       {"workingDir", Into(ReadText, spec.working_dir)},
       {"env", std::bind(ReadEnv, _1, _2, std::cref(around.documents), std::ref(environment))},
       {"envFrom", PassOver},
       {"volumeMounts",
        std::bind(&VolumePlan::Mount, &around.volumes, _1, _2, std::ref(container))},
       {"resources", std::bind(ReadResources, _1, _2, std::ref(spec))},
       {"securityContext",
        std::bind(ReadSecurityContext, _1, _2, std::cref(around.options), std::ref(spec))},
       {"imagePullPolicy", std::bind(ReadPullPolicy, _1, _2, std::ref(container.pull))},
       {"ports", ReadPorts},
       {"terminationMessagePath", PassOver},
       {"terminationMessagePolicy", PassOver},
       {"livenessProbe", PassOver},
       {"readinessProbe", PassOver},
       {"startupProbe", PassOver},
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
