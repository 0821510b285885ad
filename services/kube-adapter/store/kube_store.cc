#include "services/kube-adapter/store/kube_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {

using nlohmann::json;

KubeStore::KubeStore(Client& client, const KubeStoreOptions& options)
    : api_(client),
      marks_(client, options.ns),
      events_(client, options, marks_),
      pipelines_(client, options.ns, options.refused),
      actions_(client, options.ns, options.refused) {}

absl::StatusOr<std::unique_ptr<ChangeStream<v1::Event>>> KubeStore::EventTable::Watch(
    const WatchQuery& query) {
  if (query.names_only && query.selector.empty()) return marks_.Watch(query);
  return KubeTable::Watch(query);
}

absl::StatusOr<ResourceStore::EventState> KubeStore::StateOfEvent(const std::string& ns,
                                                                  const std::string& name) {
  if (marks_.Reliable()) {
    const CachedPtr<EventMark> mark = marks_.Find({ns, name});
    if (mark == nullptr) return EventState::kAbsent;
    if (mark->value.dispatched) return EventState::kDispatched;
  }
  // Made by hand, perhaps with a dispatch time; or the marks may be stale.
  const absl::StatusOr<v1::Event> event = events_.Get(ns, name);
  if (Reason(event.status()) == EventKind().not_found) return EventState::kAbsent;
  if (!event.ok()) return event.status();
  return event->status().has_dispatch_time() ? EventState::kDispatched : EventState::kRecorded;
}

std::vector<absl::StatusOr<v1::Action>> KubeStore::CreateActions(
    const std::vector<NewAction>& wanted) {
  std::vector<absl::StatusOr<v1::Action>> answers(wanted.size());
  std::vector<const v1::Action*> objects;
  std::vector<size_t> places;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const NewAction& each = wanted[i];
    absl::Status status =
        each.on_request ? absl::OkStatus() : CheckUndispatched(*this, each.action);
    if (!status.ok()) {
      answers[i] = std::move(status);
      continue;
    }
    objects.push_back(&each.action);
    places.push_back(i);
  }
  std::vector<absl::StatusOr<v1::Action>> created = actions_.CreateEach(objects);
  for (size_t i = 0; i < created.size(); ++i) answers[places[i]] = std::move(created[i]);
  return answers;
}

absl::StatusOr<std::vector<v1::PipelineIdentity>> KubeStore::PipelineIdentities(
    const std::string& ns) {
  std::vector<v1::PipelineIdentity> identities;
  ListOptions options;
  // At once and without a version: the server answers from its cache, once
  // that is as new as what etcd had when the request came.
  options.limit = 0;
  options.metadata_only = true;
  const absl::StatusOr<ListMeta> meta =
      api_.List(PipelineKind().resource, ns, options, [&](json&& object) {
        const json& metadata = ObjectAt(object, "metadata");
        v1::PipelineIdentity& identity = identities.emplace_back();
        identity.set_name(StringAt(metadata, "name"));
        identity.set_uid(StringAt(metadata, "uid"));
        identity.set_generation(IntAt(metadata, "generation"));
        return absl::OkStatus();
      });
  if (!meta.ok()) return ToStoreError(meta.status(), PipelineKind(), {ns, ""});
  return identities;
}

}  // namespace eventreactor::kube
