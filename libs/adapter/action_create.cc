#include "libs/adapter/action_create.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/adapter/action_message.h"
#include "libs/adapter/being_deleted.h"
#include "libs/adapter/dispatched_cause.h"
#include "libs/adapter/request_check.h"
#include "libs/bus/bus_errors.h"
#include "libs/domain/naming.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// With its status it is a message of gRPC, which may have 4 MiB.
constexpr size_t kMaxActionBytes = size_t{3} << 20;

absl::Status CheckReference(const std::string& name, const std::string& field) {
  if (IsDnsSubdomain(name)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("\"", name.substr(0, 64), "\" is no DNS subdomain"));
}

bool SameCause(const v1::ActionSpec& a, const v1::ActionSpec& b) {
  return a.event().name() == b.event().name() && a.upstream().name() == b.upstream().name() &&
         a.pipeline().name() == b.pipeline().name();
}

absl::StatusOr<CreatedAction> Existing(const v1::Action& stored, const v1::Action& wanted) {
  if (SameCause(stored.spec(), wanted.spec())) {
    absl::Status status = CheckNotBeingDeleted("Action", stored.metadata());
    if (!status.ok()) return status;
    return CreatedAction{.action = stored};
  }
  return MakeStatus(absl::StatusCode::kAlreadyExists, "NAME_TAKEN",
                    absl::StrCat("the Action ", stored.metadata().name(), " is there because of ",
                                 CauseInWords(stored.spec())),
                    "metadata.name");
}

// It has to fit on the bus when it has ended, with what its status says then.
absl::Status CheckSize(const v1::Action& action) {
  constexpr size_t kStatusRoom = size_t{256} << 10;
  constexpr size_t kMostOnBus = bus::kMaxMessageBytes - kStatusRoom;
  // A byte takes at most six in JSON.
  constexpr size_t kMostGrowth = 6;
  const size_t bytes = action.ByteSizeLong();
  const bool surely = bytes * kMostGrowth <= kMostOnBus;
  const size_t on_bus = surely ? 0 : bus::WireBytes(ActionMessage(action));
  if (bytes <= kMaxActionBytes && on_bus <= kMostOnBus) return absl::OkStatus();
  // Metadata is bounded already.
  return InvalidField(
      "spec",
      bytes > kMaxActionBytes
          ? absl::StrCat("an Action may have ", kMaxActionBytes, " bytes, this one has ", bytes)
          : absl::StrCat("without its steps and volumes an Action may have ", kMostOnBus,
                         " bytes in JSON, as the bus takes no more when it has ended; this one "
                         "has ",
                         on_bus),
      "ACTION_TOO_LARGE");
}

// What became of one that was refused, by what is `stored` under its name.
absl::StatusOr<CreatedAction> NotCreated(const v1::Action& wanted, const absl::Status& refusal,
                                         const absl::StatusOr<v1::Action>& stored) {
  if (stored.ok()) return Existing(*stored, wanted);
  if (!absl::IsNotFound(stored.status())) return stored.status();
  if (Reason(refusal) != "NAME_TAKEN") return refusal;
  return BeingDeleted("Action", wanted.metadata().name());
}

}  // namespace

absl::Status CheckAction(v1::Action& action) {
  absl::Status status = AdmitMetadata(*action.mutable_metadata());
  const v1::ActionSpec& spec = action.spec();
  if (status.ok()) status = CheckReference(spec.event().name(), "spec.event.name");
  if (status.ok()) status = CheckReference(spec.pipeline().name(), "spec.pipeline.name");
  if (status.ok() && spec.has_upstream()) {
    status = CheckReference(spec.upstream().name(), "spec.upstream.name");
  }
  if (status.ok()) status = CheckReference(spec.transaction().id(), "spec.transaction.id");
  if (status.ok() && !spec.status().empty() && spec.status() != kBuildCancelled) {
    status = InvalidField("spec.status", absl::StrCat("must be empty or ", kBuildCancelled));
  }
  if (status.ok()) status = ActionTimeout(spec.build()).status();
  if (!status.ok()) return status;
  *action.mutable_status() = InitialStatus(absl::Now());
  return CheckSize(action);
}

std::vector<absl::StatusOr<CreatedAction>> CreateOnce(ResourceStore& store,
                                                      const std::vector<NewAction>& wanted) {
  std::vector<absl::StatusOr<v1::Action>> answers = store.CreateActions(wanted);
  // They may be there from before; what is there is no news.
  std::vector<size_t> refused;
  std::vector<std::pair<std::string, std::string>> names;
  std::vector<absl::StatusOr<CreatedAction>> created;
  created.reserve(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (answers[i].ok()) {
      created.emplace_back(CreatedAction{.action = *std::move(answers[i]), .created = true});
      continue;
    }
    created.emplace_back(answers[i].status());
    if (IsTransient(answers[i].status())) continue;
    refused.push_back(i);
    const v1::ObjectMeta& metadata = wanted[i].action.metadata();
    names.emplace_back(metadata.namespace_(), metadata.name());
  }
  const std::vector<absl::StatusOr<v1::Action>> stored = store.actions().GetEach(names);
  for (size_t i = 0; i < refused.size(); ++i) {
    absl::StatusOr<CreatedAction>& answer = created[refused[i]];
    answer = NotCreated(wanted[refused[i]].action, answer.status(), stored[i]);
  }
  return created;
}

}  // namespace eventreactor
