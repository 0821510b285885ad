// Options from three layers. CLI11 parses the command line; environment and
// file are laid below it here, because CLI11 itself lets the file win over
// the environment and cannot say which of them held a bad value.
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/service/config_file.h"
#include "libs/service/process.h"
#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

constexpr int kUsageError = 2;

// An option that all three layers can set.
struct Setting {
  CLI::Option* option;
  std::string name;      // some-flag
  std::string variable;  // PREFIX_SOME_FLAG
};

std::vector<Setting> FindSettings(CLI::App& app, const std::string& env_prefix) {
  std::vector<Setting> settings;
  for (CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr() || option == app.get_version_ptr()) continue;
    if (option->get_lnames().empty()) continue;
    const std::string name = option->get_lnames().front();
    settings.push_back(
        {option, name,
         env_prefix + "_" + absl::AsciiStrToUpper(absl::StrReplaceAll(name, {{"-", "_"}}))});
  }
  return settings;
}

bool IsRepeated(const CLI::Option& option) { return option.get_expected_max() > 1; }

absl::Status Refuse(const std::string& message) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_OPTION", message);
}

// `where` names the layer: "FILE:3: max-running" or a variable.
absl::Status Assign(const Setting& setting, const std::vector<std::string>& values,
                    const std::string& where) {
  for (const std::string& value : values) setting.option->add_result(value);
  try {
    setting.option->run_callback();
    return absl::OkStatus();
  } catch (const CLI::ParseError&) {
    std::string shown;
    for (const std::string& value : values) shown += (shown.empty() ? "\"" : ", \"") + value + "\"";
    return Refuse(where + ": " + shown + " is refused; expected " + ExpectedOf(*setting.option));
  }
}

absl::Status ApplyEnvironment(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    if (setting.option->count() > 0) continue;
    const char* value = std::getenv(setting.variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    std::vector<std::string> values = {value};
    if (IsRepeated(*setting.option)) values = absl::StrSplit(value, ',');
    absl::Status status = Assign(setting, values, setting.variable);
    if (!status.ok()) return status;
    // For RefuseOptions; CLI11 itself has done its reading.
    setting.option->envname(setting.variable);
  }
  return absl::OkStatus();
}

absl::Status ApplyFile(const std::vector<Setting>& settings, const CLI::Option& config) {
  if (config.count() == 0) return absl::OkStatus();
  const auto entries = ReadConfigFile(config.as<std::string>());
  if (!entries.ok()) return entries.status();
  // Bound before anything is set: a file's own --config would be a surprise.
  std::vector<std::pair<const Setting*, const ConfigEntry*>> found;
  for (const ConfigEntry& entry : *entries) {
    const Setting* match = nullptr;
    for (const Setting& setting : settings) {
      if (setting.name == entry.key && setting.option != &config) match = &setting;
    }
    if (match == nullptr) {
      return Refuse(entry.origin + ": unknown key \"" + entry.key +
                    "\"; --help lists the options, keys are their names without dashes in front");
    }
    if (entry.is_list && !IsRepeated(*match->option)) {
      return Refuse(entry.origin + ": " + entry.key + ": takes one value, not a list");
    }
    found.emplace_back(match, &entry);
  }
  for (const auto& [setting, entry] : found) {
    if (setting->option->count() > 0) continue;  // A higher layer has set it.
    absl::Status status = Assign(*setting, entry->values, entry->origin + ": " + entry->key);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckRequired(const std::vector<Setting>& required) {
  for (const Setting& setting : required) {
    if (setting.option->count() > 0) continue;
    return Refuse("--" + setting.name + " is required; give the flag, " + setting.variable +
                  " or the key " + setting.name + " in the file of --config");
  }
  return absl::OkStatus();
}

absl::Status ApplyLowerLayers(const std::vector<Setting>& settings,
                              const std::vector<Setting>& required, const CLI::Option& config) {
  absl::Status status = ApplyEnvironment(settings);
  if (status.ok()) status = ApplyFile(settings, config);
  if (status.ok()) status = CheckRequired(required);
  return status;
}

// The bounds in CLI11's "INT in [0 - 9]", as " from 0 to 9"; empty if there
// are none.
std::string BoundsIn(const std::string& type) {
  const size_t begin = type.find(" in [");
  const size_t end = type.rfind(']');
  if (begin == std::string::npos || end == std::string::npos) return "";
  const std::string bounds = type.substr(begin + 5, end - begin - 5);
  return " from " + absl::StrReplaceAll(bounds, {{" - ", " to "}});
}

}  // namespace

std::string ExpectedOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto is = [&type](const char* word) { return type.rfind(word, 0) == 0; };
  // One that counts from 0 says so; the bounds of the others are enough.
  if (is("UINT")) {
    const std::string bounds = BoundsIn(type);
    return "a whole number" + (bounds.empty() ? ", 0 or more" : bounds);
  }
  if (is("INT") || is("NUMBER")) return "a whole number" + BoundsIn(type);
  if (is("FLOAT")) return "a number" + BoundsIn(type);
  return type.empty() ? "true or false" : type;
}

