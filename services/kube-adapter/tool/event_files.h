// `eventreactor-tool event-files`: from a volume of ConfigMaps to the Event's
// files, where NAME.0, NAME.1 and so on become NAME.
#pragma once

#include <string>

#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

// Everything in `from`, which is a volume as the kubelet makes it: what begins
// with ".." is its own. Files get mode 0644, directories 0755. `to` has the
// directory `extensions` in any case. Repeatable.
Fault CopyEventFiles(const std::string& from, const std::string& to);

}  // namespace eventreactor::tool
