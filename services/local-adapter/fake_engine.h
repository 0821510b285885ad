// An engine in memory that behaves: containers are created, run, end and are
// removed, by name and label; and it fails when a test says so.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

// What outlives the executors of a test, as an engine does.
class FakeEngineWorld {
 public:
  // What the container of a step does.
  struct Script {
    std::string output;
    int exit_code = 0;
    bool oom_killed = false;
    // Runs until Finish or a signal.
    bool stays = false;
    // Refuses to start, in these words.
    std::string start_error;
  };
  struct Container {
    ContainerSpec spec;
    ContainerState state;
    int starts = 0;
    std::vector<std::string> signals;
    std::map<std::string, std::string> archives;
  };

  std::mutex mutex;
  // By step name, and by image reference.
  std::map<std::string, Script> scripts;
  std::set<std::string> images = {"image:1"};
  // What a pull answers; it brings the image if OK.
  absl::Status pull = absl::OkStatus();
  int pulls = 0;
  // A pull says this, and goes on until it is empty.
  std::string pull_words;
  // What the next creations or starts answer instead of having their effect.
  std::vector<absl::Status> refuse_create;
  std::vector<absl::Status> refuse_start;
  // Every container's, by what no call shows, until one is removed.
  bool names_taken = false;
  // How often a container was to be removed.
  int removals = 0;
  // The next start has its effect, but nobody answers, and nobody knows of it.
  bool forget_start = false;
  // Every call is UNAVAILABLE.
  bool down = false;
  // The next creation has its effect, but answers with this.
  absl::Status lose_create = absl::OkStatus();
  // By name.
  std::map<std::string, Container> containers;
  std::map<std::string, EngineLabels> volumes;

  // Ends a container that stays.
  void Finish(const std::string& name, int exit_code);
  Container Look(const std::string& name);
};

class FakeEngine : public Engine {
 public:
  explicit FakeEngine(FakeEngineWorld& world) : world_(world) {}

  absl::Status Ping(const std::stop_token& abandoned) override;
  absl::StatusOr<bool> HasImage(const std::stop_token& abandoned,
                                const ImageReference& image) override;
  absl::Status Pull(const std::stop_token& abandoned, const ImageReference& image,
                    const OnTick& tick, const OnProgress& progress) override;
  absl::StatusOr<std::string> CreateContainer(const std::stop_token& abandoned,
                                              const ContainerSpec& spec) override;
  absl::Status PutArchive(const std::stop_token& abandoned, const std::string& container,
                          const std::string& path, const std::string& tar) override;
  absl::Status StartContainer(const std::stop_token& abandoned,
                              const std::string& container) override;
  absl::StatusOr<ContainerState> InspectContainer(const std::stop_token& abandoned,
                                                  const std::string& container) override;
  absl::StatusOr<std::vector<EngineObject>> ListContainers(const std::stop_token& abandoned,
                                                           const EngineLabels& labels) override;
  absl::Status Signal(const std::stop_token& abandoned, const std::string& container,
                      const std::string& signal) override;
  absl::Status RemoveContainer(const std::stop_token& abandoned,
                               const std::string& container) override;
  absl::Status ReadLog(const std::stop_token& abandoned, const std::string& container,
                       const OnData& data, const OnTick& tick) override;
  absl::Status FollowLog(const std::stop_token& abandoned, const std::string& container,
                         const OnData& data, const OnTick& tick) override;
  absl::Status CreateVolume(const std::stop_token& abandoned, const std::string& name,
                            const EngineLabels& labels) override;
  absl::Status RemoveVolume(const std::stop_token& abandoned, const std::string& name) override;
  absl::StatusOr<std::vector<EngineObject>> ListVolumes(const std::stop_token& abandoned,
                                                        const EngineLabels& labels) override;

 private:
  absl::Status Down() const;
  FakeEngineWorld::Container* Find(const std::string& container);

  FakeEngineWorld& world_;
};

}  // namespace eventreactor::local
