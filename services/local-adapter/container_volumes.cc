#include "services/local-adapter/container_volumes.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/domain/document_check.h"
#include "libs/domain/fragment_check.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_variables.h"
#include "services/local-adapter/field_reader.h"

namespace eventreactor::local {
namespace {

using google::protobuf::Value;

constexpr int kSharedMode = 0777;
constexpr int kDirectoryMode = 0755;
constexpr int kFileMode = 0644;

// A key of a ConfigMap or Secret as a file.
struct FileItem {
  std::string field;
  std::string key;
  std::string path;
  std::optional<int> mode;
};

struct FilesSource {
  std::string name;
  std::optional<std::vector<FileItem>> items;
  int mode = kFileMode;
  bool optional = false;
};

absl::Status ReadFileItem(const std::string& at, const Value& value, std::vector<FileItem>& items) {
  FileItem item;
  item.field = at;
  int mode = -1;
  absl::Status status = ReadFields(at, value,
                                   {{"key", Into(ReadText, item.key)},
                                    {"path", Into(ReadText, item.path)},
                                    {"mode", Into(ReadFileMode, mode)}});
  if (!status.ok()) return status;
  const std::string path = PathInVolume(item.path);
  if (path.empty()) {
    return InvalidField(at + ".path", "\"" + item.path +
                                          "\" is no path within the volume; expected one such as "
                                          "config/app.yaml");
  }
  item.path = path;
  if (mode >= 0) item.mode = mode;
  items.push_back(std::move(item));
  return absl::OkStatus();
}

absl::Status ReadFilesSource(const std::string& path, const Value& value, const char* name_field,
                             FilesSource& source) {
  return ReadFields(path, value,
                    {{name_field, Into(ReadText, source.name)},
                     {"items",
                      [&source](const std::string& at, const Value& list) {
                        source.items.emplace();
                        return ReadItems(at, list, [&](const std::string& each, const Value& item) {
                          return ReadFileItem(each, item, *source.items);
                        });
                      }},
                     {"defaultMode", Into(ReadFileMode, source.mode)},
                     {"optional", Into(ReadFlag, source.optional)}});
}

// With the directories above it, each once.
void AddFile(const std::string& path, const std::string& data, int mode,
             std::vector<TarEntry>& files) {
  for (size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash + 1);
    const bool known = std::any_of(files.begin(), files.end(),
                                   [&](const TarEntry& file) { return file.name == directory; });
    if (!known) files.push_back({directory, "", kDirectoryMode});
  }
  files.push_back({path, data, mode});
}

absl::StatusOr<std::vector<TarEntry>> FilesOf(const std::string& path, const char* name_field,
                                              const char* kind, const FilesSource& source,
                                              const DocumentSet& documents) {
  const std::string field = absl::StrCat(path, ".", name_field);
  if (source.name.empty()) return InvalidField(field, "required");
  std::vector<TarEntry> files;
  const v1::Document* document = documents.Find(kind, source.name);
  if (document == nullptr) {
    if (source.optional || documents.unknown()) return files;
    return MissingDocument(field, kind, source.name);
  }
  const auto values = ValuesOf(*document);
  if (!source.items) {
    for (const auto& [key, data] : values) AddFile(key, data, source.mode, files);
    return files;
  }
  for (const FileItem& item : *source.items) {
    const auto found = values.find(item.key);
    if (found != values.end()) {
      AddFile(item.path, found->second, item.mode.value_or(source.mode), files);
    } else if (!source.optional) {
      return InvalidField(
          item.field + ".key",
          absl::StrCat("the ", kind, " ", source.name, " has no \"", item.key, "\""),
          "DOCUMENT_MISSING");
    }
  }
  return files;
}

absl::StatusOr<std::string> ReadHostPath(const std::string& path, const Value& value,
                                         const PlanOptions& options) {
  std::string host_path;
  std::string type;
  absl::Status status = ReadFields(
      path, value, {{"path", Into(ReadText, host_path)}, {"type", Into(ReadText, type)}});
  if (!status.ok()) return status;
  if (!type.empty() && type != "Directory" && type != "File") return NotAvailable(path + ".type");
  if (host_path.empty() || host_path.front() != '/') {
    return InvalidField(path + ".path", "\"" + host_path + "\" is not absolute");
  }
  if (IsAllowedHostPath(host_path, options.host_paths)) return host_path;
  return InvalidField(path + ".path",
                      "\"" + host_path +
                          "\" is not among what local-adapter gives to containers: see its flag "
                          "--allow-host-path",
                      "NOT_ALLOWED_HERE");
}

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool HasMountAt(const PlannedContainer& container, const std::string& path) {
  return std::any_of(container.spec.mounts.begin(), container.spec.mounts.end(),
                     [&](const VolumeMount& mount) { return mount.path == path; });
}

}  // namespace

struct VolumePlan::MountFields {
  std::string name;
  std::string path;
  std::string sub_path;
  bool read_only = false;
};

bool IsAllowedHostPath(const std::string& path, const std::vector<std::string>& allowed) {
  std::error_code error;
  const auto real = [&error](const std::string& name) {
    const auto whole = std::filesystem::weakly_canonical(name, error);
    return error ? std::string() : WithoutSlashes(whole.lexically_normal().string());
  };
  const std::string wanted = real(path);
  if (wanted.empty()) return false;
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& each) {
    const std::string prefix = real(each);
    return !prefix.empty() && (wanted == prefix || prefix == "/" ||
                               absl::StartsWith(wanted, absl::StrCat(prefix, "/")));
  });
}

