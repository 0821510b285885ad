#include "libs/domain/fragment_check.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/container_check.h"
#include "libs/domain/image_reference.h"
#include "libs/domain/kube_shape.h"
#include "libs/manifest/field_path.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using cloudevents::Quoted;
using google::protobuf::Struct;
using google::protobuf::Value;
using Problems = std::vector<absl::Status>;

constexpr double kMaxFileMode = 0777;
// What each run has on Kubernetes, whoever asks for it.
constexpr const char* kOurVolumes[] = {"workspace", "home"};

const Value* Member(const Struct& object, const std::string& name) {
  const auto member = object.fields().find(name);
  const bool there =
      member != object.fields().end() && member->second.kind_case() != Value::kNullValue;
  return there ? &member->second : nullptr;
}

const Struct& ObjectIn(const Struct& object, const std::string& name) {
  const Value* member = Member(object, name);
  return member == nullptr ? Struct::default_instance() : member->struct_value();
}

// The objects of a list, with their paths.
std::vector<std::pair<std::string, const Struct*>> ObjectsIn(const std::string& path,
                                                             const Struct& object,
                                                             const std::string& name) {
  std::vector<std::pair<std::string, const Struct*>> objects;
  const Value* member = Member(object, name);
  if (member == nullptr) return objects;
  size_t i = 0;
  for (const Value& item : member->list_value().values()) {
    objects.emplace_back(manifest::Below(manifest::Below(path, name), i++), &item.struct_value());
  }
  return objects;
}

void Refuse(const std::string& field, const std::string& message, Problems& problems) {
  problems.push_back(InvalidField(field, message));
}

void RequireText(const std::string& path, const Struct& object, const char* name,
                 Problems& problems) {
  const Value* member = Member(object, name);
  // One of another type is told of already.
  if (member != nullptr && member->kind_case() != Value::kStringValue) return;
  if (StringField(object, name).empty()) {
    Refuse(manifest::Below(path, std::string(name)), "is missing", problems);
  }
}

void CheckMode(const std::string& path, const Struct& object, const std::string& name,
               Problems& problems) {
  const Value* mode = Member(object, name);
  if (mode == nullptr || mode->kind_case() != Value::kNumberValue) return;
  if (mode->number_value() < 0 || mode->number_value() > kMaxFileMode) {
    Refuse(manifest::Below(path, name), "expected the permissions of a file, such as 0600",
           problems);
  }
}

// The one of these members that is there.
std::string OnlyOne(const std::string& path, const Struct& object,
                    const std::vector<std::string>& names, const std::string& expected,
                    Problems& problems) {
  std::string found;
  for (const std::string& name : names) {
    if (Member(object, name) == nullptr) continue;
    if (!found.empty()) {
      Refuse(manifest::Below(path, name),
             absl::StrCat("stands beside ", found, "; expected only one of them"), problems);
      return "";
    }
    found = name;
  }
  if (found.empty()) Refuse(path, absl::StrCat("has no source; expected ", expected), problems);
  return found;
}

// Its name is checked by CheckEnvVar.
void CheckVariable(const std::string& path, const Struct& variable, Problems& problems) {
  const Value* source = Member(variable, "valueFrom");
  if (source == nullptr || source->kind_case() != Value::kStructValue) return;
  const std::string at = manifest::Below(path, std::string("valueFrom"));
  if (!StringField(variable, "value").empty()) {
    Refuse(at, "stands beside value; expected only one of them", problems);
  }
  const std::string kind =
      OnlyOne(at, source->struct_value(),
              {"configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef", "fileKeyRef"},
              "configMapKeyRef, secretKeyRef, fieldRef or resourceFieldRef", problems);
  if (kind != "configMapKeyRef" && kind != "secretKeyRef") return;
  for (const char* name : {"name", "key"}) {
    RequireText(manifest::Below(at, kind), ObjectIn(source->struct_value(), kind), name, problems);
  }
}

void CheckVariables(const std::string& path, const Struct& container, Problems& problems) {
  for (const auto& [at, variable] : ObjectsIn(path, container, "env")) {
    CheckVariable(at, *variable, problems);
  }
  for (const auto& [at, source] : ObjectsIn(path, container, "envFrom")) {
    const std::string kind =
        OnlyOne(at, *source, {"configMapRef", "secretRef"}, "configMapRef or secretRef", problems);
    if (kind.empty()) continue;
    RequireText(manifest::Below(at, kind), ObjectIn(*source, kind), "name", problems);
  }
}

bool IsOurs(const std::string& volume) {
  return volume == kOurVolumes[0] || volume == kOurVolumes[1];
}

