// A Pod's status, read: its containers in order, and what cut the Pod short.
// Pure; whatever the JSON is, reading it does not fail.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"

namespace eventreactor::kube {

// An init container as its status has it.
struct PodContainer {
  // A source or step of the Action; else one of ours.
  bool is_run = false;
  // Reasons and messages are Kubernetes' own, but for Pending: it is not its
  // turn yet.
  v1::StepState state;
  std::string image;
};

// What ended, or is ending, a Pod whose containers had not ended by
// themselves.
struct CutShort {
  enum class Kind {
    kDeadline,
    // Deleted by somebody.
    kDeleted,
    // Evicted, preempted, its node shut down.
    kDisrupted,
    // A node refused it: no container ran.
    kRefused,
  };
  Kind kind = Kind::kDeleted;
  // CamelCase.
  std::string reason;
  std::string message;
  // When; what ended before it, ended by itself. Infinite past if not known.
  absl::Time at = absl::InfinitePast();
};

struct PodStatus {
  std::string name;
  std::string node;
  std::vector<PodContainer> containers;
  // Succeeded or Failed.
  bool ended = false;
  std::optional<CutShort> cut;
  // When its deletion is due: SIGKILL is sent then. Infinite future if it is
  // not being deleted.
  absl::Time deletion_due = absl::InfiniteFuture();
  // Why no node has it; empty if one has.
  std::string unscheduled_reason;
  std::string unscheduled_message;
  // status.reason and status.message, cut.
  std::string reason;
  std::string message;
};

PodStatus ReadPodStatus(const nlohmann::json& pod);

// A ContainerState as the state of the step of that name.
v1::StepState ReadStepState(const std::string& name, const nlohmann::json& state);

absl::Time TimeOf(const google::protobuf::Timestamp& time);

}  // namespace eventreactor::kube