std::string ParseErrorText(const CLI::App& app, const CLI::ParseError& error) {
  std::string text = error.what();
  constexpr char kBefore[] = "Could not convert: ";
  if (text.rfind(kBefore, 0) != 0) return text;
  const std::string rest = text.substr(sizeof(kBefore) - 1);
  const size_t equals = rest.find(" = ");
  const std::string name = rest.substr(0, equals);
  const CLI::Option* option = app.get_option_no_throw(name);
  if (option == nullptr || equals == std::string::npos) return text;
  return name + ": \"" + rest.substr(equals + 3) + "\" is refused; expected " + ExpectedOf(*option);
}

void NameTypes(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    const bool number = type.rfind("INT", 0) == 0 || type.rfind("UINT", 0) == 0;
    if (!number && type.rfind("FLOAT", 0) != 0) continue;
    const std::string bounds = BoundsIn(type);
    option->type_name("NUMBER");
    if (!bounds.empty()) option->get_validator()->description(bounds.substr(sizeof(" from")));
  }
  for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; })) NameTypes(*below);
}

void DeclareCommonOptions(CLI::App& app, CommonOptions& options) {
  app.add_option("--listen", options.listen, "Serve gRPC here: HOST:PORT or unix:/PATH")
      ->capture_default_str();
  app.add_option("--metrics-listen", options.metrics_listen,
                 "Serve /metrics here: IP:PORT; empty for none")
      ->capture_default_str();
  app.add_option("--token-file", options.token_file,
                 "File with the bearer token that gRPC calls must carry; empty for none");
  app.add_option("--shutdown-seconds", options.shutdown_seconds,
                 "How long calls may drain on SIGTERM")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_option("--verbosity", options.verbosity, "0 for what matters, 1 and more for more")
      ->check(CLI::Range(0, 9))
      ->capture_default_str();
}

std::optional<int> ParseOptions(CLI::App& app, const std::string& env_prefix, int argc,
                                char** argv) {
  std::string config_path;
  const CLI::Option* config =
      app.add_option("--config", config_path, "YAML file with options: flag names to values");
  app.set_version_flag("--version",
                       (app.get_name().empty() ? "" : app.get_name() + " ") + Version());
  const std::vector<Setting> settings = FindSettings(app, env_prefix);
  // A lower layer may have what the command line lacks.
  std::vector<Setting> required;
  for (const Setting& setting : settings) {
    if (!setting.option->get_required()) continue;
    required.push_back(setting);
    setting.option->required(false);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // For --help alone: CLI11 must not read the environment by itself.
    for (const Setting& setting : settings) setting.option->envname(setting.variable);
    for (const Setting& setting : required) setting.option->required();
    if (error.get_exit_code() == 0) {
      NameTypes(app);
      return app.exit(error);
    }
    std::cerr << ParseErrorText(app, error) << "\nRun with --help for more information.\n";
    return kUsageError;
  }
  absl::Status status = ApplyLowerLayers(settings, required, *config);
  if (status.ok()) return std::nullopt;
  std::cerr << Message(status) << "\nRun with --help for more information.\n";
  return kUsageError;
}

int RefuseOptions(const CLI::App& app, const absl::Status& status) {
  const std::string flag = Field(status);
  std::string message = Message(status);
  const CLI::Option* option = flag.empty() ? nullptr : app.get_option_no_throw(flag);
  if (option != nullptr && !option->get_envname().empty() && message.starts_with(flag + ":")) {
    message.replace(0, flag.size(), option->get_envname());
  }
  std::cerr << message << "\n";
  return kUsageError;
}

}  // namespace eventreactor::service