// The volumes of a build.
struct Volumes {
  std::set<std::string> names;
  // A template may have others, which are known when it is filled in.
  bool more = false;

  bool MayHave(const std::string& name) const { return more || names.contains(name); }
};

void RefuseVolume(const std::string& mount, const std::string& name, Problems& problems) {
  Refuse(mount + ".name", absl::StrCat("there is no volume ", Quoted(name), " in spec.volumes"),
         problems);
}

void CheckMounts(const std::string& path, const Struct& container, const Volumes& volumes,
                 Problems& problems) {
  std::set<std::string> taken;
  for (const auto& [at, mount] : ObjectsIn(path, container, "volumeMounts")) {
    RequireText(at, *mount, "name", problems);
    RequireText(at, *mount, "mountPath", problems);
    const std::string name = StringField(*mount, "name");
    if (!name.empty() && !IsOurs(name) && !volumes.MayHave(name)) {
      RefuseVolume(at, name, problems);
    }
    const std::string where = StringField(*mount, "mountPath");
    if (!where.empty() && !taken.insert(where).second) {
      Refuse(at + ".mountPath", absl::StrCat(Quoted(where), " is mounted twice"), problems);
    }
  }
}

void CheckPullPolicy(const std::string& path, const Struct& container, Problems& problems) {
  const std::string policy = StringField(container, "imagePullPolicy");
  if (policy.empty() || policy == "Always" || policy == "IfNotPresent" || policy == "Never") return;
  Refuse(path + ".imagePullPolicy",
         absl::StrCat(Quoted(policy), " is unknown; expected Always, IfNotPresent or Never"),
         problems);
}

void CheckUsers(const std::string& path, const Struct& container, Problems& problems) {
  constexpr double kMaxId = 4'294'967'294;
  for (const char* name : {"runAsUser", "runAsGroup"}) {
    const Value* id = Member(ObjectIn(container, "securityContext"), name);
    if (id != nullptr && (id->number_value() < 0 || id->number_value() > kMaxId)) {
      Refuse(absl::StrCat(path, ".securityContext.", name),
             "expected a whole number from 0 to 4294967294", problems);
    }
  }
}

Value AsValue(const Struct& object) {
  Value value;
  *value.mutable_struct_value() = object;
  return value;
}

void CheckOneContainer(const std::string& path, const Struct& container, const Volumes& volumes,
                       Problems& problems) {
  CheckShape(path, AsValue(container), ContainerShape(), problems);
  const std::string image = StringField(container, "image");
  const absl::Status reference = ParseImageReference(image).status();
  if (!image.empty() && !reference.ok()) {
    problems.push_back(InvalidField(path + ".image", Message(reference), "INVALID_IMAGE"));
  }
  CheckVariables(path, container, problems);
  CheckMounts(path, container, volumes, problems);
  CheckPullPolicy(path, container, problems);
  CheckUsers(path, container, problems);
}

// Without a slash at its end.
std::string NormalPath(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

bool GoesUp(const std::string& path) {
  return absl::StrContains(absl::StrCat("/", path, "/"), "/../");
}

void CheckFiles(const std::string& path, const Struct& source, const char* name_field,
                Problems& problems) {
  RequireText(path, source, name_field, problems);
  CheckMode(path, source, "defaultMode", problems);
  for (const auto& [at, item] : ObjectsIn(path, source, "items")) {
    CheckMode(at, *item, "mode", problems);
    const std::string file = StringField(*item, "path");
    if (!PathInVolume(file).empty()) continue;
    Refuse(at + ".path",
           absl::StrCat(Quoted(file),
                        " is no path within the volume; expected one such as config/app.yaml"),
           problems);
  }
}

void CheckVolume(const std::string& path, const Struct& volume, Problems& problems) {
  CheckShape(path, AsValue(volume), VolumeShape(), problems);
  std::string type;
  for (const KubeField& field : VolumeShape().fields) {
    if (field.name == "name" || Member(volume, field.name) == nullptr) continue;
    if (!type.empty()) {
      return Refuse(
          path,
          absl::StrCat("has both ", type, " and ", field.name, "; a volume is of only one type"),
          problems);
    }
    type = field.name;
  }
  const std::string at = manifest::Below(path, type);
  if (type == "configMap") CheckFiles(at, ObjectIn(volume, type), "name", problems);
  if (type == "secret") CheckFiles(at, ObjectIn(volume, type), "secretName", problems);
  if (type == "hostPath") RequireText(at, ObjectIn(volume, type), "path", problems);
}

Volumes VolumesOf(const v1::BuildSpec& build) {
  Volumes volumes{.names = {}, .more = build.has_template_()};
  for (const Struct& volume : build.volumes()) volumes.names.insert(StringField(volume, "name"));
  return volumes;
}

// Those that a manifest has, with their paths.
std::vector<std::pair<std::string, const Struct*>> Containers(const v1::BuildSpec& build) {
  std::vector<std::pair<std::string, const Struct*>> containers;
  if (build.source().has_custom()) {
    containers.emplace_back("source.custom", &build.source().custom());
  }
  for (int i = 0; i < build.sources_size(); ++i) {
    if (!build.sources(i).has_custom()) continue;
    containers.emplace_back(absl::StrCat("sources[", i, "].custom"), &build.sources(i).custom());
  }
  for (int i = 0; i < build.steps_size(); ++i) {
    containers.emplace_back(absl::StrCat("steps[", i, "]"), &build.steps(i));
  }
  return containers;
}

}  // namespace

