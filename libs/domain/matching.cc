#include "libs/domain/matching.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "libs/cloudevents/text.h"
#include "libs/domain/naming.h"
#include "libs/domain/pipeline_check.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

// What a compiled pattern may cost: instructions, and bytes while it matches.
constexpr int kMaxProgram = 5000;
constexpr int64_t kMaxPatternMemory = int64_t{1} << 20;
// How much of a value a decision shows.
constexpr size_t kMaxShown = 256;

std::string Shown(const std::string& value) { return ValidUtf8(value, kMaxShown); }

absl::StatusOr<std::shared_ptr<const re2::RE2>> CompilePattern(const std::string& pattern) {
  constexpr char kField[] = "spec.trigger.event.sourcePattern";
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMaxPatternMemory);
  auto compiled = std::make_shared<const RE2>(pattern, options);
  if (!compiled->ok()) {
    return InvalidField(kField, cloudevents::Quoted(pattern) +
                                    " is no RE2 pattern: " + compiled->error() +
                                    "; see https://github.com/google/re2/wiki/Syntax");
  }
  if (compiled->ProgramSize() > kMaxProgram) {
    return InvalidField(kField, cloudevents::Quoted(pattern) + " is too costly: it compiles to " +
                                    std::to_string(compiled->ProgramSize()) +
                                    " instructions, at most " + std::to_string(kMaxProgram) +
                                    " are allowed; use smaller repetitions");
  }
  return compiled;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Matcher>> Matcher::Compile(const v1::Pipeline& pipeline) {
  if (absl::Status status = CheckPipeline(pipeline); !status.ok()) return status;
  std::shared_ptr<Matcher> matcher(new Matcher());
  matcher->pipeline_ = pipeline;
  const v1::Trigger& trigger = pipeline.spec().trigger();
  if (!trigger.event().source_pattern().empty()) {
    auto compiled = CompilePattern(trigger.event().source_pattern());
    if (!compiled.ok()) return compiled.status();
    matcher->source_ = *std::move(compiled);
  }
  auto selector = LabelSelector::FromProto(trigger.pipeline().selector());
  if (!selector.ok()) return InField("spec.trigger.pipeline.selector", selector.status());
  matcher->selector_ = *std::move(selector);
  return std::shared_ptr<const Matcher>(std::move(matcher));
}

v1::Decision Matcher::Evaluate(const v1::Event& event) const {
  v1::Decision decision;
  decision.set_pipeline(pipeline_.metadata().name());
  decision.set_generation(pipeline_.metadata().generation());
  const auto refuse = [&](const char* predicate, const std::string& observed,
                          const std::string& expected) {
    decision.set_predicate(predicate);
    decision.set_observed(Shown(observed));
    decision.set_expected(Shown(expected));
    return decision;
  };
  const v1::Trigger& trigger = pipeline_.spec().trigger();
  if (!trigger.has_event()) return refuse("spec.trigger", "event", "pipeline");
  if (trigger.event().type() != event.spec().type()) {
    return refuse("spec.trigger.event.type", event.spec().type(), trigger.event().type());
  }
  if (source_ != nullptr && !RE2::PartialMatch(event.spec().source(), *source_)) {
    return refuse("spec.trigger.event.sourcePattern", event.spec().source(),
                  trigger.event().source_pattern());
  }
  decision.set_matched(true);
  return decision;
}

v1::Decision Matcher::Evaluate(const v1::Action& finished) const {
  v1::Decision decision;
  decision.set_pipeline(pipeline_.metadata().name());
  decision.set_generation(pipeline_.metadata().generation());
  const auto refuse = [&](const char* predicate, const std::string& observed,
                          const std::string& expected) {
    decision.set_predicate(predicate);
    decision.set_observed(Shown(observed));
    decision.set_expected(Shown(expected));
    return decision;
  };
  const v1::Trigger& trigger = pipeline_.spec().trigger();
  const std::string& upstream = finished.spec().pipeline().name();
  if (!trigger.has_pipeline()) return refuse("spec.trigger", "pipeline", "event");
  if (upstream == pipeline_.metadata().name()) {
    return refuse("metadata.name", upstream, "another Pipeline than the upstream one");
  }
  const v1::PipelineTrigger& wanted = trigger.pipeline();
  if (!wanted.name().empty() && wanted.name() != upstream) {
    return refuse("spec.trigger.pipeline.name", upstream, wanted.name());
  }
  if (wanted.status() != v1::COMPLETION_UNSPECIFIED &&
      wanted.status() != finished.status().completion()) {
    return refuse("spec.trigger.pipeline.status", CompletionName(finished.status().completion()),
                  CompletionName(wanted.status()));
  }
  const LabelSelector::Refusal refusal = selector_.Explain(finished.metadata().labels());
  if (!refusal.requirement.empty()) {
    return refuse("spec.trigger.pipeline.selector", refusal.observed, refusal.requirement);
  }
  decision.set_matched(true);
  return decision;
}

std::string CompletionName(v1::Completion completion) {
  switch (completion) {
    case v1::COMPLETION_SUCCESS:
      return "success";
    case v1::COMPLETION_FAILURE:
      return "failure";
    case v1::COMPLETION_NEUTRAL:
      return "neutral";
    case v1::COMPLETION_UNKNOWN:
      return "unknown";
    default:
      return "";
  }
}

std::string DescribeRefusal(const v1::Decision& decision) {
  if (decision.matched() || decision.predicate().empty()) return "";
  if (decision.predicate() == "spec.trigger") {
    return decision.expected() == "pipeline"
               ? "the Pipeline is triggered by finished Actions, not by Events"
               : "the Pipeline is triggered by Events, not by finished Actions";
  }
  if (decision.predicate() == "metadata.name") return "a Pipeline never triggers itself";
  const bool pattern = decision.predicate() == "spec.trigger.event.sourcePattern";
  return decision.predicate() + ": " + cloudevents::Quoted(decision.observed()) +
         (pattern ? " has nothing that matches " : " where it wants ") +
         cloudevents::Quoted(decision.expected());
}

int ArrangeDecisions(std::vector<v1::Decision>& decisions) {
  std::sort(decisions.begin(), decisions.end(), [](const v1::Decision& a, const v1::Decision& b) {
    if (a.matched() != b.matched()) return a.matched();
    return a.pipeline() < b.pipeline();
  });
  const auto refused =
      std::find_if(decisions.begin(), decisions.end(),
                   [](const v1::Decision& decision) { return !decision.matched(); });
  const auto all = decisions.size();
  if (decisions.end() - refused > kMaxRefusals) {
    decisions.erase(refused + kMaxRefusals, decisions.end());
  }
  // What the field's tag and length take beside each.
  constexpr size_t kFraming = 5;
  size_t bytes = 0;
  const auto last =
      std::find_if(decisions.begin(), decisions.end(), [&bytes](const v1::Decision& decision) {
        bytes += decision.ByteSizeLong() + kFraming;
        return bytes > kMaxDecisionBytes;
      });
  decisions.erase(last, decisions.end());
  return static_cast<int>(all - decisions.size());
}

}  // namespace eventreactor
