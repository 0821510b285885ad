// `eventreactor-tool git`: a repository at one revision into a directory.
#pragma once

#include <string>

#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

struct GitSource {
  // Anything that git clone takes.
  std::string url;
  // Branch, tag, commit or ref; empty: what the repository's HEAD is.
  std::string revision;
  // Absolute; made if it is not there, and need not be empty.
  std::string directory;
};

// Whether git can be given these without taking them for options, and
// without more refs coming of them than the one.
Fault CheckGitSource(const GitSource& source);

// Fetches that revision alone where the server lets us, all of the repository
// where not, and checks it out. What git says goes to stderr. Steps of any
// user may use git there: HOME/.gitconfig says so.
Fault FetchGitSource(const GitSource& source);

}  // namespace eventreactor::tool
