// Where a stack is reached, what of it other machines reach, and with which
// credentials. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/stack/layout.h"
#include "cli/stack/record.h"

namespace eventreactor::stack {

// Where events are posted to from this machine.
std::string HttpUrl(const Record& record);

// The same from everywhere that it can be reached from; `host_name` stands for
// all addresses.
std::string HttpUrlFromElsewhere(const Record& record, const std::string& host_name);

// What is open to the network and what that means, a line each. Nothing if all
// is on loopback.
std::vector<std::string> Exposures(const Layout& layout, const Record& record);

}  // namespace eventreactor::stack
