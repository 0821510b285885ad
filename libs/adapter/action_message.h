// A finished Action as the bus carries it to the dispatcher. Pure.
#pragma once

#include "eventreactor/v1/action.pb.h"
#include "libs/bus/bus.h"

namespace eventreactor {

// On er.action.<namespace>.<pipeline>.<completion>; its id is the Action's
// uid, so that a second publish is known as one.
bus::Message ActionMessage(const v1::Action& finished);

// success, failure, neutral or unknown.
std::string CompletionWord(v1::Completion completion);

}  // namespace eventreactor
