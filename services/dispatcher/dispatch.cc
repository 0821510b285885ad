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

void Dispatch::MatchAndCreate(const View& view, Creations& creations) {
  Snapshot::Matchers room;
  for (const auto& matcher : cause_->Candidates(view.snapshot(), room)) {
    if (already_dispatched_ || !error_.ok()) return;
    const v1::ObjectMeta& metadata = matcher->pipeline().metadata();
    if (Knows(metadata)) continue;
    v1::Decision decision = cause_->Evaluate(*matcher);
    if (decision.matched()) {
      Create(matcher->pipeline(), std::move(decision), creations);
    } else {
      known_[metadata.name()] = {metadata.uid(), std::move(decision)};
    }
  }
}

bool Dispatch::Knows(const v1::ObjectMeta& pipeline) const {
  const auto found = known_.find(pipeline.name());
  if (found == known_.end()) return false;
  const Known& known = found->second;
  return !known.decision.action().empty() ||
         (known.uid == pipeline.uid() && known.decision.generation() >= pipeline.generation());
}

void Dispatch::Create(const v1::Pipeline& pipeline, v1::Decision decision, Creations& creations) {
  const std::string& name = pipeline.metadata().name();
  auto action = cause_->Make(pipeline, /*attempt=*/"");
  if (!action.ok()) {
    LOG(WARNING) << cause_->Describe() << " does not trigger pipeline " << name << ": "
                 << Message(action.status());
    decision.set_message(Message(action.status()));
  }
  known_[name] = {pipeline.metadata().uid(), std::move(decision)};
  if (!action.ok()) return;
  v1::CreateRequest request;
  request.set_on_request(cause_->on_request());
  *request.mutable_action() = *std::move(action);
  const std::string action_name = request.action().metadata().name();
  creations.Add(std::move(request), [this, name, action_name](const absl::StatusOr<bool>& created) {
    Answered(name, action_name, created);
  });
}

void Dispatch::Answered(const std::string& pipeline, const std::string& action,
                        const absl::StatusOr<bool>& created) {
  v1::Decision& decision = known_[pipeline].decision;
  if (created.ok()) {
    decision.set_action(action);
    created_ += *created ? 1 : 0;
  } else if (Reason(created.status()) == "ALREADY_DISPATCHED") {
    already_dispatched_ = true;
  } else if (!IsRefusal(created.status())) {
    error_.Update(created.status());
  } else {
    LOG(WARNING) << cause_->Describe() << ": the action of pipeline " << pipeline
                 << " was refused: " << OneLine(created.status().ToString());
    decision.set_message(Message(created.status()));
    refusals_.push_back({pipeline, created.status()});
  }
}

size_t Dispatch::bytes() const {
  size_t bytes = 0;
  for (const auto& [name, known] : known_) {
    bytes += sizeof(Known) + name.size() + known.uid.size() + known.decision.SpaceUsedLong();
  }
  return bytes;
}

std::vector<v1::Decision> Dispatch::Decisions() const {
  std::vector<v1::Decision> decisions;
  decisions.reserve(known_.size());
  for (const auto& entry : known_) decisions.push_back(entry.second.decision);
  return decisions;
}

}  // namespace eventreactor::dispatcher
