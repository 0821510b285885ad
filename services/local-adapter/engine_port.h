// A container engine, as the executor needs it: the port that runs are
// written over. engine_client.h is the real one (docker's and podman's API).
//
// Errors: UNAVAILABLE (ENGINE_UNAVAILABLE) if there was no answer, so that
// the call may or may not have had its effect; NOT_FOUND; INVALID_ARGUMENT
// (ENGINE_REFUSED) if the engine calls the request wrong; ABORTED
// (ENGINE_CONFLICT) if it conflicts with what the engine has, such as another
// container of that name; RESOURCE_EXHAUSTED (ENGINE_DISK_FULL) if it has no
// room left on its disk; INTERNAL (ENGINE_ERROR) with the engine's words for
// anything else; CANCELLED once `abandoned` was asked to stop.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/image_reference.h"

namespace eventreactor::local {

using EngineLabels = std::map<std::string, std::string>;

struct VolumeMount {
  // The volume's name; empty for a host_path.
  std::string volume;
  // Where the container sees it.
  std::string path;
  // A file or directory of this machine instead of a volume.
  std::string host_path{};
  bool read_only = false;
};

// A container to create.
struct ContainerSpec {
  std::string name;
  ImageReference image;
  // Empty: the image's.
  std::vector<std::string> entrypoint;
  std::vector<std::string> args;
  // NAME=value.
  std::vector<std::string> env;
  std::string working_dir;
  // uid or uid:gid; empty: the image's.
  std::string user;
  EngineLabels labels;
  std::vector<VolumeMount> mounts;
  // 0: no limit.
  int64_t nano_cpus = 0;
  int64_t memory_bytes = 0;
  bool privileged = false;
  bool no_new_privileges = false;
  bool read_only_root = false;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
};

enum class ContainerPhase { kCreated, kRunning, kExited, kBroken };

struct ContainerState {
  std::string id;
  EngineLabels labels;
  // kBroken: being removed, or in a state that nothing comes of.
  ContainerPhase phase = ContainerPhase::kBroken;
  int exit_code = 0;
  bool oom_killed = false;
  // The engine's words, where it has any.
  std::string error;
  // Infinite past where it has not.
  absl::Time started_at = absl::InfinitePast();
  absl::Time finished_at = absl::InfinitePast();
  // What asks this container to end; empty: SIGTERM.
  std::string stop_signal;
};

// One of a list.
struct EngineObject {
  // A container's id, a volume's name.
  std::string id;
  EngineLabels labels;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Both return false to end the call early, which is then OK. Data is what
  // the container wrote, stdout and stderr as they came. OnTick is called
  // some twenty times a second, data or not.
  using OnData = std::function<bool(const char* data, size_t size)>;
  using OnTick = std::function<bool()>;

  // OK if the engine answers and speaks a dialect that we do.
  virtual absl::Status Ping(const std::stop_token& abandoned) = 0;

  virtual absl::StatusOr<bool> HasImage(const std::stop_token& abandoned,
                                        const ImageReference& image) = 0;
  // Returns when the image is there. Meanwhile OnProgress is told how far it
  // has come, in words such as "2 of 5 layers, 12 of 40 MB".
  using OnProgress = std::function<void(const std::string& words)>;
  virtual absl::Status Pull(const std::stop_token& abandoned, const ImageReference& image,
                            const OnTick& tick, const OnProgress& progress) = 0;

  // Returns the id. NOT_FOUND if the image is not there. A name that is taken
  // is ABORTED with one engine and INTERNAL with the other: look for it.
  virtual absl::StatusOr<std::string> CreateContainer(const std::stop_token& abandoned,
                                                      const ContainerSpec& spec) = 0;
  // Unpacks a tar at a directory of a container that may not have started.
  virtual absl::Status PutArchive(const std::stop_token& abandoned, const std::string& container,
                                  const std::string& path, const std::string& tar) = 0;
  // OK if it runs already.
  virtual absl::Status StartContainer(const std::stop_token& abandoned,
                                      const std::string& container) = 0;
  // By id or name.
  virtual absl::StatusOr<ContainerState> InspectContainer(const std::stop_token& abandoned,
                                                          const std::string& container) = 0;
  // Those that have all these labels, running or not.
  virtual absl::StatusOr<std::vector<EngineObject>> ListContainers(const std::stop_token& abandoned,
                                                                   const EngineLabels& labels) = 0;
  // A signal by name or number.
  virtual absl::Status Signal(const std::stop_token& abandoned, const std::string& container,
                              const std::string& signal) = 0;
  // Ends it at once if it runs. OK if it is not there.
  virtual absl::Status RemoveContainer(const std::stop_token& abandoned,
                                       const std::string& container) = 0;

  // The log from its first byte up to what there is.
  virtual absl::Status ReadLog(const std::stop_token& abandoned, const std::string& container,
                               const OnData& data, const OnTick& tick) = 0;
  // The same, and goes on until the engine ends it, some time after the
  // container's end, possibly before its last bytes.
  virtual absl::Status FollowLog(const std::stop_token& abandoned, const std::string& container,
                                 const OnData& data, const OnTick& tick) = 0;

  // OK if it is there already.
  virtual absl::Status CreateVolume(const std::stop_token& abandoned, const std::string& name,
                                    const EngineLabels& labels) = 0;
  // OK if it is not there. ABORTED or INTERNAL while a container uses it.
  virtual absl::Status RemoveVolume(const std::stop_token& abandoned, const std::string& name) = 0;
  virtual absl::StatusOr<std::vector<EngineObject>> ListVolumes(const std::stop_token& abandoned,
                                                                const EngineLabels& labels) = 0;
};

}  // namespace eventreactor::local
