// reactorctl pipelines validate: what is wrong with manifests, without any
// service.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/pipelines.h"
#include "cli/errors.h"
#include "cli/manifest_files.h"
#include "cli/terminal.h"
#include "cli/validate/problems.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> paths;
  bool strict = false;
  Output output;
};

std::string Counted(size_t count, const std::string& what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

nlohmann::json ProblemToJson(const Problem& problem) {
  return {{"severity", problem.is_warning ? "warning" : "error"},
          {"file", problem.file},
          {"line", problem.line},
          {"column", problem.column},
          {"field", problem.field},
          {"message", problem.message}};
}

absl::Status PrintProblems(const std::vector<Problem>& problems, const Output& output) {
  if (output.ForPeople()) {
    std::string text;
    for (const auto& problem : problems) absl::StrAppend(&text, ProblemText(problem), "\n");
    Print(text);
    return absl::OkStatus();
  }
  nlohmann::json items = nlohmann::json::array();
  for (const auto& problem : problems) items.push_back(ProblemToJson(problem));
  return PrintJson({{"problems", std::move(items)}}, output);
}

absl::StatusOr<int> Validate(const Globals& globals, const ValidateOptions& options) {
  Validation validation(globals.ns);
  const auto texts = ReadManifestTexts(options.paths);
  if (!texts.ok()) return texts.status();
  for (const ManifestText& each : *texts) validation.Check(each.file, each.text);
  const auto problems = validation.Finish();
  size_t warnings = 0;
  for (const auto& problem : problems) warnings += problem.is_warning ? 1 : 0;
  const size_t errors = problems.size() - warnings;
  if (absl::Status printed = PrintProblems(problems, options.output); !printed.ok()) return printed;
  Talk(absl::StrCat(Counted(texts->size(), "file"), ", ",
                    Counted(static_cast<size_t>(validation.pipelines()), "Pipeline"), ": ",
                    Counted(errors, "error"), ", ", Counted(warnings, "warning")));
  if (!validation.not_looked_at().empty()) {
    Talk(absl::StrCat("fix these and validate again: ",
                      Printable(absl::StrJoin(validation.not_looked_at(), "; ")),
                      " was not looked at"));
  }
  return errors > 0 || (options.strict && warnings > 0) ? kFailure : kOk;
}

}  // namespace

void AddValidate(CLI::App& pipelines, Session& session) {
  const auto options = std::make_shared<ValidateOptions>();
  auto* command = AddCommand(
      pipelines, "validate", "Say all that is wrong with manifests; asks no service",
      "  $ reactorctl pipelines validate -f build.yaml -f notify.yaml\n"
      "  $ reactorctl pipelines validate --strict -f pipelines/\n"
      "  $ generate | reactorctl pipelines validate -f - -o json | jq -r '.problems[].message'\n"
      "\nPrints FILE:LINE:COLUMN: error: FIELD: MESSAGE, or warning for what is accepted but\n"
      "surely not meant. Exits with 1 if there are errors, or with --strict warnings.\n");
  command->add_option("-f,--file", options->paths, "A manifest, a directory of them, or -")
      ->required()
      ->expected(1)
      ->take_all();
  command->add_flag("--strict", options->strict, "Take warnings for errors");
  AddOutput(*command, options->output, {.name = false});
  command->callback([&session, options] {
    session.needs_context = false;
    session.run = [&session, options] { return Validate(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
