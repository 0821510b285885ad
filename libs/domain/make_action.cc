// The Actions that matches yield, and the labels of both.
#include "libs/domain/matching.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// A name that no label can hold gets none.
void SetLabel(Labels& labels, const std::string& key, const std::string& value) {
  if (!value.empty() && IsLabelValue(value)) {
    labels[key] = value;
  } else {
    labels.erase(key);
  }
}

v1::Action FromPipeline(const v1::Pipeline& pipeline, const std::string& ns,
                        const std::string& name, const v1::ActionEvent& event,
                        const std::string& attempt) {
  v1::Action action;
  action.mutable_metadata()->set_namespace_(ns);
  action.mutable_metadata()->set_name(name);
  *action.mutable_metadata()->mutable_labels() = pipeline.metadata().labels();
  if (!attempt.empty()) {
    (*action.mutable_metadata()->mutable_annotations())[AttemptAnnotation()] = attempt;
  }
  *action.mutable_spec()->mutable_build() = pipeline.spec().build();
  *action.mutable_spec()->mutable_event() = event;
  action.mutable_spec()->mutable_pipeline()->set_name(pipeline.metadata().name());
  action.mutable_spec()->mutable_pipeline()->set_generation(pipeline.metadata().generation());
  return action;
}

void SetLabels(v1::Action& action) {
  Labels& labels = *action.mutable_metadata()->mutable_labels();
  SetLabel(labels, EventNameLabel(), action.spec().event().name());
  SetLabel(labels, PipelineNameLabel(), action.spec().pipeline().name());
  SetLabel(labels, TransactionIdLabel(), action.spec().transaction().id());
}

}  // namespace

v1::Action MakeAction(const v1::Event& event, const v1::Pipeline& pipeline,
                      const std::string& attempt, const std::string& cause) {
  v1::ActionEvent reference;
  reference.set_name(event.metadata().name());
  reference.set_type(event.spec().type());
  reference.set_source(event.spec().source());
  const std::string name = ActionName(cause.empty() ? event.metadata().name() : cause,
                                      pipeline.metadata().name(), attempt);
  v1::Action action =
      FromPipeline(pipeline, event.metadata().namespace_(), name, reference, attempt);
  action.mutable_spec()->mutable_transaction()->set_id(name);
  action.mutable_spec()->mutable_transaction()->set_stage(1);
  SetLabels(action);
  return action;
}

absl::StatusOr<v1::Action> MakeChainedAction(const v1::Action& upstream,
                                             const v1::Pipeline& pipeline,
                                             const std::string& attempt) {
  const v1::ActionUpstream& before = upstream.spec().upstream();
  if (before.via_size() >= kMaxVia) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "UPSTREAM_LIMIT_EXCEEDED",
                      "the chain " + upstream.spec().transaction().id() + " has passed " +
                          std::to_string(before.via_size()) +
                          " Pipelines, and stops here; look for Pipelines that trigger each other");
  }
  const std::string name =
      ActionName(upstream.metadata().name(), pipeline.metadata().name(), attempt);
  v1::Action action = FromPipeline(pipeline, upstream.metadata().namespace_(), name,
                                   upstream.spec().event(), attempt);
  v1::ActionUpstream& via = *action.mutable_spec()->mutable_upstream();
  via.set_name(upstream.metadata().name());
  via.set_status(upstream.status().completion());
  via.set_pipeline(upstream.spec().pipeline().name());
  *via.mutable_via() = before.via();
  via.add_via(upstream.spec().pipeline().name());
  action.mutable_spec()->mutable_transaction()->set_id(upstream.spec().transaction().id());
  action.mutable_spec()->mutable_transaction()->set_stage(upstream.spec().transaction().stage() +
                                                          1);
  SetLabels(action);
  return action;
}

Labels PipelineLabels(const v1::Pipeline& pipeline) {
  Labels labels = pipeline.metadata().labels();
  const v1::Trigger& trigger = pipeline.spec().trigger();
  SetLabel(labels, EventTypeLabel(), trigger.event().type());
  SetLabel(labels, PipelineTriggerLabel(),
           trigger.has_event()      ? "event"
           : trigger.has_pipeline() ? "pipeline"
                                    : "");
  return labels;
}

}  // namespace eventreactor
