#include "services/dispatcher/run_requests.h"

#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor::dispatcher {
namespace {

// Nobody else will have it.
std::string NewAttempt() {
  std::random_device random;
  return absl::StrFormat("%08x%08x%08x%08x", random(), random(), random(), random());
}

// The request's own attempt, or a new one.
absl::StatusOr<std::string> AttemptOf(const std::string& asked) {
  if (asked.empty()) return NewAttempt();
  if (IsAttempt(asked)) return asked;
  return InvalidField("attempt", absl::StrCat("\"", asked.substr(0, 64),
                                              "\" is no attempt: at most 63 characters of a-z, "
                                              "A-Z, 0-9, -, _ and ., alphanumeric at both ends"));
}

absl::StatusOr<std::string> NamespaceOf(const std::string& asked) {
  if (asked.empty()) return std::string("default");
  if (IsDnsLabel(asked)) return asked;
  return InvalidField("namespace",
                      absl::StrCat("\"", asked.substr(0, 64), "\" is no namespace's name"));
}

absl::Status CheckName(const std::string& field, const std::string& kind, const std::string& name) {
  if (IsDnsSubdomain(name)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("\"", name.substr(0, 64), "\" is the name of no ", kind));
}

v1::RequestedRun RunOf(const v1::Action& action, const std::string& attempt) {
  v1::RequestedRun run;
  run.set_pipeline(action.spec().pipeline().name());
  run.set_action(action.metadata().name());
  run.set_attempt(attempt);
  return run;
}

Request RunOnly(const std::string& pipeline, const std::string& attempt) {
  return {.kind = Request::Kind::kRun, .attempt = attempt, .pipelines = {pipeline}};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Matcher>> RunRequests::FindPipeline(const std::string& ns,
                                                                         const std::string& name) {
  const auto view = barrier_.Await(ns);
  if (!view.ok()) return view.status();
  if (auto matcher = (*view)->snapshot().Find(ns, name)) return matcher;
  const auto& broken = (*view)->BrokenOf(ns);
  if (const auto found = broken.find(name); found != broken.end()) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition, "PIPELINE_NOT_READY",
        absl::StrCat("the Pipeline ", name, " cannot be used: ", Message(found->second.error)));
  }
  return MakeStatus(absl::StatusCode::kNotFound, "PIPELINE_NOT_FOUND",
                    absl::StrCat("there is no Pipeline ", name, " in namespace ", ns), "pipeline");
}

absl::StatusOr<v1::RunRequest> RunRequests::AsBefore(const std::string& ns,
                                                     v1::RunRequest request) {
  if (!request.pipeline().empty()) {
    return InvalidField("pipeline", "must be empty with rerun: it is that of the Action");
  }
  if (absl::Status status = CheckName("rerun", "Action", request.rerun()); !status.ok()) {
    return status;
  }
  const auto before = adapter_.GetAction(ns, request.rerun());
  if (!before.ok()) return before.status();
  request.set_pipeline(before->spec().pipeline().name());
  if (before->spec().has_upstream()) {
    request.set_action(before->spec().upstream().name());
  } else {
    request.set_event(before->spec().event().name());
  }
  return request;
}

absl::Status RunRequests::Run(const v1::RunRequest& asked, v1::RunResponse& response) {
  const auto ns = NamespaceOf(asked.namespace_());
  if (!ns.ok()) return ns.status();
  auto attempt = AttemptOf(asked.attempt());
  if (!attempt.ok()) return attempt.status();
  v1::RunRequest request = asked;
  if (asked.cause_case() == v1::RunRequest::kRerun) {
    auto before = AsBefore(*ns, std::move(request));
    if (!before.ok()) return before.status();
    request = *std::move(before);
  }
  request.set_attempt(*std::move(attempt));
  if (absl::Status status = CheckName("pipeline", "Pipeline", request.pipeline()); !status.ok()) {
    return status;
  }
  const bool with_event = request.cause_case() == v1::RunRequest::kEvent;
  if (!with_event && request.cause_case() != v1::RunRequest::kAction) {
    return InvalidField("cause", "is required: an Event, or a finished Action");
  }
  absl::Status named = with_event ? CheckName("event", "Event", request.event())
                                  : CheckName("action", "Action", request.action());
  if (!named.ok()) return named;
  const auto pipeline = FindPipeline(*ns, request.pipeline());
  if (!pipeline.ok()) return pipeline.status();
  response.set_attempt(request.attempt());
  return with_event ? RunEvent(request, *ns, **pipeline, response)
                    : RunAfter(request, *ns, **pipeline, response);
}

