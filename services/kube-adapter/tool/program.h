// Runs another program and waits for it.
#pragma once

#include <string>
#include <vector>

#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

// `words[0]` is found by PATH; no shell is in between. It has our stdout and
// stderr, nothing on stdin, and our environment with `environment` (NAME,
// value) put in. A fault unless it exits with 0.
Fault RunProgram(const std::vector<std::string>& words,
                 const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace eventreactor::tool
