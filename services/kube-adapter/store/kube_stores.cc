#include "services/kube-adapter/store/kube_stores.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/each_ok.h"
#include "libs/status/status.h"

namespace eventreactor::kube {

std::string LesserVersion(const std::string& a, const std::string& b) {
  return ParseVersion(a).value_or(0) <= ParseVersion(b).value_or(0) ? a : b;
}

std::string ToString(const JoinedToken& token) {
  return absl::StrCat(token.ns, ".", token.version, ".", token.token);
}

std::optional<JoinedToken> ParseJoinedToken(const std::string& text) {
  const size_t first = text.find('.');
  if (first == std::string::npos) return std::nullopt;
  const size_t second = text.find('.', first + 1);
  if (second == std::string::npos) return std::nullopt;
  JoinedToken token{.ns = text.substr(0, first),
                    .version = text.substr(first + 1, second - first - 1),
                    .token = text.substr(second + 1)};
  if (!ParseVersion(token.version)) return std::nullopt;
  return token;
}

absl::Status NotServed(const std::string& ns) {
  return MakeStatus(absl::StatusCode::kNotFound, "NAMESPACE_NOT_FOUND",
                    absl::StrCat("the namespace ", ns,
                                 " is not among those that kube-adapter serves (--namespaces)"),
                    "metadata.namespace");
}

class KubeStores::Joined : public ResourceStore {
 public:
  explicit Joined(std::map<std::string, KubeStore*> members)
      : members_(std::move(members)),
        events_(Tables(&KubeStore::events)),
        pipelines_(Tables(&KubeStore::pipelines)),
        actions_(Tables(&KubeStore::actions)) {}

  Store<v1::Event>& events() override { return events_; }
  Store<v1::Pipeline>& pipelines() override { return pipelines_; }
  Store<v1::Action>& actions() override { return actions_; }

  absl::StatusOr<EventState> StateOfEvent(const std::string& ns, const std::string& name) override {
    const auto found = members_.find(ns);
    return found == members_.end() ? EventState::kAbsent : found->second->StateOfEvent(ns, name);
  }

  absl::StatusOr<v1::Action> CreateUnlessDispatched(const v1::Action& action) override {
    return LookAndCreate(*this, action);
  }

  std::vector<absl::StatusOr<v1::Action>> CreateActions(
      const std::vector<NewAction>& wanted) override {
    std::vector<absl::StatusOr<NewAction>> served;
    served.reserve(wanted.size());
    for (const NewAction& each : wanted) {
      const std::string& ns = each.action.metadata().namespace_();
      if (members_.contains(ns)) {
        served.emplace_back(each);
      } else {
        served.emplace_back(NotServed(ns));
      }
    }
    // An Action's own namespace says where it goes, whichever table sends it.
    return EachOk(std::move(served), [this](const std::vector<NewAction>& here) {
      return LookAndCreateEach(*this, members_.begin()->second->action_table(), here);
    });
  }

  absl::StatusOr<std::vector<v1::PipelineIdentity>> PipelineIdentities(
      const std::string& ns) override {
    std::vector<v1::PipelineIdentity> all;
    for (const auto& [served, store] : members_) {
      if (!ns.empty() && ns != served) continue;
      absl::StatusOr<std::vector<v1::PipelineIdentity>> found = store->PipelineIdentities(served);
      if (!found.ok()) return found.status();
      std::move(found->begin(), found->end(), std::back_inserter(all));
    }
    return all;
  }

 private:
  template <class T>
  std::map<std::string, Store<T>*> Tables(Store<T>& (KubeStore::*table)()) const {
    std::map<std::string, Store<T>*> tables;
    for (const auto& [ns, store] : members_) tables[ns] = &(store->*table)();
    return tables;
  }

  const std::map<std::string, KubeStore*> members_;
  JoinedTable<v1::Event> events_;
  JoinedTable<v1::Pipeline> pipelines_;
  JoinedTable<v1::Action> actions_;
};

KubeStores::KubeStores(Client& client, const std::vector<std::string>& namespaces,
                       const OnRefused& refused) {
  if (namespaces.empty()) {
    each_.push_back(std::make_unique<KubeStore>(client, KubeStoreOptions{.refused = refused}));
    return;
  }
  std::map<std::string, KubeStore*> members;
  for (const std::string& ns : namespaces) {
    if (members.contains(ns)) continue;
    each_.push_back(
        std::make_unique<KubeStore>(client, KubeStoreOptions{.ns = ns, .refused = refused}));
    members[ns] = each_.back().get();
  }
  joined_ = std::make_unique<Joined>(std::move(members));
}

KubeStores::~KubeStores() = default;

void KubeStores::Start() {
  for (const auto& store : each_) store->Start();
}

void KubeStores::Stop() {
  for (const auto& store : each_) store->Stop();
}

absl::Status KubeStores::Check() {
  for (const auto& store : each_) {
    ListQuery query;
    query.page_size = 1;
    if (absl::Status status = store->pipelines().List(query).status(); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

ResourceStore& KubeStores::joined() {
  if (joined_ != nullptr) return *joined_;
  return *each_.front();
}

}  // namespace eventreactor::kube
