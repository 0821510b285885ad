// `eventreactor-tool credentials`: from mounted secrets to files in HOME that
// only their owner can read.
#pragma once

#include <string>
#include <vector>

#include "services/kube-adapter/tool/arguments.h"
#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

// --secrets=DIRECTORY, where each secret is a directory of its name, and
// --home=DIRECTORY; then any of
//   --basic-git=SECRET=HOST      username and password, for git over HTTPS
//   --ssh-git=SECRET=HOST[:PORT] ssh-privatekey (and known_hosts), for git over ssh
//   --basic-docker=SECRET=URL    username and password, for a registry
//   --docker-config=SECRET       .dockerconfigjson
//   --docker-cfg=SECRET          .dockercfg
// Files have mode 0600, directories 0700; .gitconfig, which holds no secret,
// 0644.
Fault WriteCredentials(const Arguments& arguments);

}  // namespace eventreactor::tool
