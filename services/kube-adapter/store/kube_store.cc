#include "services/kube-adapter/store/kube_store.h"

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "libs/status/each_ok.h"
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

std::vector<absl::StatusOr<v1::Action>> LookAndCreateEach(ResourceStore& store,
                                                          KubeTable<v1::Action>& table,
                                                          const std::vector<NewAction>& wanted) {
  // By namespace, Event and upstream.
  std::map<std::tuple<std::string, std::string, std::string>, absl::StatusOr<bool>> dispatched;
  std::vector<absl::StatusOr<const v1::Action*>> allowed;
  allowed.reserve(wanted.size());
  for (const NewAction& each : wanted) {
    const v1::ActionSpec& spec = each.action.spec();
    if (each.on_request) {
      allowed.emplace_back(&each.action);
      continue;
    }
    const auto [cause, is_new] = dispatched.try_emplace(
        {each.action.metadata().namespace_(), spec.event().name(), spec.upstream().name()});
    if (is_new) cause->second = CauseDispatched(store, each.action);
    if (!cause->second.ok()) {
      allowed.emplace_back(cause->second.status());
    } else if (*cause->second) {
      allowed.emplace_back(AlreadyDispatched(spec));
    } else {
      allowed.emplace_back(&each.action);
    }
  }
  return EachOk(std::move(allowed), [&](const std::vector<const v1::Action*>& actions) {
    return table.CreateEach(actions);
  });
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
