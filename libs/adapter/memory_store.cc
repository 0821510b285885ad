#include "libs/adapter/memory_store.h"

#include <google/protobuf/util/message_differencer.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/adapter/dispatched_cause.h"
#include "libs/status/status.h"

namespace eventreactor {

struct MemoryStore::State {
  explicit State(std::function<absl::Time()> clock) : now(std::move(clock)) {}

  const std::function<absl::Time()> now;
  std::mutex mutex;
  std::condition_variable changed;
  int64_t version = 0;
  int64_t expired = 0;
  int64_t next_id = 1;
  int conflicts = 0;
  int action_reads = 0;
  absl::Status failure;
};

namespace {

using google::protobuf::util::MessageDifferencer;

template <class T>
constexpr const char* kKind = "EVENT";
template <>
constexpr const char* kKind<v1::Pipeline> = "PIPELINE";
template <>
constexpr const char* kKind<v1::Action> = "ACTION";

// What a query asks for beyond namespace and labels.
bool Wanted(const ListQuery& query, const v1::Event& event) {
  return query.event_type.empty() || query.event_type == event.spec().type();
}
bool Wanted(const ListQuery& /*query*/, const v1::Pipeline& /*pipeline*/) { return true; }
bool Wanted(const ListQuery& query, const v1::Action& action) {
  const v1::ActionStatus& status = action.status();
  return (query.pipeline.empty() || query.pipeline == action.spec().pipeline().name()) &&
         (query.event.empty() || query.event == action.spec().event().name()) &&
         (!query.unfinished || status.completion() == v1::COMPLETION_UNSPECIFIED) &&
         (!query.undispatched || !status.has_dispatch_time());
}

template <class T>
class MemoryTable : public Store<T> {
 public:
  using State = MemoryStore::State;
  using Key = std::pair<std::string, std::string>;

  explicit MemoryTable(std::shared_ptr<State> state) : state_(std::move(state)) {}

  absl::StatusOr<T> Create(const T& object) override {
    const std::lock_guard lock(state_->mutex);
    if (!state_->failure.ok()) return state_->failure;
    const Key key = KeyOf(object);
    if (rows_.contains(key)) {
      return MakeStatus(absl::StatusCode::kAlreadyExists, "NAME_TAKEN", key.second + " is there");
    }
    T created = object;
    v1::ObjectMeta& metadata = *created.mutable_metadata();
    metadata.set_uid(absl::StrCat("uid-", state_->next_id));
    metadata.set_generation(1);
    metadata.mutable_creation_timestamp()->set_seconds(absl::ToUnixSeconds(state_->now()));
    ids_[key] = state_->next_id++;
    return Log(v1::CHANGE_TYPE_ADDED, created);
  }

  absl::StatusOr<T> Get(const std::string& ns, const std::string& name) override {
    const std::lock_guard lock(state_->mutex);
    if (std::is_same_v<T, v1::Action>) ++state_->action_reads;
    return Find({ns, name});
  }

  absl::StatusOr<Page<T>> List(const ListQuery& query) override {
    const std::lock_guard lock(state_->mutex);
    if (!state_->failure.ok()) return state_->failure;
    std::map<int64_t, Key> by_id;
    for (const auto& [key, id] : ids_) by_id.emplace(id, key);
    Page<T> page;
    page.resource_version = absl::StrCat(query.page_token.empty() ? state_->version : listed_);
    if (query.page_token.empty()) listed_ = state_->version;
    int64_t after = 0;
    if (!query.page_token.empty() && !absl::SimpleAtoi(query.page_token, &after)) {
      return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN", "is none");
    }
    for (auto at = by_id.upper_bound(after); at != by_id.end(); ++at) {
      const T& object = rows_.at(at->second);
      if (!query.ns.empty() && object.metadata().namespace_() != query.ns) continue;
      if (!query.selector.Matches(object.metadata().labels()) || !Wanted(query, object)) continue;
      if (page.items.size() == static_cast<size_t>(query.page_size)) {
        page.next_page_token = absl::StrCat(last_);
        break;
      }
      last_ = at->first;
      page.items.push_back(object);
    }
    return page;
  }

