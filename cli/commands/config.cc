// reactorctl config: the Event Reactors that are known by name.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/command_line.h"
#include "cli/commands/config_context.h"
#include "cli/context/context_file.h"
#include "cli/errors.h"
#include "cli/terminal.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

struct ContextFile {
  std::string path;
  Contexts contexts;
};

absl::StatusOr<ContextFile> OpenContextFile() {
  const auto path = ContextFilePath();
  if (!path.ok()) return path.status();
  auto contexts = ReadContexts(*path);
  if (!contexts.ok()) return contexts.status();
  return ContextFile{*path, *std::move(contexts)};
}

absl::Status NoContext(const ContextFile& file, const std::string& name) {
  return MakeStatus(absl::StatusCode::kNotFound, "NO_CONTEXT",
                    absl::StrCat("there is no context \"", name, "\" in ", file.path));
}

absl::StatusOr<int> SetContext(const Globals& globals, ContextFlags flags) {
  if (globals.ns_given) flags.ns = globals.ns;
  auto context = MakeContext(flags);
  if (!context.ok()) return context.status();
  auto file = OpenContextFile();
  if (!file.ok()) return file.status();
  const bool there = file->contexts.Find(context->name) != nullptr;
  const std::string name = context->name;
  file->contexts.Put(*std::move(context));
  if (absl::Status status = WriteContexts(file->path, file->contexts); !status.ok()) return status;
  Talk("context " + name + (there ? " is replaced in " : " is in ") + file->path);
  if (file->contexts.current != name) Talk("next: `reactorctl config use-context " + name + "`");
  return kOk;
}

absl::StatusOr<int> UseContext(const std::string& name) {
  auto file = OpenContextFile();
  if (!file.ok()) return file.status();
  if (file->contexts.Find(name) == nullptr) return NoContext(*file, name);
  file->contexts.current = name;
  if (absl::Status status = WriteContexts(file->path, file->contexts); !status.ok()) return status;
  Talk("the current context is " + name);
  return kOk;
}

absl::StatusOr<int> DeleteContext(const std::string& name) {
  auto file = OpenContextFile();
  if (!file.ok()) return file.status();
  const bool was_current = file->contexts.current == name;
  if (!file->contexts.Remove(name)) return NoContext(*file, name);
  if (absl::Status status = WriteContexts(file->path, file->contexts); !status.ok()) return status;
  Talk("context " + name + " is gone from " + file->path +
       (was_current ? "; it was the current one, and now none is" : ""));
  return kOk;
}

absl::StatusOr<int> CurrentContext() {
  const auto file = OpenContextFile();
  if (!file.ok()) return file.status();
  if (file->contexts.current.empty()) {
    return MakeStatus(absl::StatusCode::kNotFound, "NO_CONTEXT", "no context is the current one");
  }
  Print(file->contexts.current + "\n");
  return kOk;
}

absl::StatusOr<int> GetContexts(Format format) {
  const auto file = OpenContextFile();
  if (!file.ok()) return file.status();
  Table table({"CURRENT", "NAME", "KIND", "NAMESPACE", "PLACE"});
  nlohmann::json items = nlohmann::json::array();
  std::string names;
  for (const Context& context : file->contexts.all) {
    const bool current = context.name == file->contexts.current;
    table.Add({current ? "*" : "", context.name, KindOf(context), context.ns, PlaceOf(context)});
    items.push_back({{"name", context.name},
                     {"current", current},
                     {"kind", KindOf(context)},
                     {"namespace", context.ns},
                     {"place", PlaceOf(context)}});
    absl::StrAppend(&names, context.name, "\n");
  }
  if (format == Format::kName) {
    Print(names);
  } else if (format != Format::kPeople) {
    Print(Render(items, format));
  } else if (table.empty()) {
    Talk("no contexts in " + file->path);
  } else {
    Print(table.Text());
  }
  return kOk;
}

absl::StatusOr<int> View() {
  const auto file = OpenContextFile();
  if (!file.ok()) return file.status();
  Print(ContextsToYaml(file->contexts));
  return kOk;
}

// A command that needs nothing but the file.
void Runs(CLI::App& command, Session& session, std::function<absl::StatusOr<int>()> run) {
  command.callback([&session, run = std::move(run)] {
    session.needs_context = false;
    session.run = run;
  });
}

void AddSetContext(CLI::App& config, Session& session) {
  const auto flags = std::make_shared<ContextFlags>();
  auto* command = AddCommand(
      config, "set-context", "Make a context, or replace the one of that name",
      "  $ reactorctl config set-context home --stack ~/.local/state/eventreactor\n"
      "  $ reactorctl config set-context lab --kubernetes --kubeconfig lab.yaml -n team-a\n"
      "  $ reactorctl config set-context prod --address er.example.com:443 --tls "
      "--token-file prod.token\n");
  DeclareContextFlags(*command, *flags);
  Runs(*command, session, [&session, flags] { return SetContext(session.globals, *flags); });
}

void AddNamed(CLI::App& config, Session& session, const std::string& name,
              const std::string& description, absl::StatusOr<int> (*run)(const std::string&)) {
  const auto context = std::make_shared<std::string>();
  auto* command = AddCommand(config, name, description, "  $ reactorctl config " + name + " lab\n");
  command->add_option("NAME", *context, "The context's name")->required();
  Runs(*command, session, [context, run] { return run(*context); });
}

}  // namespace

void AddConfig(CLI::App& app, Session& session) {
  auto* config =
      AddCommand(app, "config", "The Event Reactors that are known by name",
                 "  $ reactorctl config set-context lab --kubernetes --kubeconfig lab.yaml\n"
                 "  $ reactorctl config use-context lab\n"
                 "  $ reactorctl config get-contexts\n"
                 "\nThey are kept in $XDG_CONFIG_HOME/eventreactor/config.yaml, or "
                 "~/.config/eventreactor/config.yaml.\n");
  config->require_subcommand(1);
  AddSetContext(*config, session);
  AddNamed(*config, session, "use-context", "Make it the current one, which commands talk to",
           &UseContext);
  const auto format = std::make_shared<Format>(Format::kPeople);
  auto* get = AddCommand(*config, "get-contexts", "List them",
                         "  $ reactorctl config get-contexts\n"
                         "  $ reactorctl config get-contexts -o name\n");
  AddOutput(*get, *format);
  Runs(*get, session, [format] { return GetContexts(*format); });
  Runs(*AddCommand(*config, "current-context", "Print the name of the current one",
                   "  $ reactorctl config current-context\n"),
       session, &CurrentContext);
  AddNamed(*config, session, "delete-context", "Forget one; what it leads to stays",
           &DeleteContext);
  Runs(*AddCommand(*config, "view", "Print all of them as they are kept",
                   "  $ reactorctl config view\n"),
       session, &View);
}

}  // namespace eventreactor::cli