absl::Status RunRequests::RunEvent(const v1::RunRequest& request, const std::string& ns,
                                   const Matcher& pipeline, v1::RunResponse& response) {
  const auto event = adapter_.GetEvent(ns, request.event());
  if (!event.ok()) return event.status();
  *response.mutable_run() =
      RunOf(MakeAction(*event, pipeline.pipeline(), request.attempt()), request.attempt());
  return bus_.Publish(RequestMessage(*event, RunOnly(request.pipeline(), request.attempt())))
      .status();
}

absl::Status RunRequests::RunAfter(const v1::RunRequest& request, const std::string& ns,
                                   const Matcher& pipeline, v1::RunResponse& response) {
  const auto upstream = adapter_.GetAction(ns, request.action());
  if (!upstream.ok()) return upstream.status();
  if (upstream->status().completion() == v1::COMPLETION_UNSPECIFIED) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "NOT_FINISHED",
                      absl::StrCat("the Action ", request.action(),
                                   " has not ended; what follows it can run when it has"),
                      "action");
  }
  const auto action = MakeChainedAction(*upstream, pipeline.pipeline(), request.attempt());
  if (!action.ok()) return action.status();
  *response.mutable_run() = RunOf(*action, request.attempt());
  return bus_.Publish(RequestMessage(*upstream, RunOnly(request.pipeline(), request.attempt())))
      .status();
}

absl::Status RunRequests::Replay(const v1::ReplayRequest& request, v1::ReplayResponse& response) {
  const auto ns = NamespaceOf(request.namespace_());
  if (!ns.ok()) return ns.status();
  const auto attempt = AttemptOf(request.attempt());
  if (!attempt.ok()) return attempt.status();
  absl::Status named = CheckName("event", "Event", request.event());
  if (named.ok() && !request.pipeline().empty()) {
    named = CheckName("pipeline", "Pipeline", request.pipeline());
  }
  if (!named.ok()) return named;
  const auto event = adapter_.GetEvent(*ns, request.event());
  if (!event.ok()) return event.status();

  Request replay{.kind = Request::Kind::kReplay, .attempt = *attempt, .pipelines = {}};
  Snapshot::Matchers matchers;
  if (request.pipeline().empty()) {
    const auto view = barrier_.Await(*ns);
    if (!view.ok()) return view.status();
    matchers = (*view)->snapshot().ForType(*ns, event->spec().type());
  } else {
    auto pipeline = FindPipeline(*ns, request.pipeline());
    if (!pipeline.ok()) return pipeline.status();
    const v1::Decision decision = (*pipeline)->Evaluate(*event);
    if (!decision.matched()) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_MATCH",
                        absl::StrCat("the Pipeline ", request.pipeline(),
                                     " does not match: ", DescribeRefusal(decision),
                                     "; Run runs it whatever its trigger says"));
    }
    matchers.push_back(*std::move(pipeline));
    replay.pipelines.push_back(request.pipeline());
  }
  response.set_attempt(*attempt);
  bool matched = false;
  for (const auto& matcher : matchers) {
    if (!matcher->Evaluate(*event).matched()) continue;
    matched = true;
    if (response.runs_size() == kMaxRuns) break;
    *response.add_runs() = RunOf(MakeAction(*event, matcher->pipeline(), *attempt), *attempt);
  }
  if (!matched) return absl::OkStatus();
  return bus_.Publish(RequestMessage(*event, replay)).status();
}

}  // namespace eventreactor::dispatcher