std::string PathInVolume(const std::string& path) {
  if (path.empty() || path.front() == '/' || absl::StartsWith(path, "..") || GoesUp(path)) {
    return "";
  }
  const std::string normal = NormalPath(path);
  return normal == "." ? "" : normal;
}

std::string MountPathOnOneMachine(const std::string& path) {
  if (path.empty() || path.front() != '/' || GoesUp(path) || absl::StrContains(path, ":")) {
    return "";
  }
  const std::string normal = NormalPath(path);
  return normal == "/" ? "" : normal;
}

Problems FragmentProblems(const v1::BuildSpec& build) {
  Problems problems;
  const Volumes volumes = VolumesOf(build);
  for (const auto& [path, container] : Containers(build)) {
    CheckOneContainer(path, *container, volumes, problems);
  }
  for (int i = 0; i < build.volumes_size(); ++i) {
    CheckVolume(absl::StrCat("volumes[", i, "]"), build.volumes(i), problems);
  }
  for (int i = 0; i < build.template_().env_size(); ++i) {
    const std::string path = absl::StrCat("template.env[", i, "]");
    CheckShape(path, AsValue(build.template_().env(i)), EnvVarShape(), problems);
    CheckVariable(path, build.template_().env(i), problems);
  }
  return problems;
}

absl::Status CheckFragments(const v1::BuildSpec& build) {
  const Problems problems = FragmentProblems(build);
  return problems.empty() ? absl::OkStatus() : problems.front();
}

Problems OneMachineProblems(const v1::BuildSpec& build) {
  Problems problems;
  const Volumes volumes = VolumesOf(build);
  for (const auto& [path, container] : Containers(build)) {
    const std::string directory = StringField(*container, "workingDir");
    if (!directory.empty() && directory.front() != '/') {
      Refuse(path + ".workingDir", absl::StrCat(Quoted(directory), " is not absolute"), problems);
    }
    for (const auto& [at, mount] : ObjectsIn(path, *container, "volumeMounts")) {
      const std::string name = StringField(*mount, "name");
      if (IsOurs(name) && !volumes.MayHave(name)) {
        RefuseVolume(at, name, problems);
      }
      const std::string where = StringField(*mount, "mountPath");
      if (!where.empty() && MountPathOnOneMachine(where).empty()) {
        Refuse(at + ".mountPath",
               absl::StrCat(Quoted(where), " is no path in a container such as /etc/config"),
               problems);
      }
    }
    const Struct& security = ObjectIn(*container, "securityContext");
    const Value* user = Member(security, "runAsUser");
    if (Member(security, "runAsGroup") != nullptr && user == nullptr) {
      Refuse(path + ".securityContext.runAsGroup", "needs runAsUser", problems);
    }
    const Value* non_root = Member(security, "runAsNonRoot");
    if (non_root != nullptr && non_root->bool_value() &&
        (user == nullptr || user->number_value() == 0)) {
      Refuse(path + ".securityContext.runAsNonRoot",
             user == nullptr ? "needs runAsUser, as the image's user is not looked up"
                             : "runAsUser is 0, which is root",
             problems);
    }
  }
  for (int i = 0; i < build.volumes_size(); ++i) {
    const std::string path = StringField(ObjectIn(build.volumes(i), "hostPath"), "path");
    if (path.empty() || path.front() == '/') continue;
    Refuse(absl::StrCat("volumes[", i, "].hostPath.path"),
           absl::StrCat(Quoted(path), " is not absolute"), problems);
  }
  return problems;
}

}  // namespace eventreactor
