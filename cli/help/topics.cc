#include "cli/help/topics.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/errors.h"
#include "libs/manifest/suggestion.h"
#include "libs/service/process.h"

namespace eventreactor::cli {
namespace {

constexpr char kExitCodes[] = R"(  0    done
  1    failed, and stderr says why; actions wait and watch --exit-status: the Action
       failed; status: not well; pipelines validate: there are errors
  2    the command line was not understood, or `up` cannot work with a variable's value;
       actions wait and watch --exit-status: the Action was lost without an exit code
  3    the time ran out (--timeout), --watch among it
  130  ended by Ctrl-C
  Of several names, some of which failed, the highest code of theirs.
)";

constexpr char kEnvironment[] =
    R"(  EVENTREACTOR_DATA_DIR, EVENTREACTOR_CONTEXT, EVENTREACTOR_NAMESPACE
                 defaults of --data-dir, --context and --namespace
  DOCKER_HOST    the container engine that `up` uses
  NO_COLOR       no colour, where it is not empty; nor on a TERM=dumb

Which Event Reactor a command talks to, the first of these that is given:
  --data-dir or --context; EVENTREACTOR_DATA_DIR; EVENTREACTOR_CONTEXT;
  the current context (`reactorctl config use-context`); the default stack on this machine
)";

constexpr char kOutput[] =
    R"(  On a terminal tables have headers, aligned columns and colour; otherwise they are
  tab-separated without headers. stdout is data, stderr is talk. -o changes that:
  wide           more columns
  name           names, one a line
  json, yaml     a manifest, or a List of them
  jsonpath=TEMPLATE
                 what kubectl's template makes of what json prints:
                 {.metadata.name} {['key.with.dots']} {.items[0]} {.items[*].spec.type}
                 {.items[?(@.spec.type=="t")]} {range .items[*]}{.metadata.name}{"\n"}{end}
  With --watch, json and yaml print {"type": ..., "object": ...} for each change.
)";

constexpr char kFirstSteps[] = R"(
The first steps:
  $ reactorctl up --detach
  $ reactorctl pipelines apply -f pipeline.yaml
  $ reactorctl events publish -t com.example.push -d '{"ref": "main"}'
  $ reactorctl actions list
  $ reactorctl down

On a cluster:
  $ reactorctl config set-context lab --kubernetes --kubeconfig lab.yaml
  $ reactorctl actions list --context lab
)";

absl::StatusOr<int> ShowHelp(CLI::App& app, const std::vector<std::string>& words) {
  for (const Topic& topic : Topics()) {
    if (words.size() != 1 || words.front() != topic.name) continue;
    Print(absl::StrCat(topic.title, ":\n", topic.text));
    return kOk;
  }
  service::NameTypes(app);
  const CLI::App* command = &app;
  std::string name;
  for (const std::string& word : words) {
    const CLI::App* below = nullptr;
    std::vector<std::string> known;
    for (const CLI::App* each : command->get_subcommands([](const CLI::App*) { return true; })) {
      known.push_back(each->get_name());
      if (each->check_name(word)) below = each;
    }
    if (below == nullptr) {
      for (const Topic& topic : Topics()) known.push_back(topic.name);
      const std::string closest = manifest::Closest(word, known);
      return UsageError(absl::StrCat("\"", word, "\" is no command and no topic of help",
                                     closest.empty() ? "" : "; did you mean \"", closest,
                                     closest.empty() ? "" : "\"?"));
    }
    absl::StrAppend(&name, command->get_name(), " ");
    command = below;
  }
  Print(command->help(name));
  return kOk;
}

}  // namespace

const std::vector<Topic>& Topics() {
  static const auto* const topics =
      new std::vector<Topic>{{"exit-codes", "Exit codes", kExitCodes},
                             {"environment", "Environment", kEnvironment},
                             {"output", "Output", kOutput}};
  return *topics;
}

std::string GlobalFooter() {
  std::string footer;
  for (const Topic& topic : Topics()) {
    // What lists print is in the help of lists, and of its own.
    if (topic.name != "output") absl::StrAppend(&footer, topic.title, ":\n", topic.text, "\n");
  }
  footer.pop_back();
  return absl::StrCat(footer, kFirstSteps);
}

void AddHelp(CLI::App& app, Session& session) {
  const auto words = std::make_shared<std::vector<std::string>>();
  auto* command = AddCommand(app, "help", "Help on a command, or on a topic",
                             "  $ reactorctl help events list\n"
                             "  $ reactorctl help exit-codes\n"
                             "  $ reactorctl help environment\n"
                             "  $ reactorctl help output\n");
  command->add_option("WORDS", *words, "A command, exit-codes, environment or output");
  command->callback([&app, &session, words] {
    session.needs_context = false;
    session.run = [&app, words] { return ShowHelp(app, *words); };
  });
}

}  // namespace eventreactor::cli
