#include "cli/completion/candidates.h"

#include <map>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace eventreactor::cli {
namespace {

using Names = Candidates::Names;
using Paths = Candidates::Paths;

const CLI::App* FindCommand(const CLI::App& at, const std::string& word) {
  for (const CLI::App* command : at.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(word)) return command;
  }
  return nullptr;
}

bool IsShown(const CLI::Option& option) { return !option.get_group().empty(); }

// The flag of that name, of the command or of all commands.
const CLI::Option* FindFlag(const CLI::App& app, const CLI::App& command, const std::string& word) {
  for (const CLI::App* each : {&command, &app}) {
    for (const CLI::Option* option : each->get_options()) {
      if (!option->get_positional() && option->check_name(word)) return option;
    }
  }
  return nullptr;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// The words of a description's list: "The order: a, b or c=X such as d".
std::vector<std::string> ListedIn(const std::string& description, const std::string& before) {
  std::vector<std::string> words;
  if (!absl::StartsWith(description, before)) return words;
  const std::string list =
      absl::StrReplaceAll(description.substr(before.size()), {{", ", " "}, {" or ", " "}});
  for (const auto part : absl::StrSplit(list, ' ')) {
    std::string word(part);
    if (word == "or") break;
    // Of jsonpath=TEMPLATE, what is the same for all.
    if (const size_t equals = word.find('='); equals != std::string::npos) word.resize(equals + 1);
    words.push_back(std::move(word));
  }
  return words;
}

// What the value of a flag may be, by its name.
void AddValues(const CLI::Option& flag, Candidates& candidates) {
  static const auto* const names = new std::map<std::string, Names>{
      {"namespace", Names::kNamespaces}, {"pipeline", Names::kPipelines},
      {"event", Names::kEvents},         {"copy", Names::kEvents},
      {"action", Names::kActions},       {"context", Names::kContexts}};
  const std::string name = flag.get_lnames().empty() ? "" : flag.get_lnames().front();
  if (const auto known = names->find(name); known != names->end()) candidates.names = known->second;
  const bool is_file = name == "file" || name == "kubeconfig" || name == "nats-server" ||
                       absl::EndsWith(name, "-file");
  if (is_file) candidates.paths = Paths::kFiles;
  if (name == "data-dir" || name == "stack") candidates.paths = Paths::kDirectories;
  for (const char* before : {"Print ", "The order: "}) {
    for (auto& word : ListedIn(flag.get_description(), before)) {
      if (name == "output" || name == "sort-by") candidates.words.emplace_back(std::move(word), "");
    }
  }
}

void AddFlags(const CLI::App& app, const CLI::App& command, Candidates& candidates) {
  for (const CLI::App* each : {&command, &app}) {
    for (const CLI::Option* option : each->get_options()) {
      if (option->get_positional() || !IsShown(*option)) continue;
      for (const std::string& name : option->get_lnames()) {
        candidates.words.emplace_back("--" + name, option->get_description());
      }
    }
    if (&command == &app) break;
  }
}

// What the command itself takes: a command below it, or names.
void AddOperands(const CLI::App& command, Candidates& candidates) {
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!below->get_group().empty()) {
      candidates.words.emplace_back(below->get_name(), below->get_description());
    }
  }
  const bool takes_name = command.get_option_no_throw("NAME") != nullptr;
  if (!takes_name || command.get_parent() == nullptr) return;
  const std::string& noun = command.get_parent()->get_name();
  if (noun == "events") candidates.names = Names::kEvents;
  if (noun == "pipelines") candidates.names = Names::kPipelines;
  if (noun == "actions") candidates.names = Names::kActions;
  // What set-context makes has no name yet.
  if (noun == "config" && command.get_name() != "set-context") candidates.names = Names::kContexts;
}

void TakeGlobal(const CLI::Option& flag, const std::string& value, Globals& globals) {
  if (flag.check_lname("namespace")) {
    globals.ns = value;
    globals.ns_given = true;
  }
  if (flag.check_lname("data-dir")) globals.data_dir = value;
  if (flag.check_lname("context")) globals.context = value;
}

void KeepBeginning(const std::string& typed, Candidates& candidates) {
  std::erase_if(candidates.words,
                [&typed](const auto& word) { return !absl::StartsWith(word.first, typed); });
}

}  // namespace

Candidates FindCandidates(const CLI::App& app, const std::vector<std::string>& words,
                          Globals& globals) {
  Candidates candidates;
  const CLI::App* command = &app;
  const CLI::Option* pending = nullptr;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (pending != nullptr) {
      TakeGlobal(*pending, word, globals);
      pending = nullptr;
    } else if (absl::StartsWith(word, "-")) {
      const size_t equals = word.find('=');
      const CLI::Option* flag = FindFlag(app, *command, word.substr(0, equals));
      if (flag == nullptr || !TakesValue(*flag)) continue;
      if (equals == std::string::npos) {
        pending = flag;
      } else {
        TakeGlobal(*flag, word.substr(equals + 1), globals);
      }
    } else if (const CLI::App* below = FindCommand(*command, word); below != nullptr) {
      command = below;
    }
  }
  candidates.typed = words.empty() ? "" : words.back();
  const size_t equals = candidates.typed.find('=');
  const bool is_flag = absl::StartsWith(candidates.typed, "-");
  if (pending != nullptr) {
    AddValues(*pending, candidates);
    KeepBeginning(candidates.typed, candidates);
  } else if (is_flag && equals != std::string::npos) {
    const CLI::Option* flag = FindFlag(app, *command, candidates.typed.substr(0, equals));
    candidates.before = candidates.typed.substr(0, equals + 1);
    candidates.typed = candidates.typed.substr(equals + 1);
    if (flag != nullptr) AddValues(*flag, candidates);
    KeepBeginning(candidates.typed, candidates);
    for (auto& word : candidates.words) word.first = candidates.before + word.first;
  } else if (is_flag) {
    AddFlags(app, *command, candidates);
    KeepBeginning(candidates.typed, candidates);
  } else {
    AddOperands(*command, candidates);
    KeepBeginning(candidates.typed, candidates);
  }
  return candidates;
}

}  // namespace eventreactor::cli
