// The volumes of a build, and what each container sees of them. The engine
// has one volume for each emptyDir; the files of ConfigMaps and Secrets go
// into a fresh one for each container that mounts them. Pure, but for where a
// hostPath leads.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/build.pb.h"
#include "services/local-adapter/container_plan.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

class VolumePlan {
 public:
  // INVALID_ARGUMENT naming the field below spec: NOT_AVAILABLE for a volume
  // of another type, NOT_ALLOWED_HERE for a hostPath that this adapter does not
  // give out, DOCUMENT_MISSING.
  static absl::StatusOr<VolumePlan> Read(const v1::BuildSpec& build, const DocumentSet& documents,
                                         const PlanOptions& options);

  // To be called before each container is read.
  void BeginContainer(size_t index) { index_ = index; }

  // Adds the container's volumeMounts to it.
  absl::Status Mount(const std::string& path, const google::protobuf::Value& value,
                     PlannedContainer& container);

  // Mounts a volume that the run has by itself, with these files in it,
  // unless the container has something of its own on that path.
  void MountOurs(const std::string& volume, const std::string& path,
                 const std::vector<TarEntry>& files, PlannedContainer& container);

 private:
  struct Volume {
    enum class Kind { kEmpty, kFiles, kHost };
    Kind kind = Kind::kEmpty;
    std::vector<TarEntry> files;
    std::string host_path;
  };
  struct MountFields;

  absl::Status ReadVolume(const std::string& path, const google::protobuf::Value& value,
                          const DocumentSet& documents, const PlanOptions& options);
  absl::Status MountOne(const std::string& at, const google::protobuf::Value& value,
                        PlannedContainer& container);
  absl::Status MountFile(const std::string& at, const MountFields& mount, const Volume& volume,
                         PlannedContainer& container) const;
  // For everyone to write, from the first container on that mounts it.
  void MountShared(const std::string& volume, const std::string& path, bool read_only,
                   const std::vector<TarEntry>& files, PlannedContainer& container);

  std::map<std::string, Volume> volumes_;
  size_t index_ = 0;
  // Volumes that a container before has mounted.
  std::set<std::string> seen_;
};

// Whether `path`, or where it leads by symbolic links, is one of `allowed` or
// below one.
bool IsAllowedHostPath(const std::string& path, const std::vector<std::string>& allowed);

}  // namespace eventreactor::local
