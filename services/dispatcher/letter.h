// What a message of ER_DEAD is, and how it goes back to where it came from.
// Pure.
#pragma once

#include "eventreactor/v1/dispatch_service.pb.h"
#include "libs/bus/bus.h"

namespace eventreactor::dispatcher {

// The letter in short.
v1::DeadLetter DescribeLetter(const bus::StoredMessage& letter);

// The original message, as a request (request.h) that creates what its cause
// did not create before. Its id is the letter's: put back twice, the bus stores
// it once, and later the names of the Actions see to that.
bus::Message Reborn(const bus::StoredMessage& letter);

}  // namespace eventreactor::dispatcher
