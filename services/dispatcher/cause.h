// What a message asks for: an accepted Event, or a finished Action. The
// dispatch of both is one (dispatch.h); here is how they differ.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/bus/bus.h"
#include "libs/domain/matching.h"
#include "services/dispatcher/adapter_client.h"

namespace eventreactor::dispatcher {

class Cause {
 public:
  virtual ~Cause() = default;
  virtual const std::string& ns() const = 0;
  // For logs.
  virtual std::string Describe() const = 0;
  // Somebody asked for it (request.h): its Actions are created although it may
  // have been dispatched before, and of Pipelines as they are then.
  virtual bool on_request() const { return false; }
  // The Pipelines that could match; the others are not looked at. `room` may
  // hold the answer.
  virtual const Snapshot::Matchers& Candidates(const Snapshot& snapshot,
                                               Snapshot::Matchers& room) const = 0;
  virtual v1::Decision Evaluate(const Matcher& matcher) const = 0;
  // The Action of a match; `attempt` as in ActionName. FAILED_PRECONDITION
  // (UPSTREAM_LIMIT_EXCEEDED).
  virtual absl::StatusOr<v1::Action> Make(const v1::Pipeline& pipeline,
                                          const std::string& attempt) const = 0;
  // Stores that all its Actions were created. `decisions` in any order.
  virtual absl::Status Conclude(AdapterClient& adapter, std::vector<v1::Decision> decisions,
                                absl::Time now) const = 0;
};

// A message of ER_EVENTS: the CloudEvent, and the header er-namespace; for an
// Event that was there before its message also er-event-name, and er-event-uid
// where names derive from that; for a request those of request.h.
// INVALID_ARGUMENT or OUT_OF_RANGE if it is none, or one that cannot be stored.
absl::StatusOr<std::unique_ptr<Cause>> ReadEvent(const bus::Message& message);

// A message of ER_ACTIONS; for a request with the headers of request.h.
// INVALID_ARGUMENT if it is none.
absl::StatusOr<std::unique_ptr<Cause>> ReadFinishedAction(const bus::Message& message);

using CauseReader = absl::StatusOr<std::unique_ptr<Cause>> (*)(const bus::Message&);

// Stores that a message which went to ER_DEAD triggers nothing, so that it
// does not come again: a finished Action is published until it is dispatched.
// An error is to be tried again.
using CauseBurial = absl::Status (*)(AdapterClient& adapter, const bus::Message& message,
                                     const std::string& why);
// An accepted Event comes once.
absl::Status BuryEvent(AdapterClient& adapter, const bus::Message& message, const std::string& why);
absl::Status BuryFinishedAction(AdapterClient& adapter, const bus::Message& message,
                                const std::string& why);

// What the messages of one stream are.
struct CauseKind {
  CauseReader read;
  CauseBurial bury;
};
inline constexpr CauseKind kAcceptedEvents{&ReadEvent, &BuryEvent};
inline constexpr CauseKind kFinishedActions{&ReadFinishedAction, &BuryFinishedAction};

}  // namespace eventreactor::dispatcher
