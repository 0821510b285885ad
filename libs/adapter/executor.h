// What runs an Action's containers: the port that the action reconciler is
// written over. One machine runs containers through an engine, a cluster
// Pods through its API server.
//
// Thread-safety: all methods may be called from any thread. None blocks for
// as long as a container runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/domain/run.h"

namespace eventreactor {

// Which Action a run is of. Runs are told apart by uid.
struct RunKey {
  std::string ns;
  std::string name;
  std::string uid;
  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Called from any thread after what Observe tells has changed. Set before
  // the first Start.
  using Listener = std::function<void(const RunKey&)>;
  virtual void SetListener(Listener listener) = 0;

  // Begins the run, or takes up what an earlier process left of it, and
  // returns. Repeatable: a run that is under way is left alone, and one that
  // rests (Observation::rests_until) goes on. An Action
  // that cannot run at all is observed as ended, with the reason in words;
  // an error here means "try again".
  virtual absl::Status Start(const v1::Action& action, const v1::Event& event) = 0;

  // What is known; nothing if Start was not called since this process began.
  virtual std::optional<Observation> Observe(const std::string& uid) = 0;

  // Ends the containers; Observe tells when they have ended. Repeatable.
  virtual void Stop(const std::string& uid, StopReason reason) = 0;

  // Removes everything that belongs to the run, running or not, known or
  // not. Repeatable; the log is not touched.
  virtual absl::Status Remove(const RunKey& key) = 0;

  // The runs of which something is left in the engine, whoever began them.
  virtual absl::StatusOr<std::vector<RunKey>> List() = 0;
};

}  // namespace eventreactor