  absl::StatusOr<T> Update(const T& object) override {
    return Replace(object, [](const T& stored, T& next) {
      next.clear_status();
      if (stored.has_status()) *next.mutable_status() = stored.status();
      v1::ObjectMeta& metadata = *next.mutable_metadata();
      metadata.set_uid(stored.metadata().uid());
      *metadata.mutable_creation_timestamp() = stored.metadata().creation_timestamp();
      const bool same = MessageDifferencer::Equals(stored.spec(), next.spec());
      metadata.set_generation(stored.metadata().generation() + (same ? 0 : 1));
    });
  }

  absl::StatusOr<T> UpdateStatus(const T& object) override {
    return Replace(object, [](const T& stored, T& next) {
      T merged = stored;
      merged.clear_status();
      if (next.has_status()) *merged.mutable_status() = next.status();
      next = merged;
    });
  }

  absl::Status Delete(const std::string& ns, const std::string& name,
                      const std::string& uid) override {
    const std::lock_guard lock(state_->mutex);
    absl::StatusOr<T> stored = Find({ns, name});
    if (!stored.ok()) return stored.status();
    if (!uid.empty() && stored->metadata().uid() != uid) return Conflict();
    Log(v1::CHANGE_TYPE_DELETED, *stored);
    rows_.erase({ns, name});
    ids_.erase({ns, name});
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Watch(const WatchQuery& query) override {
    const std::lock_guard lock(state_->mutex);
    if (!state_->failure.ok()) return state_->failure;
    auto stream = std::make_unique<Stream>(*this, query);
    if (!query.resource_version.empty()) {
      stream->version = std::stoll(query.resource_version);
      if (stream->version < state_->expired) return Expired();
      return stream;
    }
    for (const auto& [key, object] : rows_) {
      if (Selects(query, object)) stream->begin.push_back({v1::CHANGE_TYPE_ADDED, object, ""});
    }
    stream->version = state_->version;
    stream->begin.push_back({v1::CHANGE_TYPE_BOOKMARK, T(), absl::StrCat(state_->version)});
    return stream;
  }

  // With the lock held.
  const std::map<Key, T>& rows() const { return rows_; }

 private:
  struct Stream : public ChangeStream<T> {
    Stream(MemoryTable& of, WatchQuery asked) : table(of), query(std::move(asked)) {}

    absl::StatusOr<std::optional<Change<T>>> Next(absl::Duration wait) override {
      std::unique_lock lock(table.state_->mutex);
      if (next < begin.size()) return begin[next++];
      const auto news = [&] {
        return version < table.state_->expired ||
               table.log_.upper_bound(version) != table.log_.end();
      };
      const absl::Time deadline = absl::Now() + wait;
      const auto awaited = [&] {
        if (wait <= absl::ZeroDuration()) return news();
        return table.state_->changed.wait_until(lock, absl::ToChronoTime(deadline), news);
      };
      while (awaited()) {
        if (version < table.state_->expired) return Expired();
        const auto at = table.log_.upper_bound(version);
        version = at->first;
        if (Selects(query, at->second.object)) return at->second;
      }
      return std::nullopt;
    }

    MemoryTable& table;
    const WatchQuery query;
    std::vector<Change<T>> begin;
    size_t next = 0;
    int64_t version = 0;
  };

  static Key KeyOf(const T& object) {
    return {object.metadata().namespace_(), object.metadata().name()};
  }
  static bool Selects(const WatchQuery& query, const T& object) {
    return (query.ns.empty() || query.ns == object.metadata().namespace_()) &&
           (query.name.empty() || query.name == object.metadata().name()) &&
           query.selector.Matches(object.metadata().labels());
  }
  static absl::Status Conflict() {
    return MakeStatus(absl::StatusCode::kAborted, "CONFLICT", "it was changed meanwhile");
  }
  static absl::Status Expired() {
    return MakeStatus(absl::StatusCode::kOutOfRange, "VERSION_EXPIRED", "too long ago");
  }

  // These with the lock held.
  absl::StatusOr<T> Find(const Key& key) const {
    if (!state_->failure.ok()) return state_->failure;
    const auto at = rows_.find(key);
    if (at != rows_.end()) return at->second;
    return MakeStatus(absl::StatusCode::kNotFound, absl::StrCat(kKind<T>, "_NOT_FOUND"),
                      absl::StrCat("there is no ", key.second));
  }
  T Log(v1::ChangeType type, T object) {
    const std::string version = absl::StrCat(++state_->version);
    object.mutable_metadata()->set_resource_version(version);
    rows_[KeyOf(object)] = object;
    log_[state_->version] = {type, object, version};
    state_->changed.notify_all();
    return object;
  }
  template <class Merge>
  absl::StatusOr<T> Replace(const T& object, const Merge& merge) {
    const std::lock_guard lock(state_->mutex);
    absl::StatusOr<T> stored = Find(KeyOf(object));
    if (!stored.ok()) return stored;
    if (state_->conflicts > 0) {
      --state_->conflicts;
      return Conflict();
    }
    if (stored->metadata().resource_version() != object.metadata().resource_version()) {
      return Conflict();
    }
    T next = object;
    merge(*stored, next);
    if (MessageDifferencer::Equals(next, *stored)) return stored;
    return Log(v1::CHANGE_TYPE_MODIFIED, next);
  }

  const std::shared_ptr<State> state_;
  std::map<Key, T> rows_;
  std::map<Key, int64_t> ids_;
  std::map<int64_t, Change<T>> log_;
  int64_t last_ = 0;
  // The version of the first page of the last list.
  int64_t listed_ = 0;
};

}  // namespace

struct MemoryStore::Stores {
  explicit Stores(const std::shared_ptr<State>& state)
      : events(state), pipelines(state), actions(state) {}
  MemoryTable<v1::Event> events;
  MemoryTable<v1::Pipeline> pipelines;
  MemoryTable<v1::Action> actions;
};

MemoryStore::MemoryStore(std::function<absl::Time()> now)
    : state_(std::make_shared<State>(std::move(now))), stores_(std::make_unique<Stores>(state_)) {}
MemoryStore::~MemoryStore() = default;

Store<v1::Event>& MemoryStore::events() { return stores_->events; }
Store<v1::Pipeline>& MemoryStore::pipelines() { return stores_->pipelines; }
Store<v1::Action>& MemoryStore::actions() { return stores_->actions; }

absl::StatusOr<ResourceStore::EventState> MemoryStore::StateOfEvent(const std::string& ns,
                                                                    const std::string& name) {
  const absl::StatusOr<v1::Event> event = events().Get(ns, name);
  if (absl::IsNotFound(event.status())) return EventState::kAbsent;
  if (!event.ok()) return event.status();
  return event->status().has_dispatch_time() ? EventState::kDispatched : EventState::kRecorded;
}

absl::StatusOr<v1::Action> MemoryStore::CreateUnlessDispatched(const v1::Action& action) {
  return LookAndCreate(*this, action);
}

absl::StatusOr<std::vector<v1::PipelineIdentity>> MemoryStore::PipelineIdentities(
    const std::string& ns) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->failure.ok()) return state_->failure;
  std::vector<v1::PipelineIdentity> identities;
  for (const auto& [key, pipeline] : stores_->pipelines.rows()) {
    if (key.first != ns) continue;
    v1::PipelineIdentity& identity = identities.emplace_back();
    identity.set_name(key.second);
    identity.set_uid(pipeline.metadata().uid());
    identity.set_generation(pipeline.metadata().generation());
  }
  return identities;
}

void MemoryStore::Fail(const absl::Status& status) {
  const std::lock_guard lock(state_->mutex);
  state_->failure = status;
}

void MemoryStore::ConflictNext(int count) {
  const std::lock_guard lock(state_->mutex);
  state_->conflicts = count;
}

void MemoryStore::ExpireVersions() {
  const std::lock_guard lock(state_->mutex);
  state_->expired = ++state_->version;
  state_->changed.notify_all();
}

int MemoryStore::action_reads() const {
  const std::lock_guard lock(state_->mutex);
  return state_->action_reads;
}

}  // namespace eventreactor
