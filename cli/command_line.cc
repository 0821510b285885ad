#include "cli/command_line.h"

#include <iostream>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/completion/complete.h"
#include "cli/errors.h"
#include "cli/help/topics.h"
#include "cli/shell_quote.h"
#include "libs/domain/duration.h"
#include "libs/domain/naming.h"
#include "libs/manifest/suggestion.h"
#include "libs/service/process.h"
#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

void AddGlobals(CLI::App& app, Session& session) {
  Globals& globals = session.globals;
  app.add_option("-n,--namespace", globals.ns, "The namespace to work in")
      ->envname("EVENTREACTOR_NAMESPACE")
      ->capture_default_str()
      ->each([&globals](const std::string&) { globals.ns_given = true; });
  app.add_option("--data-dir", globals.data_dir,
                 "The stack's data directory (default: $XDG_STATE_HOME/eventreactor or "
                 "~/.local/state/eventreactor)");
  app.add_option("--context", globals.context,
                 "The Event Reactor to talk to, by its name: see reactorctl config");
  AddDuration(app, "--timeout", globals.timeout,
              "How long to wait, such as 90s or 1h30m (default: 30s a call, 60s for up, down "
              "and events get --wait, no limit for actions wait and cancel --wait)");
  app.set_version_flag("--version", "reactorctl " + service::Version());
}

// The innermost command that the line names.
const CLI::App& LastCommand(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  return *last;
}

std::string FullName(const CLI::App& app, const CLI::App& command) {
  std::string name = command.get_name();
  const CLI::App* at = &command;
  while (at != &app) {
    at = at->get_parent();
    name = absl::StrCat(at->get_name(), " ", name);
  }
  return name;
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The one group that has this command, such as "actions" of "logs"; empty if
// there is none, or several.
std::string GroupOf(const CLI::App& app, const std::string& command) {
  std::string found;
  for (const std::string& group : CommandsOf(app)) {
    if (!Has(CommandsOf(*app.get_subcommand(group)), command)) continue;
    if (!found.empty()) return "";
    found = group;
  }
  return found;
}

// A word where a command was expected, in words; empty if there is none.
std::string UnknownCommand(const CLI::App& app, const CLI::App& last) {
  const std::vector<std::string> known = CommandsOf(last);
  const auto extras = app.remaining(true);
  if (known.empty() || extras.empty()) return "";
  const std::string& word = extras.front();
  const auto say = [&](const CLI::App& of, const std::string& meant) {
    return absl::StrCat("\"", word, "\" is no command of ", FullName(app, of),
                        meant.empty() ? "" : "; did you mean \"" + meant + "\"?");
  };
  // The other way round: `get pipelines`.
  if (Has(known, word)) return say(app, FullName(app, last) + " " + word);
  std::string meant = manifest::Closest(word, known);
  if (const std::string group = &last == &app ? GroupOf(app, word) : ""; !group.empty()) {
    meant = absl::StrCat(app.get_name(), " ", group, " ", word);
  }
  return say(last, meant);
}

// A flag that there is not, in words; empty if there is none.
std::string UnknownFlag(const CLI::App& app, const CLI::App& last) {
  std::string flag;
  for (const std::string& extra : app.remaining(true)) {
    if (absl::StartsWith(extra, "-")) flag = extra.substr(0, extra.find('='));
  }
  if (flag.empty()) return "";
  std::vector<std::string> known;
  for (const CLI::App* command : {&last, &app}) {
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_group().empty()) continue;  // It does not show in --help.
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  const std::string closest = manifest::Closest(flag, known);
  return "\"" + flag + "\" is no flag of " + FullName(app, last) +
         (closest.empty() ? "" : "; did you mean \"" + closest + "\"?");
}

// Files without the -f that the command takes them with, in words; empty if
// there are none.
std::string ForgottenFileFlag(const CLI::App& app, const CLI::App& last) {
  const CLI::Option* file = last.get_option_no_throw("--file");
  if (file == nullptr || file->count() > 0) return "";
  std::string meant;
  for (const std::string& extra : app.remaining(true)) {
    absl::StrAppend(&meant, " -f ", ShellQuote(extra));
  }
  return meant.empty() ? "" : "--file is required; did you mean" + meant + "?";
}

// "json, yaml or name".
std::string Alternatives(const std::map<std::string, Format>& formats, const std::string& more) {
  std::vector<std::string> names;
  names.reserve(formats.size() + 1);
  for (const auto& [name, format] : formats) names.push_back(name);
  if (!more.empty()) names.push_back(more);
  const std::string last = names.back();
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " or ", last);
}

