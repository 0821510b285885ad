// What a sweep did, in words. Pure.
#pragma once

#include <string>

#include "eventreactor/v1/janitor_service.pb.h"

namespace eventreactor::janitor {

// "action team-a/0cjs... is 8d4h old, and the period is 168h0m0s"
std::string InWords(const v1::Removal& removal);

// "removed 3 of 10 Actions and 2 of 8 Events; 1 Event is needed still"
std::string InWords(const v1::SweepSummary& summary);

}  // namespace eventreactor::janitor
