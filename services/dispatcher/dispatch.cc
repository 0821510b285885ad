#include "services/dispatcher/dispatch.h"

#include <glog/logging.h>

#include <utility>

#include "libs/status/status.h"
#include "services/dispatcher/dead_letters.h"

namespace eventreactor::dispatcher {

bool IsRefusal(const absl::Status& status) {
  return !status.ok() && !IsTransient(status) && !absl::IsUnimplemented(status) &&
         !absl::IsDataLoss(status);
}

absl::Status Dispatch::MatchAndCreate(const View& view, AdapterClient& adapter) {
  Snapshot::Matchers room;
  for (const auto& matcher : cause_->Candidates(view.snapshot(), room)) {
    const v1::ObjectMeta& metadata = matcher->pipeline().metadata();
    if (Knows(metadata)) continue;
    v1::Decision decision = cause_->Evaluate(*matcher);
    if (decision.matched()) {
      if (absl::Status status = Create(matcher->pipeline(), adapter, decision); !status.ok()) {
        return status;
      }
      if (already_dispatched_) return absl::OkStatus();
    }
    known_[metadata.name()] = {metadata.uid(), std::move(decision)};
  }
  return absl::OkStatus();
}

bool Dispatch::Knows(const v1::ObjectMeta& pipeline) const {
  const auto found = known_.find(pipeline.name());
  if (found == known_.end()) return false;
  const Known& known = found->second;
  return !known.decision.action().empty() ||
         (known.uid == pipeline.uid() && known.decision.generation() >= pipeline.generation());
}

absl::Status Dispatch::Create(const v1::Pipeline& pipeline, AdapterClient& adapter,
                              v1::Decision& decision) {
  const auto action = cause_->Make(pipeline, /*attempt=*/"");
  if (!action.ok()) {
    LOG(WARNING) << cause_->Describe() << " does not trigger pipeline "
                 << pipeline.metadata().name() << ": " << Message(action.status());
    decision.set_message(Message(action.status()));
    return absl::OkStatus();
  }
  const absl::StatusOr<bool> created = adapter.Create(*action, cause_->on_request());
  if (created.ok()) {
    decision.set_action(action->metadata().name());
    created_ += *created ? 1 : 0;
    return absl::OkStatus();
  }
  if (Reason(created.status()) == "ALREADY_DISPATCHED") {
    already_dispatched_ = true;
    return absl::OkStatus();
  }
  if (!IsRefusal(created.status())) return created.status();
  LOG(WARNING) << cause_->Describe() << ": the action of pipeline " << pipeline.metadata().name()
               << " was refused: " << OneLine(created.status().ToString());
  decision.set_message(Message(created.status()));
  refusals_.push_back({pipeline.metadata().name(), created.status()});
  return absl::OkStatus();
}

std::vector<v1::Decision> Dispatch::Decisions() const {
  std::vector<v1::Decision> decisions;
  decisions.reserve(known_.size());
  for (const auto& entry : known_) decisions.push_back(entry.second.decision);
  return decisions;
}

}  // namespace eventreactor::dispatcher
