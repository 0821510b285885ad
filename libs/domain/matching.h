// Pipelines compiled once into immutable matchers, and what they say to an
// Event or to a finished Action. Pure; a Snapshot may be used from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/domain/label_selector.h"

namespace re2 {
class RE2;
}

namespace eventreactor {

// How many Pipelines a chain may pass: Action.spec.upstream.via.
inline constexpr int kMaxVia = 9;
// How many refusals are stored with an Event.
inline constexpr int kMaxRefusals = 100;
// What all decisions of an Event may weigh: with its data it has to pass gRPC.
inline constexpr size_t kMaxDecisionBytes = size_t{256} << 10;

// One Pipeline, compiled.
class Matcher {
 public:
  // Checks the whole spec: exactly one trigger, its filters, at least one
  // step or a template, timeout, names, bounds. INVALID_ARGUMENT naming the
  // field, the value and what is expected.
  static absl::StatusOr<std::shared_ptr<const Matcher>> Compile(const v1::Pipeline& pipeline);

  const v1::Pipeline& pipeline() const { return pipeline_; }

  // decision.matched, or the predicate that said no, what it saw and what it
  // wanted, both cut at 256 bytes. `action` and `message` are left to the
  // caller.
  v1::Decision Evaluate(const v1::Event& event) const;
  v1::Decision Evaluate(const v1::Action& finished) const;

 private:
  Matcher() = default;
  v1::Pipeline pipeline_;
  std::shared_ptr<const re2::RE2> source_;
  LabelSelector selector_;
};

// All Pipelines at one moment. Copies share the matchers; changing one costs
// by the number of Pipelines in its namespace, not in all.
class Snapshot {
 public:
  using Matchers = std::vector<std::shared_ptr<const Matcher>>;

  // The same with this Pipeline put in or replaced; a matcher that is older
  // (same uid, smaller generation) changes nothing.
  Snapshot With(std::shared_ptr<const Matcher> matcher) const;
  // Many at once, at the price of one for each namespace.
  Snapshot With(const Matchers& matchers) const;
  Snapshot Without(const std::string& ns, const std::string& name) const;

  // Nothing where there is none.
  std::shared_ptr<const Matcher> Find(const std::string& ns, const std::string& name) const;

  // The Pipelines of the namespace whose trigger is that type; or that are
  // triggered by Pipelines. By name.
  const Matchers& ForType(const std::string& ns, const std::string& type) const;
  const Matchers& ForPipelines(const std::string& ns) const;
  // All of the namespace, by name.
  Matchers All(const std::string& ns) const;
  // In all namespaces.
  size_t size() const;

 private:
  struct Namespace {
    std::map<std::string, std::shared_ptr<const Matcher>> by_name;
    std::map<std::string, Matchers> by_type;
    Matchers chained;
    void Put(std::shared_ptr<const Matcher> matcher);
    void Index();
  };
  const Namespace* FindNamespace(const std::string& ns) const;
  std::map<std::string, std::shared_ptr<const Namespace>> namespaces_;
};

// The Action that a match yields: name, labels, spec. `attempt` as in
// ActionName, and noted in an annotation; `cause` as in ActionName, where it is
// not the Event's name.
v1::Action MakeAction(const v1::Event& event, const v1::Pipeline& pipeline,
                      const std::string& attempt = "", const std::string& cause = "");
// A chained one. FAILED_PRECONDITION (UPSTREAM_LIMIT_EXCEEDED) at via length
// kMaxVia.
absl::StatusOr<v1::Action> MakeChainedAction(const v1::Action& upstream,
                                             const v1::Pipeline& pipeline,
                                             const std::string& attempt = "");

// success, failure, neutral or unknown; empty for an Action that has not ended.
std::string CompletionName(v1::Completion completion);

// The labels that a Pipeline is stored with: its own, event.GROUP/type where
// its trigger has a type that is a label value, and pipeline.GROUP/trigger.
Labels PipelineLabels(const v1::Pipeline& pipeline);

// A refusal in words, for decision.message.
std::string DescribeRefusal(const v1::Decision& decision);

// Sorts decisions as Event.status wants them, cuts the refusals at
// kMaxRefusals, and all at kMaxDecisionBytes; returns how many were left out.
int ArrangeDecisions(std::vector<v1::Decision>& decisions);

}  // namespace eventreactor
