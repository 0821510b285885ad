#include "cli/validate/problems.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/manifest_place.h"
#include "cli/manifests.h"
#include "cli/terminal.h"
#include "libs/domain/document_check.h"
#include "libs/domain/fragment_check.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

std::string WithoutField(const std::string& message, const std::string& field) {
  const std::string begin = field + ": ";
  return !field.empty() && message.starts_with(begin) ? message.substr(begin.size()) : message;
}

using Warn = std::function<void(const std::string& field, const std::string& message)>;

void WarnOfType(const std::string& type, const Warn& warn) {
  constexpr char kField[] = "spec.trigger.event.type";
  if (type.find_first_of("*?") != std::string::npos) {
    warn(kField,
         absl::StrCat("\"", type, "\" is compared as it stands: * and ? stand for themselves"));
  }
  if (!type.empty() && (type.front() == ' ' || type.back() == ' ')) {
    warn(kField, absl::StrCat("\"", type,
                              "\" begins or ends with a blank, which an event's type has to have "
                              "as well"));
  }
}

void WarnOfUpstream(const std::string& name, const v1::PipelineTrigger& upstream,
                    const Warn& warn) {
  if (!upstream.name().empty() && upstream.name() == name) {
    warn("spec.trigger.pipeline.name",
         "is the Pipeline itself, which never triggers itself: it will never run");
  }
  const bool any = upstream.name().empty() && upstream.status() == v1::COMPLETION_UNSPECIFIED &&
                   upstream.selector().match_labels().empty() &&
                   upstream.selector().match_expressions().empty();
  if (any) {
    warn("spec.trigger.pipeline",
         "has no filter: it runs after every Action of all other Pipelines of its namespace, "
         "however that ended");
  }
}

}  // namespace

std::string ProblemText(const Problem& problem) {
  return absl::StrCat(
      Printable(problem.file), ":", problem.line, ":", problem.column, ": ",
      problem.is_warning ? Paint("warning", Colour::kYellow) : Paint("error", Colour::kRed), ": ",
      Printable(problem.field), problem.field.empty() ? "" : ": ", Printable(problem.message));
}

void Validation::Add(const std::string& file, const Document& document, bool is_warning,
                     const FieldError& error) {
  const Position position = PositionOf(document, error.place);
  problems_.push_back(
      {is_warning, file, position.line, position.column, error.field, error.message});
}

void Validation::AddAll(const std::string& file, const Document& document,
                        const Findings& findings) {
  for (const FieldError& error : findings.errors) Add(file, document, false, error);
  for (const std::string& each : findings.not_looked_at) {
    not_looked_at_.push_back(absl::StrCat(file, ":", PositionOf(document, each).line, ": ", each));
  }
}

void Validation::Check(const std::string& file, const std::string& text) {
  const auto refuse = [&](const absl::Status& status) {
    std::string message = Message(status);
    const Position position = TakePosition(message);
    const std::string field = Field(status);
    problems_.push_back(
        {false, file, position.line, position.column, field, WithoutField(message, field)});
  };
  const auto documents = ParseEachManifest(text);
  if (!documents.ok()) {
    refuse(documents.status());
    not_looked_at_.push_back(absl::StrCat(file, ":", problems_.back().line, ": the rest"));
    return;
  }
  if (documents->empty()) problems_.push_back({false, file, 1, 1, "", "no manifest in it", true});
  for (const auto& document : *documents) {
    if (document.ok()) {
      CheckOne(file, *document);
    } else {
      refuse(document.status());
    }
  }
}

