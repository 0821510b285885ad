#include "services/local-adapter/fake_engine.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_labels.h"

namespace eventreactor::local {
namespace {

absl::Status NotFound(const std::string& what) {
  return MakeStatus(absl::StatusCode::kNotFound, "ENGINE_NOT_FOUND", "no such " + what);
}

absl::Status NameTaken() {
  return MakeStatus(absl::StatusCode::kAborted, "ENGINE_CONFLICT", "that name is already in use");
}

bool HasAll(const EngineLabels& have, const EngineLabels& want) {
  return std::all_of(want.begin(), want.end(), [&](const auto& label) {
    const auto it = have.find(label.first);
    return it != have.end() && it->second == label.second;
  });
}

void End(FakeEngineWorld::Container& container, int exit_code) {
  container.state.phase = ContainerPhase::kExited;
  container.state.exit_code = exit_code;
  container.state.finished_at = absl::Now();
}

absl::Status TakeFirst(std::vector<absl::Status>& statuses) {
  absl::Status first = statuses.front();
  statuses.erase(statuses.begin());
  return first;
}

}  // namespace

void FakeEngineWorld::Finish(const std::string& name, int exit_code) {
  const std::lock_guard lock(mutex);
  End(containers.at(name), exit_code);
}

FakeEngineWorld::Container FakeEngineWorld::Look(const std::string& name) {
  const std::lock_guard lock(mutex);
  return containers.at(name);
}

absl::Status FakeEngine::Down() const {
  if (!world_.down) return absl::OkStatus();
  return MakeStatus(absl::StatusCode::kUnavailable, "ENGINE_UNAVAILABLE", "the engine is down");
}

FakeEngineWorld::Container* FakeEngine::Find(const std::string& container) {
  for (auto& [name, each] : world_.containers) {
    if (name == container || each.state.id == container) return &each;
  }
  return nullptr;
}

absl::Status FakeEngine::Ping(const std::stop_token& /*abandoned*/) {
  const std::lock_guard lock(world_.mutex);
  return Down();
}

absl::StatusOr<bool> FakeEngine::HasImage(const std::stop_token& /*abandoned*/,
                                          const ImageReference& image) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  return world_.images.count(image.ToString()) != 0;
}

absl::Status FakeEngine::Pull(const std::stop_token& /*abandoned*/, const ImageReference& image,
                              const OnTick& tick, const OnProgress& progress) {
  const auto words = [this] {
    const std::lock_guard lock(world_.mutex);
    return world_.pull_words;
  };
  for (std::string said = words(); !said.empty() && tick(); said = words()) progress(said);
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  ++world_.pulls;
  if (world_.pull.ok()) world_.images.insert(image.ToString());
  return world_.pull;
}

absl::StatusOr<std::string> FakeEngine::CreateContainer(const std::stop_token& /*abandoned*/,
                                                        const ContainerSpec& spec) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  if (world_.names_taken) return NameTaken();
  if (!world_.refuse_create.empty()) return TakeFirst(world_.refuse_create);
  if (world_.images.count(spec.image.ToString()) == 0) return NotFound("image");
  if (world_.containers.count(spec.name) != 0) return NameTaken();
  FakeEngineWorld::Container& container = world_.containers[spec.name];
  container.spec = spec;
  container.state.id = "id-" + spec.name;
  container.state.labels = spec.labels;
  container.state.phase = ContainerPhase::kCreated;
  if (!world_.lose_create.ok()) return std::exchange(world_.lose_create, absl::OkStatus());
  return container.state.id;
}

absl::Status FakeEngine::PutArchive(const std::stop_token& /*abandoned*/,
                                    const std::string& container, const std::string& path,
                                    const std::string& tar) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  FakeEngineWorld::Container* found = Find(container);
  if (found == nullptr) return NotFound("container");
  found->archives[path] = tar;
  return absl::OkStatus();
}