// The format that `text` asks for; throws CLI11's error otherwise.
Output ChosenOutput(const std::string& text, const std::map<std::string, Format>& formats,
                    const std::string& known, bool has_templates) {
  constexpr char kTemplate[] = "jsonpath=";
  if (has_templates && absl::StartsWith(text, kTemplate)) {
    auto path = JsonPath::Parse(text.substr(sizeof(kTemplate) - 1));
    if (!path.ok()) throw CLI::ValidationError("--output", Message(path.status()));
    Output output(Format::kJsonPath);
    output.path = *std::move(path);
    return output;
  }
  const auto found = formats.find(text);
  if (found != formats.end()) return found->second;
  throw CLI::ValidationError("--output", "\"" + text + "\" is no format; use " + known);
}

void AddFormats(CLI::App& command, const std::map<std::string, Format>& formats,
                const std::string& more, const std::function<void(const Output&)>& take) {
  const std::string known = Alternatives(formats, more);
  command
      .add_option_function<std::string>(
          "-o,--output",
          [take, formats, known, has_templates = !more.empty()](const std::string& text) {
            take(ChosenOutput(text, formats, known, has_templates));
          },
          "Print " + known)
      ->type_name("FORMAT");
}

}  // namespace

std::unique_ptr<CLI::App> MakeCommandLine(Session& session) {
  auto app = std::make_unique<CLI::App>(
      "reactorctl runs an Event Reactor on this machine, and talks to it or to one on\n"
      "Kubernetes: Events come in, Pipelines match, Actions run containers.",
      "reactorctl");
  app->footer(GlobalFooter());
  app->require_subcommand(1);
  // Global flags may stand before or after the command.
  app->fallthrough();
  AddGlobals(*app, session);
  AddUp(*app, session);
  AddDown(*app, session);
  AddStatus(*app, session);
  AddApplyAndDelete(*app, session);
  AddPipelines(*app, session);
  AddEvents(*app, session);
  AddActions(*app, session);
  AddDocuments(*app, session);
  AddDead(*app, session);
  AddSweep(*app, session);
  AddConfig(*app, session);
  AddCompletion(*app, session);
  AddHelp(*app, session);
  return app;
}

Parsed Parse(CLI::App& app, Session& session, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      service::NameTypes(app);
      return {false, app.exit(error, std::cout, std::cerr)};
    }
    const CLI::App& last = LastCommand(app);
    std::string unknown = UnknownCommand(app, last);
    if (unknown.empty()) unknown = UnknownFlag(app, last);
    if (unknown.empty()) unknown = ForgottenFileFlag(app, last);
    std::cerr << "error: " << (unknown.empty() ? service::ParseErrorText(last, error) : unknown)
              << "\nnext: `" << FullName(app, last) << " --help` shows what can be asked\n";
    return {false, kUsage};
  }
  if (const absl::Status status = TakeEnvironment(session.globals); !status.ok()) {
    std::cerr << "error: " << Message(status) << "\n";
    return {false, kUsage};
  }
  if (!IsDnsLabel(session.globals.ns)) {
    std::cerr << "error: --namespace: \"" << session.globals.ns
              << "\" is no namespace; use lower-case letters, digits and -, at most 63\n";
    return {false, kUsage};
  }
  return {true, kOk};
}

CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Examples:\n" + examples +
                  "\nGlobal flags (-n, --data-dir, --context, --timeout): see reactorctl --help");
  return command;
}

void AddOutput(CLI::App& command, Format& format, bool has_names) {
  std::map<std::string, Format> formats = {{"json", Format::kJson}, {"yaml", Format::kYaml}};
  if (has_names) formats["name"] = Format::kName;
  AddFormats(command, formats, {}, [&format](const Output& chosen) { format = chosen.format; });
}

void AddOutput(CLI::App& command, Output& output, OutputKinds kinds) {
  std::map<std::string, Format> formats = {{"json", Format::kJson}, {"yaml", Format::kYaml}};
  if (kinds.name) formats["name"] = Format::kName;
  if (kinds.wide) formats["wide"] = Format::kWide;
  AddFormats(command, formats, "jsonpath=TEMPLATE",
             [&output](const Output& chosen) { output = chosen; });
}

void AddAllNamespaces(CLI::App& command, bool& all) {
  command.add_flag("-A,--all-namespaces", all, "In all namespaces");
}

CLI::Option* AddDuration(CLI::App& command, const std::string& names,
                         std::optional<absl::Duration>& value, const std::string& description) {
  return command
      .add_option_function<std::string>(
          names,
          [&value, names](const std::string& text) {
            const auto duration = ParseGoDuration(text);
            if (!duration.ok()) {
              throw CLI::ValidationError(names, Message(duration.status()));
            }
            if (*duration <= absl::ZeroDuration()) {
              throw CLI::ValidationError(names, "\"" + text + "\" is no time to wait");
            }
            value = *duration;
          },
          description)
      ->type_name("DURATION");
}

absl::Status UsageError(const std::string& message) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

}  // namespace eventreactor::cli
