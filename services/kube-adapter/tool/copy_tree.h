// `eventreactor-tool copy`: a directory with all that is in it to another
// place, for a part of the sources that becomes the steps' workspace.
#pragma once

#include <string>

#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

// What is in `from`, which has to be a directory, into `to`, which is made if
// it is not there: files with their modes and owners, symbolic links as they
// are. What is neither is left out.
Fault CopyTree(const std::string& from, const std::string& to);

}  // namespace eventreactor::tool