absl::Status FakeEngine::StartContainer(const std::stop_token& /*abandoned*/,
                                        const std::string& container) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  FakeEngineWorld::Container* found = Find(container);
  if (found == nullptr) return NotFound("container");
  if (found->state.phase == ContainerPhase::kRunning) return absl::OkStatus();
  const FakeEngineWorld::Script& script = world_.scripts[found->spec.labels[kStepNameLabel]];
  if (!world_.refuse_start.empty()) return TakeFirst(world_.refuse_start);
  if (!script.start_error.empty()) {
    return MakeStatus(absl::StatusCode::kInternal, "ENGINE_ERROR", script.start_error);
  }
  ++found->starts;
  if (std::exchange(world_.forget_start, false)) return absl::UnavailableError("killed");
  found->state.started_at = absl::Now();
  found->state.phase = ContainerPhase::kRunning;
  found->state.oom_killed = script.oom_killed;
  if (!script.stays) End(*found, script.exit_code);
  return absl::OkStatus();
}

absl::StatusOr<ContainerState> FakeEngine::InspectContainer(const std::stop_token& /*abandoned*/,
                                                            const std::string& container) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  FakeEngineWorld::Container* found = Find(container);
  if (found == nullptr) return NotFound("container");
  return found->state;
}

absl::StatusOr<std::vector<EngineObject>> FakeEngine::ListContainers(
    const std::stop_token& /*abandoned*/, const EngineLabels& labels) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  std::vector<EngineObject> objects;
  for (const auto& [name, each] : world_.containers) {
    if (HasAll(each.spec.labels, labels)) objects.push_back({each.state.id, each.spec.labels});
  }
  return objects;
}

absl::Status FakeEngine::Signal(const std::stop_token& /*abandoned*/, const std::string& container,
                                const std::string& signal) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  FakeEngineWorld::Container* found = Find(container);
  if (found == nullptr) return NotFound("container");
  if (found->state.phase != ContainerPhase::kRunning) {
    return MakeStatus(absl::StatusCode::kAborted, "ENGINE_CONFLICT", "it does not run");
  }
  found->signals.push_back(signal);
  // The program inside hears nothing else.
  if (signal == "SIGKILL") End(*found, 137);
  return absl::OkStatus();
}

absl::Status FakeEngine::RemoveContainer(const std::stop_token& /*abandoned*/,
                                         const std::string& container) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  ++world_.removals;
  world_.names_taken = false;
  if (FakeEngineWorld::Container* found = Find(container)) {
    world_.containers.erase(std::string(found->spec.name));
  }
  return absl::OkStatus();
}

absl::Status FakeEngine::ReadLog(const std::stop_token& /*abandoned*/, const std::string& container,
                                 const OnData& data, const OnTick& /*tick*/) {
  std::string output;
  {
    const std::lock_guard lock(world_.mutex);
    if (absl::Status down = Down(); !down.ok()) return down;
    FakeEngineWorld::Container* found = Find(container);
    if (found == nullptr) return NotFound("container");
    if (found->starts > 0) output = world_.scripts[found->spec.labels[kStepNameLabel]].output;
  }
  if (!output.empty()) data(output.data(), output.size());
  return absl::OkStatus();
}

absl::Status FakeEngine::FollowLog(const std::stop_token& abandoned, const std::string& container,
                                   const OnData& data, const OnTick& tick) {
  if (absl::Status status = ReadLog(abandoned, container, data, tick); !status.ok()) return status;
  while (!abandoned.stop_requested() && tick()) {
    {
      const std::lock_guard lock(world_.mutex);
      if (absl::Status down = Down(); !down.ok()) return down;
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::OkStatus();
}

absl::Status FakeEngine::CreateVolume(const std::stop_token& /*abandoned*/, const std::string& name,
                                      const EngineLabels& labels) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  world_.volumes.emplace(name, labels);
  return absl::OkStatus();
}

absl::Status FakeEngine::RemoveVolume(const std::stop_token& /*abandoned*/,
                                      const std::string& name) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  world_.volumes.erase(name);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EngineObject>> FakeEngine::ListVolumes(
    const std::stop_token& /*abandoned*/, const EngineLabels& labels) {
  const std::lock_guard lock(world_.mutex);
  if (absl::Status down = Down(); !down.ok()) return down;
  std::vector<EngineObject> objects;
  for (const auto& [name, each] : world_.volumes) {
    if (HasAll(each, labels)) objects.push_back({name, each});
  }
  return objects;
}

}  // namespace eventreactor::local
