// What somebody asked for, on its way over the bus: the message of an Event, or
// of a finished Action, published once more with headers that say what to make
// of it. Only services can publish, so nobody else asks this way.
//
// er-request   run     the Pipelines of er-pipelines, whatever their triggers say
//              replay  the Pipelines that match now
//              letter  the same for a message out of ER_DEAD: what its cause
//                      created before is found, and not created again
// er-attempt   of run and replay: part of the Actions' names
// er-pipelines these only, divided by commas; without, all of them
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/bus/bus.h"
#include "services/dispatcher/cause.h"

namespace eventreactor::dispatcher {

inline constexpr char kRequestHeader[] = "er-request";
inline constexpr char kAttemptHeader[] = "er-attempt";
inline constexpr char kPipelinesHeader[] = "er-pipelines";

struct Request {
  enum class Kind { kRun, kReplay, kLetter };
  Kind kind = Kind::kRun;
  // Empty for a letter: its Actions have the names that they would have had.
  std::string attempt;
  // Empty: all. One for a run.
  std::vector<std::string> pipelines;
};

// INVALID_ARGUMENT for headers that make no request.
absl::StatusOr<Request> ReadRequest(const bus::Message& message);

// The cause as the message's request has it; as it is where there is none.
absl::StatusOr<std::unique_ptr<Cause>> AsRequested(const bus::Message& message,
                                                   std::unique_ptr<Cause> cause);

// The message that asks for it, for a recorded Event or a finished Action. Its
// id is the request's: the bus stores a repeated one once.
bus::Message RequestMessage(const v1::Event& event, const Request& request);
bus::Message RequestMessage(const v1::Action& finished, const Request& request);

}  // namespace eventreactor::dispatcher
