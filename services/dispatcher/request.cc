#include "services/dispatcher/request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/bus/subjects.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor::dispatcher {
namespace {

std::string KindWord(Request::Kind kind) {
  switch (kind) {
    case Request::Kind::kRun:
      return "run";
    case Request::Kind::kReplay:
      return "replay";
    case Request::Kind::kLetter:
      break;
  }
  return "letter";
}

class RequestedCause : public Cause {
 public:
  RequestedCause(std::unique_ptr<Cause> cause, Request request)
      : cause_(std::move(cause)), request_(std::move(request)) {}

  const std::string& ns() const override { return cause_->ns(); }

  std::string Describe() const override {
    return absl::StrCat(KindWord(request_.kind), " ", request_.attempt, " of ", cause_->Describe());
  }

  bool on_request() const override { return true; }

  const Snapshot::Matchers& Candidates(const Snapshot& snapshot,
                                       Snapshot::Matchers& room) const override {
    if (request_.pipelines.empty()) return cause_->Candidates(snapshot, room);
    room.clear();
    room.reserve(request_.pipelines.size());
    for (const std::string& name : request_.pipelines) {
      if (auto matcher = snapshot.Find(ns(), name)) room.push_back(std::move(matcher));
    }
    return room;
  }

  v1::Decision Evaluate(const Matcher& matcher) const override {
    if (request_.kind != Request::Kind::kRun) return cause_->Evaluate(matcher);
    v1::Decision decision;
    decision.set_pipeline(matcher.pipeline().metadata().name());
    decision.set_generation(matcher.pipeline().metadata().generation());
    decision.set_matched(true);
    return decision;
  }

  absl::StatusOr<v1::Action> Make(const v1::Pipeline& pipeline,
                                  const std::string& /*attempt*/) const override {
    return cause_->Make(pipeline, request_.attempt);
  }

  // What was decided of the cause before stays as it is; a letter's may never
  // have been decided.
  absl::Status Conclude(AdapterClient& adapter, std::vector<v1::Decision> decisions,
                        absl::Time now) const override {
    if (request_.kind == Request::Kind::kLetter && request_.pipelines.empty()) {
      return cause_->Conclude(adapter, std::move(decisions), now);
    }
    if (request_.kind != Request::Kind::kRun || !decisions.empty()) return absl::OkStatus();
    return MakeStatus(absl::StatusCode::kNotFound, "PIPELINE_NOT_FOUND",
                      absl::StrCat("the Pipeline ", absl::StrJoin(request_.pipelines, ", "),
                                   " was to run on request, and is gone or cannot be used"));
  }

 private:
  const std::unique_ptr<Cause> cause_;
  const Request request_;
};

void AddRequest(const Request& request, const std::string& cause, bus::Message& message) {
  const std::string pipelines = absl::StrJoin(request.pipelines, ",");
  message.headers.emplace_back(kRequestHeader, KindWord(request.kind));
  message.headers.emplace_back(kAttemptHeader, request.attempt);
  if (!pipelines.empty()) message.headers.emplace_back(kPipelinesHeader, pipelines);
  message.id =
      absl::StrCat(KindWord(request.kind), ".", cause, ".", pipelines, ".", request.attempt);
}

}  // namespace

absl::StatusOr<Request> ReadRequest(const bus::Message& message) {
  Request request;
  const std::string& word = message.Header(kRequestHeader);
  bool known = false;
  for (const auto kind : {Request::Kind::kRun, Request::Kind::kReplay, Request::Kind::kLetter}) {
    if (word != KindWord(kind)) continue;
    request.kind = kind;
    known = true;
  }
  if (!known) return InvalidField(kRequestHeader, "\"" + word + "\" is no kind of request");
  request.attempt = message.Header(kAttemptHeader);
  const bool needs_attempt = request.kind != Request::Kind::kLetter;
  if (needs_attempt ? !IsAttempt(request.attempt) : !request.attempt.empty()) {
    return InvalidField(kAttemptHeader, "\"" + request.attempt + "\" is no attempt of a " + word);
  }
  if (const std::string& names = message.Header(kPipelinesHeader); !names.empty()) {
    request.pipelines = absl::StrSplit(names, ',');
  }
  for (const std::string& name : request.pipelines) {
    if (!IsDnsSubdomain(name)) {
      return InvalidField(kPipelinesHeader, "\"" + name + "\" is no DNS subdomain");
    }
  }
  if (request.kind == Request::Kind::kRun && request.pipelines.size() != 1) {
    return InvalidField(kPipelinesHeader, "a run has one Pipeline");
  }
  return request;
}

absl::StatusOr<std::unique_ptr<Cause>> AsRequested(const bus::Message& message,
                                                   std::unique_ptr<Cause> cause) {
  if (message.Header(kRequestHeader).empty()) return cause;
  auto request = ReadRequest(message);
  if (!request.ok()) return request.status();
  return std::make_unique<RequestedCause>(std::move(cause), *std::move(request));
}

bus::Message RequestMessage(const v1::Event& event, const Request& request) {
  const cloudevents::CloudEvent sent = CloudEventFromEvent(event);
  const v1::ObjectMeta& metadata = event.metadata();
  bus::Message message;
  message.subject = bus::EventSubject(metadata.namespace_(), event.spec().type());
  message.headers = cloudevents::ToNatsHeaders(sent);
  message.headers.emplace_back("er-namespace", metadata.namespace_());
  // One that was made by hand has a name of its own.
  message.headers.emplace_back("er-event-name", metadata.name());
  message.payload = sent.data.value_or("");
  AddRequest(request, metadata.name(), message);
  return message;
}

bus::Message RequestMessage(const v1::Action& finished, const Request& request) {
  const cloudevents::CloudEvent sent = CloudEventFromAction(finished);
  const v1::ObjectMeta& metadata = finished.metadata();
  bus::Message message;
  message.subject = bus::ActionSubject(metadata.namespace_(), finished.spec().pipeline().name(),
                                       CompletionName(finished.status().completion()));
  message.headers = cloudevents::ToNatsHeaders(sent);
  message.headers.emplace_back("er-namespace", metadata.namespace_());
  message.payload = sent.data.value_or("");
  AddRequest(request, metadata.name(), message);
  return message;
}

}  // namespace eventreactor::dispatcher
