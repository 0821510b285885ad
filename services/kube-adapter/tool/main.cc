// eventreactor-tool: what runs beside a user's containers, in a Pod or on one
// machine.
#include <iostream>
#include <string>
#include <vector>

#include "services/kube-adapter/tool/arguments.h"
#include "services/kube-adapter/tool/copy_tree.h"
#include "services/kube-adapter/tool/credentials.h"
#include "services/kube-adapter/tool/event_files.h"
#include "services/kube-adapter/tool/git_source.h"

namespace eventreactor::tool {
namespace {

constexpr char kUsage[] =
    "eventreactor-tool VERB [--name=value]...\n"
    "  pause                                            ends at once\n"
    "  event-files --from=DIR --to=DIR                  the Event's files into a workspace\n"
    "  credentials --secrets=DIR --home=DIR ...         mounted secrets into HOME\n"
    "  copy --from=DIR --to=DIR                         a part of a workspace\n"
    "  git --url=URL [--revision=REV] --directory=DIR   a repository into a workspace\n";

Fault Run(const std::string& verb, const std::vector<std::string>& words) {
  Arguments arguments;
  if (verb == "pause") return arguments.Parse(words, {});
  if (verb == "event-files" || verb == "copy") {
    std::string from;
    std::string to;
    if (Fault fault = arguments.Parse(words, {"from", "to"})) return fault;
    if (Fault fault = arguments.Require("from", from)) return fault;
    if (Fault fault = arguments.Require("to", to)) return fault;
    return verb == "copy" ? CopyTree(from, to) : CopyEventFiles(from, to);
  }
  if (verb == "credentials") {
    if (Fault fault = arguments.Parse(words, {"secrets", "home", "basic-git", "ssh-git",
                                              "basic-docker", "docker-config", "docker-cfg"})) {
      return fault;
    }
    return WriteCredentials(arguments);
  }
  if (verb == "git") {
    if (Fault fault = arguments.Parse(words, {"url", "revision", "directory"})) return fault;
    return FetchGitSource(
        {arguments.Last("url"), arguments.Last("revision"), arguments.Last("directory")});
  }
  return "there is no verb \"" + verb + "\"\n" + kUsage;
}

}  // namespace
}  // namespace eventreactor::tool

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    std::cerr << eventreactor::tool::kUsage;
    return 2;
  }
  const eventreactor::tool::Fault fault =
      eventreactor::tool::Run(words[0], {words.begin() + 1, words.end()});
  if (!fault) return 0;
  std::cerr << "eventreactor-tool: " << *fault << std::endl;
  return 1;
}
