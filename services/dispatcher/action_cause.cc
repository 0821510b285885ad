// Causes that are finished Actions.
#include <algorithm>
#include <utility>

#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"
#include "libs/status/status.h"
#include "services/dispatcher/cause.h"
#include "services/dispatcher/dispatch.h"
#include "services/dispatcher/request.h"

namespace eventreactor::dispatcher {
namespace {

class ActionCause : public Cause {
 public:
  explicit ActionCause(v1::Action action) : action_(std::move(action)) {}

  const std::string& ns() const override { return action_.metadata().namespace_(); }

  std::string Describe() const override {
    return "action " + ns() + "/" + action_.metadata().name();
  }

  const Snapshot::Matchers& Candidates(const Snapshot& snapshot,
                                       Snapshot::Matchers& /*room*/) const override {
    return snapshot.ForPipelines(ns());
  }

  v1::Decision Evaluate(const Matcher& matcher) const override { return matcher.Evaluate(action_); }

  absl::StatusOr<v1::Action> Make(const v1::Pipeline& pipeline,
                                  const std::string& attempt) const override {
    return MakeChainedAction(action_, pipeline, attempt);
  }

  absl::Status Conclude(AdapterClient& adapter, std::vector<v1::Decision> decisions,
                        absl::Time) const override {
    const bool last = action_.spec().upstream().via_size() >= kMaxVia;
    const bool matched = std::any_of(decisions.begin(), decisions.end(),
                                     [](const v1::Decision& each) { return each.matched(); });
    const absl::Status status = adapter.MarkDispatched(ns(), action_.metadata().name(),
                                                       action_.metadata().uid(), last && matched);
    // Deleted in the meantime: there is nothing left to mark.
    return absl::IsNotFound(status) ? absl::OkStatus() : status;
  }

 private:
  const v1::Action action_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Cause>> ReadFinishedAction(const bus::Message& message) {
  auto event = cloudevents::FromNats(message.headers, message.payload);
  if (!event.ok()) return event.status();
  auto action = ActionFromCloudEvent(*event);
  if (!action.ok()) return action.status();
  return AsRequested(message, std::make_unique<ActionCause>(*std::move(action)));
}

absl::Status BuryFinishedAction(AdapterClient& adapter, const bus::Message& message,
                                const std::string& why) {
  // What the Action itself triggers is another message's.
  if (!message.Header(kRequestHeader).empty()) return absl::OkStatus();
  // From the headers, as the body may be what cannot be read.
  const std::string ns = message.Header("er-namespace");
  const std::string source = message.Header("ce-source");
  const std::string before = "/namespaces/" + ns + "/actions/";
  if (ns.empty() || !source.starts_with(before)) return absl::OkStatus();
  const absl::Status status =
      adapter.MarkRefused(ns, source.substr(before.size()), message.Header("ce-id"), why);
  // What is refused for good, as of an Action that is gone, is not asked again.
  return IsRefusal(status) ? absl::OkStatus() : status;
}

}  // namespace eventreactor::dispatcher
