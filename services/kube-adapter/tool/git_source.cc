#include "services/kube-adapter/tool/git_source.h"

#include <iostream>
#include <vector>

#include "services/kube-adapter/tool/files.h"
#include "services/kube-adapter/tool/program.h"

namespace eventreactor::tool {
namespace {

constexpr int kWorkTreeMode = 0777;
constexpr int kExcludeMode = 0644;

bool HasControl(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

// A URL without the user and password that may be in it.
std::string Shown(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t at = url.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme) return url;
  return url.substr(0, scheme + 3) + url.substr(at + 1);
}

class Fetcher {
 public:
  explicit Fetcher(const GitSource& source) : source_(source) {}

  Fault Fetch() {
    if (Fault fault = MakeDirectories(source_.directory, kWorkTreeMode)) return fault;
    TrustDirectory();
    if (Fault fault = Git({"init", "--quiet"})) return fault;
    // The Event's files are no part of the work tree.
    const std::string exclude = source_.directory + "/.git/info/exclude";
    if (Fault fault = MakeDirectories(source_.directory + "/.git/info", 0755)) return fault;
    if (Fault fault = WriteFile(exclude, "/.event/\n", kExcludeMode)) return fault;
    if (Fault fault = Git({"remote", "add", "--", "origin", source_.url})) return fault;
    const std::string wanted = source_.revision.empty() ? "HEAD" : source_.revision;
    if (!Git({"fetch", "--quiet", "--depth=1", "--no-tags", "--", "origin", wanted})) {
      return CheckOut("FETCH_HEAD");
    }
    if (source_.revision.empty()) return "cannot fetch " + Shown(source_.url);
    // Not every server gives out a commit by its name, and none a part of one.
    std::cerr << "fetching all of " << Shown(source_.url) << " to look for " << wanted << std::endl;
    if (Fault fault = Git({"fetch", "--quiet", "--tags", "--", "origin",
                           "+refs/heads/*:refs/remotes/origin/*"})) {
      return "cannot fetch " + Shown(source_.url) + ": " + *fault;
    }
    for (const char* where : {"refs/remotes/origin/", "refs/tags/", ""}) {
      const std::string commit = where + wanted + "^{commit}";
      if (!Git({"rev-parse", "--quiet", "--verify", "--end-of-options", commit})) {
        return CheckOut(commit);
      }
    }
    return Shown(source_.url) + " has no branch, tag, commit or ref " + wanted;
  }

 private:
  // For steps that use git there, whoever they run as. Without a HOME to write
  // to, they have to say so themselves.
  void TrustDirectory() const {
    RunProgram({"git", "config", "--global", "--add", "safe.directory", source_.directory});
  }

  Fault Git(std::vector<std::string> words) const {
    // The kubelet made it, and so it is root's.
    words.insert(words.begin(),
                 {"git", "-C", source_.directory, "-c", "safe.directory=" + source_.directory});
    // Nobody is there to answer.
    const Fault fault = RunProgram(words, {{"GIT_TERMINAL_PROMPT", "0"}, {"GIT_ASKPASS", "true"}});
    if (!fault) return std::nullopt;
    return "git " + words[5] + " failed";
  }

  Fault CheckOut(const std::string& commit) const {
    return Git({"checkout", "--quiet", "--detach", commit, "--"});
  }

  const GitSource& source_;
};

}  // namespace

Fault CheckGitSource(const GitSource& source) {
  if (source.url.empty()) return "--url is required";
  if (source.url.front() == '-' || HasControl(source.url)) {
    return "\"" + source.url + "\" is no URL of a repository";
  }
  if (source.directory.empty() || source.directory.front() != '/') {
    return "--directory has to be an absolute path";
  }
  const std::string& revision = source.revision;
  if (revision.empty()) return std::nullopt;
  if (revision.front() == '-' || revision.front() == '+' || HasControl(revision) ||
      revision.find_first_of(" :^~?*[\\") != std::string::npos ||
      revision.find("..") != std::string::npos || revision.find("@{") != std::string::npos) {
    return "\"" + revision + "\" is no branch, tag, commit or ref";
  }
  return std::nullopt;
}

Fault FetchGitSource(const GitSource& source) {
  if (Fault fault = CheckGitSource(source)) return fault;
  GitSource plain = source;
  // git compares paths as texts.
  while (plain.directory.size() > 1 && plain.directory.back() == '/') plain.directory.pop_back();
  return Fetcher(plain).Fetch();
}

}  // namespace eventreactor::tool
