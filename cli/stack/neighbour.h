// Which other stack on this machine uses a port.
#pragma once

#include <string>
#include <vector>

namespace eventreactor::stack {

// The data directory of the stack that a command line belongs to, if it is that
// of one of our services and names the port; empty otherwise. Pure.
std::string StackOfCommand(const std::vector<std::string>& argv, int port);

// The same of the processes that we may look at.
std::string StackOnPort(int port);

}  // namespace eventreactor::stack
