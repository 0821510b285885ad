// Where resources live, as the adapters' shared code needs it: conditional
// updates, consistent versions, watches that resume. kube-adapter implements
// it over an API server, local-adapter over SQLite.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "eventreactor/v1/pipeline_service.pb.h"
#include "libs/domain/label_selector.h"

namespace eventreactor {

struct ListQuery {
  // Empty: all namespaces.
  std::string ns;
  LabelSelector selector;
  // At least 1.
  int page_size = 100;
  // A page ends before it grows beyond this many bytes, but has one object.
  size_t page_bytes = size_t{3} << 20;
  // From the previous page.
  std::string page_token;
  // Exact matches on what each kind has; empty: all.
  std::string event_type;   // Events
  std::string pipeline;     // Actions: spec.pipeline.name
  std::string event;        // Actions: spec.event.name
  bool unfinished = false;  // Actions: those without completion only
  // Actions: those without dispatch_time only, finished or not.
  bool undispatched = false;
  // What was so a moment ago will do: a store may answer from what it has at
  // hand, and leave page_size out of account.
  bool recent = false;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::string next_page_token;
  // The version of the store that the first page was read at.
  std::string resource_version;
};

struct WatchQuery {
  std::string ns;
  LabelSelector selector;
  // Empty: all names.
  std::string name;
  // Resume after it; empty: begin with what is there, then a bookmark.
  std::string resource_version;
  // It is enough to hear of each change: a store may leave out everything of
  // the object but its name, namespace, uid and version.
  bool names_only = false;
};

template <class T>
struct Change {
  v1::ChangeType type = v1::CHANGE_TYPE_UNSPECIFIED;
  // Unset in a bookmark.
  T object;
  std::string resource_version;
};

// The changes of one watch, in order of version. For one thread, but Cancel.
template <class T>
class ChangeStream {
 public:
  virtual ~ChangeStream() = default;
  // Waits up to `wait`; nothing after that. An error ends the stream:
  // OUT_OF_RANGE (VERSION_EXPIRED) if the reader fell too far behind.
  virtual absl::StatusOr<std::optional<Change<T>>> Next(absl::Duration wait) = 0;
};

template <class T>
class Store {
 public:
  virtual ~Store() = default;

  // Sets uid, resource_version, generation and creation_timestamp.
  // ALREADY_EXISTS (NAME_TAKEN).
  virtual absl::StatusOr<T> Create(const T& object) = 0;

  // NOT_FOUND (<KIND>_NOT_FOUND).
  virtual absl::StatusOr<T> Get(const std::string& ns, const std::string& name) = 0;

  // The same of many, by namespace and name: an answer for each, in their
  // order. A store whose reads take long has all under way at once.
  virtual std::vector<absl::StatusOr<T>> GetEach(
      const std::vector<std::pair<std::string, std::string>>& names) {
    std::vector<absl::StatusOr<T>> answers;
    answers.reserve(names.size());
    for (const auto& [ns, name] : names) answers.push_back(Get(ns, name));
    return answers;
  }

  virtual absl::StatusOr<Page<T>> List(const ListQuery& query) = 0;

  // Replaces everything but status, if metadata.resource_version is still the
  // stored one: ABORTED (CONFLICT) otherwise. The generation grows if the
  // spec differs. A write that changes nothing keeps the version.
  virtual absl::StatusOr<T> Update(const T& object) = 0;

  // The same for status alone.
  virtual absl::StatusOr<T> UpdateStatus(const T& object) = 0;

  // NOT_FOUND if it is not there; ABORTED (CONFLICT) if `uid` is given and
  // another's.
  virtual absl::Status Delete(const std::string& ns, const std::string& name,
                              const std::string& uid) = 0;

  // OUT_OF_RANGE (VERSION_EXPIRED) if the version is no longer known.
  virtual absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Watch(const WatchQuery& query) = 0;
};

// An Action to be created: on request, or unless its cause was dispatched.
struct NewAction {
  v1::Action action;
  bool on_request = false;
};

class ResourceStore {
 public:
  virtual ~ResourceStore() = default;
  virtual Store<v1::Event>& events() = 0;
  virtual Store<v1::Pipeline>& pipelines() = 0;
  virtual Store<v1::Action>& actions() = 0;

  enum class EventState { kAbsent, kRecorded, kDispatched };
  // Cheap: does not read the Event's body.
  virtual absl::StatusOr<EventState> StateOfEvent(const std::string& ns,
                                                  const std::string& name) = 0;

  // As actions().Create, but for an Action whose cause, its Event or its
  // upstream Action, has a dispatch_time: FAILED_PRECONDITION
  // (ALREADY_DISPATCHED). NOT_FOUND (ACTION_NOT_FOUND) if the upstream is gone.
  // A store that has transactions looks and creates in one; without, the cause
  // may be dispatched in between.
  virtual absl::StatusOr<v1::Action> CreateUnlessDispatched(const v1::Action& action) = 0;

  // Each as actions().Create if it is on request, otherwise as
  // CreateUnlessDispatched: an answer for each, in their order. A store whose
  // writes take long has all under way at once.
  virtual std::vector<absl::StatusOr<v1::Action>> CreateActions(
      const std::vector<NewAction>& wanted) {
    std::vector<absl::StatusOr<v1::Action>> answers;
    answers.reserve(wanted.size());
    for (const NewAction& each : wanted) {
      answers.push_back(each.on_request ? actions().Create(each.action)
                                        : CreateUnlessDispatched(each.action));
    }
    return answers;
  }

  // A consistent read that began after the call did.
  virtual absl::StatusOr<std::vector<v1::PipelineIdentity>> PipelineIdentities(
      const std::string& ns) = 0;
};

}  // namespace eventreactor
