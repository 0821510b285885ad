// What is wrong with manifests, found without any service: every error of a
// file, not only the first, and what is accepted but surely not meant. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

struct Problem {
  // A warning is accepted all the same.
  bool is_warning = false;
  std::string file;
  int line = 1;
  int column = 1;
  // Such as spec.steps[0].image; empty where no field is to blame.
  std::string field;
  std::string message;
  // Of a file without a manifest.
  bool is_empty_file = false;
};

// "FILE:LINE:COLUMN: error: FIELD: MESSAGE".
std::string ProblemText(const Problem& problem);

struct FieldError {
  std::string field;
  std::string message;
  // The field as it stands in the file: another one below a mistyped name.
  std::string place;
};

// What is wrong with one document.
struct Findings {
  // First to last as a person would mend them: each is mended in a copy, so
  // that the next one shows. At most 50.
  std::vector<FieldError> errors;
  // Fields that could not be looked at before the errors are mended.
  std::set<std::string> not_looked_at;
  // What can be read of it, without what is of a wrong type.
  v1::Pipeline readable;
};
Findings AllErrors(const Document& document);
// The same of what stands beside Pipelines: a ConfigMap or the like.
Findings AllErrorsOfReferred(const Document& document);

// Whether the field is `around` or below it.
bool IsWithin(const std::string& field, const std::string& around);

// Gathers the problems of all files that are given to one command.
class Validation {
 public:
  // `ns`: that of Pipelines that name none.
  explicit Validation(std::string ns) : ns_(std::move(ns)) {}

  // `file` is what it is called in problems.
  void Check(const std::string& file, const std::string& text);

  // Also those that only show when all is read: the same Pipeline twice,
  // Pipelines that trigger each other in a ring. In order of file and line.
  std::vector<Problem> Finish();

  // What could not be looked at, as FILE:LINE: FIELD; before Finish too.
  const std::vector<std::string>& not_looked_at() const { return not_looked_at_; }

  int pipelines() const { return static_cast<int>(found_.size()); }

 private:
  struct Found {
    std::string file;
    Document document;
    v1::Pipeline pipeline;
    std::string ns;
  };
  void Add(const std::string& file, const Document& document, bool is_warning,
           const FieldError& error);
  void AddAll(const std::string& file, const Document& document, const Findings& findings);
  void CheckOne(const std::string& file, const Document& document);
  void WarnOf(const std::string& file, const Document& document, const Findings& findings);
  void WarnOfTwins();
  void WarnOfRings();

  const std::string ns_;
  std::vector<Problem> problems_;
  std::vector<std::string> not_looked_at_;
  // What could be read as a Pipeline.
  std::vector<Found> found_;
};

}  // namespace eventreactor::cli