void Validation::CheckOne(const std::string& file, const Document& document) {
  if (IsDocumentKind(document.kind)) {
    // A ConfigMap or the like, which stands beside Pipelines.
    return AddAll(file, document, AllErrorsOfReferred(document));
  }
  auto pipeline = ParsePipeline(document);
  const std::string field = Field(pipeline.status());
  if (field == "apiVersion" || field == "kind") {
    std::string message = Message(pipeline.status());
    TakePosition(message);
    return Add(file, document, false, {field, WithoutField(message, field), field});
  }
  const Findings findings = AllErrors(document);
  AddAll(file, document, findings);
  WarnOf(file, document, findings);
  if (!pipeline.ok()) return;
  const std::string& own = pipeline->metadata().namespace_();
  found_.push_back({file, document, *pipeline, own.empty() ? ns_ : own});
}

void Validation::WarnOf(const std::string& file, const Document& document,
                        const Findings& findings) {
  const auto warn = [&](const std::string& field, const std::string& message) {
    // What is wrong there may be why it seems so.
    for (const FieldError& error : findings.errors) {
      if (IsWithin(error.field, field) || error.field == field) return;
    }
    Add(file, document, true, {field, message, field});
  };
  const v1::Trigger& trigger = findings.readable.spec().trigger();
  if (trigger.has_event()) WarnOfType(trigger.event().type(), warn);
  if (trigger.has_pipeline()) {
    WarnOfUpstream(findings.readable.metadata().name(), trigger.pipeline(), warn);
  }
  for (const absl::Status& status : OneMachineProblems(findings.readable.spec().build())) {
    const std::string field = Field(status);
    warn("spec." + field,
         absl::StrCat("is refused on one machine: ", WithoutField(Message(status), field)));
  }
}

void Validation::WarnOfTwins() {
  std::map<std::pair<std::string, std::string>, const Found*> first;
  for (const Found& found : found_) {
    const std::string& name = found.pipeline.metadata().name();
    const auto [other, is_new] = first.emplace(std::pair(found.ns, name), &found);
    if (is_new || name.empty()) continue;
    Add(found.file, found.document, true,
        {"metadata.name",
         absl::StrCat("\"", name, "\" is given before, in ", other->second->file, ":",
                      other->second->document.line, "; the later one replaces it"),
         "metadata.name"});
  }
}

// Pipelines that trigger each other by name, round and round.
void Validation::WarnOfRings() {
  std::map<std::pair<std::string, std::string>, const Found*> by_name;
  for (const Found& found : found_) {
    by_name[{found.ns, found.pipeline.metadata().name()}] = &found;
  }
  std::set<const Found*> told;
  for (const Found& begin : found_) {
    std::vector<const Found*> way;
    const Found* at = &begin;
    while (at != nullptr && std::find(way.begin(), way.end(), at) == way.end()) {
      way.push_back(at);
      const std::string& upstream = at->pipeline.spec().trigger().pipeline().name();
      const auto next = by_name.find({at->ns, upstream});
      at = upstream.empty() || next == by_name.end() ? nullptr : next->second;
    }
    // One that is its own upstream was told of already.
    if (at != &begin || way.size() < 2 || told.count(at) > 0) continue;
    std::string names = begin.pipeline.metadata().name();
    for (auto each = way.rbegin(); each != way.rend(); ++each) {
      absl::StrAppend(&names, " -> ", (*each)->pipeline.metadata().name());
    }
    told.insert(way.begin(), way.end());
    constexpr char kField[] = "spec.trigger.pipeline.name";
    Add(begin.file, begin.document, true,
        {kField, absl::StrCat("goes round: ", names, "; each waits for another, so none will run"),
         kField});
  }
}

std::vector<Problem> Validation::Finish() {
  WarnOfTwins();
  WarnOfRings();
  // Files stay in the order they were given.
  std::map<std::string, size_t> order;
  for (const Problem& problem : problems_) order.emplace(problem.file, order.size());
  std::stable_sort(problems_.begin(), problems_.end(), [&](const Problem& a, const Problem& b) {
    return std::tuple(order[a.file], a.line, a.column) <
           std::tuple(order[b.file], b.line, b.column);
  });
  return std::move(problems_);
}

}  // namespace eventreactor::cli
