// One message under way: which Pipelines match its cause, and the Actions
// that are created for them. Everything here may be repeated after a crash at
// any point, and ends the same.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "eventreactor/v1/event.pb.h"
#include "services/dispatcher/cause.h"
#include "services/dispatcher/creations.h"
#include "services/dispatcher/view.h"

namespace eventreactor::dispatcher {

// For one thread.
class Dispatch {
 public:
  explicit Dispatch(std::unique_ptr<Cause> cause) : cause_(std::move(cause)) {}

  const Cause& cause() const { return *cause_; }

  // Evaluates what the view has and this does not know yet, and has an Action
  // created for each match; the answers have come once `creations` are
  // flushed, and this must live until then. A transient error stops it, to be
  // tried again. A permanent refusal of one Action becomes that Pipeline's
  // decision, and the others go on. A Pipeline that has its Action here is not
  // asked again when a later generation of it shows up.
  void MatchAndCreate(const View& view, Creations& creations);

  // The first transient error.
  const absl::Status& error() const { return error_; }
  // True if the adapter said that nothing more is created for this cause.
  bool already_dispatched() const { return already_dispatched_; }
  // How many Actions this created.
  int created() const { return created_; }
  // About how much memory the decisions take.
  size_t bytes() const;
  // What was decided, in order of Pipeline name.
  std::vector<v1::Decision> Decisions() const;

  // A match whose Action was refused for good.
  struct Refusal {
    std::string pipeline;
    absl::Status status;
  };
  const std::vector<Refusal>& refusals() const { return refusals_; }

 private:
  struct Known {
    std::string uid;
    v1::Decision decision;
  };

  bool Knows(const v1::ObjectMeta& pipeline) const;
  void Create(const v1::Pipeline& pipeline, v1::Decision decision, Creations& creations);
  // Fills in decision.action, or decision.message where it was refused.
  void Answered(const std::string& pipeline, const std::string& action,
                const absl::StatusOr<bool>& created);

  const std::unique_ptr<Cause> cause_;
  // By Pipeline name.
  std::map<std::string, Known> known_;
  std::vector<Refusal> refusals_;
  absl::Status error_;
  bool already_dispatched_ = false;
  int created_ = 0;
};

// True for an error that no repetition of the call heals. An adapter that
// does not know a call is one being upgraded, and one whose store is damaged
// waits to be mended: neither is the fault of a message.
bool IsRefusal(const absl::Status& status);

}  // namespace eventreactor::dispatcher
