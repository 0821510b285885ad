// Gives Pipelines that were applied with kubectl what those have that came by
// gRPC: the labels that they are listed by, and the condition Ready, which
// says whether the spec compiles and, if not, why.
//
// For the leader alone, though a second one does no harm.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/adapter/recorder.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// What a Pipeline lacks; nothing of it set: it is as it should be.
struct PipelineRepair {
  // Labels to set, and those to remove.
  std::map<std::string, std::optional<std::string>> labels{};
  // Its whole status.
  std::optional<v1::PipelineStatus> status{};
  // Why it cannot be used; OK: it can.
  absl::Status compiled{};
};
// `pipeline` as the API server has it, whether or not it is understood. Pure.
PipelineRepair Decide(const nlohmann::json& pipeline, absl::Time now);

class PipelineKeeper {
 public:
  struct Options {
    // Empty: all namespaces.
    std::string ns{};
    // Between tries of what failed.
    absl::Duration retry_first = absl::Milliseconds(200);
    absl::Duration retry_most = absl::Seconds(10);
  };
  // Neither is owned.
  PipelineKeeper(Client& client, Recorder& recorder, Options options)
      : client_(client), recorder_(recorder), options_(std::move(options)) {}
  // Stops.
  ~PipelineKeeper() { Stop(); }
  PipelineKeeper(const PipelineKeeper&) = delete;
  PipelineKeeper& operator=(const PipelineKeeper&) = delete;

  // Again after Stop, when leadership comes back.
  void Start();
  // Repeatable.
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  // Until the watch ends.
  absl::Status Follow(const std::stop_token& stop);
  // Tries it, and notes when to try it again: one that cannot be written (a
  // webhook of its namespace does not answer) holds up no other.
  void Keep(const nlohmann::json& pipeline);
  void KeepWhatIsDue(const std::stop_token& stop);
  absl::Status Repair(const nlohmann::json& pipeline);
  absl::Duration Backoff(int failures) const;

  Client& client_;
  Recorder& recorder_;
  const Options options_;
  struct Retry {
    int failures = 0;
    absl::Time due;
  };
  // Of the thread alone.
  std::map<ObjectName, Retry> waiting_;
  std::jthread thread_;
};

}  // namespace eventreactor::kube
