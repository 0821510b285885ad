#include "cli/validate/refusal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/errors.h"
#include "cli/shell_quote.h"
#include "cli/validate/problems.h"
#include "libs/status/status.h"

namespace eventreactor::cli {

absl::Status CheckManifests(const std::vector<ManifestText>& texts,
                            const std::vector<std::string>& paths, const std::string& ns) {
  Validation validation(ns);
  for (const ManifestText& each : texts) validation.Check(each.file, each.text);
  const std::vector<Problem> problems = validation.Finish();
  const Problem* first = nullptr;
  int errors = 0;
  for (const Problem& problem : problems) {
    // Whether a file may be empty is the command's to say.
    if (problem.is_warning || problem.is_empty_file) continue;
    if (first == nullptr) first = &problem;
    ++errors;
  }
  if (first == nullptr) return absl::OkStatus();
  absl::Status status =
      MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_MANIFEST",
                 absl::StrCat(first->file, ":", first->line, ":", first->column, ": ", first->field,
                              first->field.empty() ? "" : ": ", first->message),
                 first->field);
  if (errors == 1) return status;
  // Standard input was read once, and is not there to be read again.
  if (std::find(paths.begin(), paths.end(), "-") != paths.end()) {
    return WithNext(status, absl::StrCat("`reactorctl pipelines validate -f -` with the same input "
                                         "shows all ",
                                         errors, " errors"));
  }
  std::vector<std::string> words = {"reactorctl", "pipelines", "validate"};
  for (const std::string& path : paths) {
    words.emplace_back("-f");
    words.push_back(path);
  }
  return WithNext(status, absl::StrCat("`", ShellLine(words), "` shows all ", errors, " errors"));
}

}  // namespace eventreactor::cli
