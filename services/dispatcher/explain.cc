#include "services/dispatcher/explain.h"

#include <algorithm>
#include <utility>

#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor::dispatcher {
namespace {

v1::Decision OfBroken(const std::string& name, const Broken& broken) {
  v1::Decision decision;
  decision.set_pipeline(name);
  decision.set_generation(broken.generation);
  decision.set_predicate(Field(broken.error));
  decision.set_message("the Pipeline cannot be used: " + Message(broken.error));
  return decision;
}

// In words, where nobody has said it yet.
v1::Decision Described(v1::Decision decision) {
  if (decision.message().empty()) decision.set_message(DescribeRefusal(decision));
  return decision;
}

std::vector<v1::Decision> Evaluate(const View& view, const v1::Event& event,
                                   const std::string& only) {
  const std::string& ns = event.metadata().namespace_();
  std::vector<v1::Decision> decisions;
  for (const auto& matcher : view.snapshot().All(ns)) {
    if (!only.empty() && matcher->pipeline().metadata().name() != only) continue;
    decisions.push_back(Described(matcher->Evaluate(event)));
  }
  for (const auto& [name, broken] : view.BrokenOf(ns)) {
    if (only.empty() || name == only) decisions.push_back(OfBroken(name, broken));
  }
  std::sort(decisions.begin(), decisions.end(), [](const v1::Decision& a, const v1::Decision& b) {
    return a.matched() != b.matched() ? a.matched() : a.pipeline() < b.pipeline();
  });
  if (decisions.size() > kMaxCurrent) decisions.resize(kMaxCurrent);
  return decisions;
}

void AddRequested(const std::vector<v1::Action>& actions, const std::string& only,
                  v1::ExplainResponse& response) {
  for (const v1::Action& action : actions) {
    const auto& annotations = action.metadata().annotations();
    const auto attempt = annotations.find(AttemptAnnotation());
    const std::string& pipeline = action.spec().pipeline().name();
    if (attempt == annotations.end() || (!only.empty() && pipeline != only)) continue;
    if (response.requested_size() == kMaxRequested) return;
    v1::RequestedRun& run = *response.add_requested();
    run.set_pipeline(pipeline);
    run.set_action(action.metadata().name());
    run.set_attempt(attempt->second);
  }
}

absl::Status CheckNames(const std::string& ns, const v1::ExplainRequest& request) {
  if (!IsDnsLabel(ns)) return InvalidField("namespace", "\"" + ns + "\" is no namespace's name");
  if (!IsDnsSubdomain(request.event())) {
    return InvalidField("event", "\"" + request.event() +
                                     "\" is no Event's name; expected one that `reactorctl events "
                                     "list` shows");
  }
  if (!request.pipeline().empty() && !IsDnsSubdomain(request.pipeline())) {
    return InvalidField("pipeline", "\"" + request.pipeline() + "\" is no Pipeline's name");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Explainer::Explain(const v1::ExplainRequest& request, v1::ExplainResponse& response) {
  const std::string ns = request.namespace_().empty() ? "default" : request.namespace_();
  if (absl::Status status = CheckNames(ns, request); !status.ok()) return status;
  auto event = adapter_.GetEvent(ns, request.event());
  if (!event.ok()) return event.status();
  // As fresh as a dispatch would see them, if the adapter can say.
  auto fresh = barrier_.Await(ns);
  const std::shared_ptr<const View> view = fresh.ok() ? *fresh : cache_.Current();

  for (const v1::Decision& decision : event->status().decisions()) {
    if (!request.pipeline().empty() && decision.pipeline() != request.pipeline()) continue;
    *response.add_recorded() = Described(decision);
  }
  response.set_recorded_omitted(event->status().decisions_omitted());
  for (v1::Decision& decision : Evaluate(*view, *event, request.pipeline())) {
    *response.add_current() = std::move(decision);
  }
  // Without them the answer is still one.
  if (const auto actions = adapter_.ListActions(ns, request.event()); actions.ok()) {
    AddRequested(*actions, request.pipeline(), response);
  }
  if (event->status().has_dispatch_time()) {
    *response.mutable_dispatch_time() = event->status().dispatch_time();
  }
  if (!request.pipeline().empty() &&
      response.recorded_size() + response.current_size() + response.requested_size() == 0) {
    return MakeStatus(absl::StatusCode::kNotFound, "PIPELINE_NOT_FOUND",
                      "there is no Pipeline \"" + request.pipeline() + "\" in namespace \"" + ns +
                          "\", nor was there one of interest when the Event was dispatched",
                      "pipeline");
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::dispatcher