absl::StatusOr<VolumePlan> VolumePlan::Read(const v1::BuildSpec& build,
                                            const DocumentSet& documents,
                                            const PlanOptions& options) {
  VolumePlan plan;
  for (int i = 0; i < build.volumes_size(); ++i) {
    Value volume;
    *volume.mutable_struct_value() = build.volumes(i);
    absl::Status status = plan.ReadVolume(Indexed("volumes", i), volume, documents, options);
    if (!status.ok()) return status;
  }
  return plan;
}

absl::Status VolumePlan::ReadVolume(const std::string& path, const Value& value,
                                    const DocumentSet& documents, const PlanOptions& options) {
  std::string name;
  Volume volume;
  int types = 0;
  const auto files_of = [&](const char* kind, const char* name_field) {
    return [&, kind, name_field](const std::string& at, const Value& fields) -> absl::Status {
      ++types;
      volume.kind = Volume::Kind::kFiles;
      FilesSource source;
      absl::Status status = ReadFilesSource(at, fields, name_field, source);
      if (!status.ok()) return status;
      absl::StatusOr<std::vector<TarEntry>> files =
          FilesOf(at, name_field, kind, source, documents);
      if (!files.ok()) return files.status();
      volume.files = *std::move(files);
      return absl::OkStatus();
    };
  };
  const FieldReader empty_dir = [&](const std::string& at, const Value& fields) {
    ++types;
    return ReadFields(at, fields, {{"medium", PassOver}, {"sizeLimit", PassOver}});
  };
  const FieldReader host_path = [&](const std::string& at, const Value& fields) -> absl::Status {
    ++types;
    volume.kind = Volume::Kind::kHost;
    absl::StatusOr<std::string> read = ReadHostPath(at, fields, options);
    if (!read.ok()) return read.status();
    volume.host_path = *std::move(read);
    return absl::OkStatus();
  };
  absl::Status status = ReadFields(path, value,
                                   {{"name", Into(ReadText, name)},
                                    {"emptyDir", empty_dir},
                                    {"configMap", files_of(kConfigMap, "name")},
                                    {"secret", files_of(kSecret, "secretName")},
                                    {"hostPath", host_path}});
  if (!status.ok()) return status;
  if (types > 1) return InvalidField(path, "has more than one type; expected only one");
  volumes_[name] = std::move(volume);
  return absl::OkStatus();
}

absl::Status VolumePlan::Mount(const std::string& path, const Value& value,
                               PlannedContainer& container) {
  return ReadItems(path, value, [&](const std::string& at, const Value& item) {
    return MountOne(at, item, container);
  });
}

absl::Status VolumePlan::MountOne(const std::string& at, const Value& value,
                                  PlannedContainer& container) {
  MountFields mount;
  absl::Status status = ReadFields(at, value,
                                   {{"name", Into(ReadText, mount.name)},
                                    {"mountPath", Into(ReadText, mount.path)},
                                    {"subPath", Into(ReadText, mount.sub_path)},
                                    {"readOnly", Into(ReadFlag, mount.read_only)}});
  if (!status.ok()) return status;
  const auto found = volumes_.find(mount.name);
  if (found == volumes_.end()) {
    return InvalidField(at + ".name", "there is no volume \"" + mount.name + "\" in spec.volumes");
  }
  const Volume& volume = found->second;
  const std::string path = MountPathOnOneMachine(mount.path);
  if (path.empty()) {
    return InvalidField(at + ".mountPath",
                        "\"" + mount.path + "\" is no path in a container such as /etc/config");
  }
  mount.path = path;
  if (HasMountAt(container, mount.path)) {
    return InvalidField(at + ".mountPath", "\"" + mount.path + "\" is mounted twice");
  }
  if (!mount.sub_path.empty()) {
    if (volume.kind != Volume::Kind::kFiles) return NotAvailable(at + ".subPath");
    return MountFile(at, mount, volume, container);
  }
  const std::string engine_name = absl::StrCat("v-", mount.name);
  switch (volume.kind) {
    case Volume::Kind::kEmpty:
      MountShared(engine_name, mount.path, mount.read_only, {}, container);
      break;
    case Volume::Kind::kHost:
      container.spec.mounts.push_back({"", mount.path, volume.host_path, mount.read_only});
      break;
    case Volume::Kind::kFiles:
      // Writable for the engine's sake, which refuses to fill it otherwise;
      // nobody else sees what this container makes of it.
      container.spec.mounts.push_back({absl::StrCat(index_, "-", engine_name), mount.path});
      container.directories.push_back({mount.path, kDirectoryMode, volume.files});
      break;
  }
  return absl::OkStatus();
}

absl::Status VolumePlan::MountFile(const std::string& at, const MountFields& mount,
                                   const Volume& volume, PlannedContainer& container) const {
  const std::string path = PathInVolume(mount.sub_path);
  for (const TarEntry& file : volume.files) {
    if (file.name != path) continue;
    container.files.push_back({mount.path.substr(1), file.data, file.mode});
    return absl::OkStatus();
  }
  return InvalidField(at + ".subPath",
                      "\"" + mount.sub_path + "\" is no file of the volume \"" + mount.name + "\"",
                      "DOCUMENT_MISSING");
}

void VolumePlan::MountShared(const std::string& volume, const std::string& path, bool read_only,
                             const std::vector<TarEntry>& files, PlannedContainer& container) {
  container.spec.mounts.push_back({volume, path, "", read_only});
  if (seen_.insert(volume).second) container.directories.push_back({path, kSharedMode, files});
}

void VolumePlan::MountOurs(const std::string& volume, const std::string& path,
                           const std::vector<TarEntry>& files, PlannedContainer& container) {
  if (!HasMountAt(container, path)) MountShared(volume, path, false, files, container);
}

}  // namespace eventreactor::local
