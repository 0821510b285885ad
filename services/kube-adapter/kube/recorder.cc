#include "services/kube-adapter/kube/recorder.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <initializer_list>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "libs/text/utf8.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// The API's own bounds.
constexpr size_t kMaxReason = 128;
constexpr size_t kMaxNote = 1024;
// Of the object's name within that of its Event.
constexpr size_t kMaxNamePart = 200;

std::string Stamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// What is told of one object, and how often.
struct Entry {
  std::string key{};
  // Of those that differ from it in nothing but the message.
  std::string similar{};
  ObjectReference object{};
  EventType type = EventType::kNormal;
  std::string reason{};
  std::string message{};
  absl::Time first{};
  absl::Time last{};
  int64_t count = 0;
  // What the server knows; 0: there is no Event yet.
  int64_t told = 0;
  std::string event_name{};
  // Queued or being sent.
  bool busy = false;
};

// How many there are that differ in nothing but the message.
struct Similar {
  size_t remembered = 0;
  // Told one after the other.
  size_t told = 0;
  absl::Time last{};
};

// What stands before the last of many messages, as Kubernetes' own recorders
// have it.
constexpr absl::string_view kCombined = "(combined from similar events): ";

std::string KeyOf(std::initializer_list<absl::string_view> parts) {
  std::string key;
  for (const absl::string_view part : parts) absl::StrAppend(&key, part.size(), ":", part);
  return key;
}

}  // namespace

class EventRecorder::Impl : public std::enable_shared_from_this<EventRecorder::Impl> {
 public:
  Impl(Client& client, RecorderOptions options, Clock& clock)
      : client_(client), options_(std::move(options)), clock_(clock) {}

  void Record(const ObjectReference& object, EventType type, const std::string& reason,
              const std::string& message) {
    const std::string cut_reason = reason.substr(0, kMaxReason);
    const std::string cut_message = ValidUtf8(message, kMaxNote);
    const std::string similar =
        KeyOf({object.api_version, object.kind, object.ns, object.name, object.uid,
               object.field_path, cut_reason, type == EventType::kNormal ? "N" : "W"});
    const absl::Time now = clock_.Now();
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    std::string key = KeyOf({similar, cut_message});
    EntryPtr held = Find(key, now);
    const bool combined = held == entries_.end() && IsOneOfMany(similar, now);
    if (combined) {
      key = similar;
      held = Find(key, now);
    }
    if (held == entries_.end() && !MakeRoom(type)) {
      ++metrics_.dropped;
      return;
    }
    if (held == entries_.end()) {
      entries_.push_front({key, similar, object, type, cut_reason, "", now, now});
      by_key_[key] = entries_.begin();
      ++similar_[similar].remembered;
    } else {
      entries_.splice(entries_.begin(), entries_, held);
    }
    Entry& entry = entries_.front();
    entry.message =
        combined ? ValidUtf8(absl::StrCat(kCombined, cut_message), kMaxNote) : cut_message;
    Similar& many = similar_[similar];
    if (entry.count == 0 && !combined) ++many.told;
    many.last = now;
    ++entry.count;
    entry.last = now;
    if (!entry.busy) Enqueue(entry);
    Pump();
  }

  void Resume() {
    const std::lock_guard lock(mutex_);
    Pump();
  }

  bool Flush(absl::Duration wait) {
    std::unique_lock lock(mutex_);
    return idle_.wait_for(lock, ToWait(wait), [this] { return queue_.empty() && sending_ == 0; });
  }

  RecorderMetrics metrics() const {
    const std::lock_guard lock(mutex_);
    return metrics_;
  }

  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    metrics_.dropped += queue_.size();
    queue_.clear();
  }

 private:
  using EntryPtr = std::list<Entry>::iterator;

  EntryPtr Find(const std::string& key, absl::Time now) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return entries_.end();
    const EntryPtr entry = found->second;
    if (entry->busy || now - entry->last < options_.aggregate_for) return entry;
    Forget(entry);
    return entries_.end();
  }

  bool IsOneOfMany(const std::string& similar, absl::Time now) {
    const auto found = similar_.find(similar);
    if (found == similar_.end()) return false;
    if (now - found->second.last >= options_.aggregate_for) found->second.told = 0;
    return found->second.told >= options_.max_similar;
  }

  void Forget(EntryPtr entry) {
    const auto similar = similar_.find(entry->similar);
    if (--similar->second.remembered == 0) similar_.erase(similar);
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }

  // False if too many wait, or all that is remembered is on its way.
  bool MakeRoom(EventType type) {
    if (queue_.size() >= options_.max_queued && (type == EventType::kNormal || !DropNormal())) {
      return false;
    }
    if (entries_.size() < options_.max_remembered) return true;
    for (auto entry = entries_.end(); entry != entries_.begin();) {
      --entry;
      if (entry->busy) continue;
      Forget(entry);
      return true;
    }
    return false;
  }

  // The oldest that waits and is no warning; false if there is none.
  bool DropNormal() {
    const auto oldest = std::find_if(queue_.begin(), queue_.end(), [this](const std::string& key) {
      return by_key_.at(key)->type == EventType::kNormal;
    });
    if (oldest == queue_.end()) return false;
    Forget(by_key_.at(*oldest));
    queue_.erase(oldest);
    ++metrics_.dropped;
    return true;
  }

  void Enqueue(Entry& entry) {
    entry.busy = true;
    queue_.push_back(entry.key);
  }

  bool HasTurn() {
    if (!options_.busy()) return sending_ < options_.max_in_flight;
    return sending_ == 0 && clock_.Steady() - last_sent_ >= options_.pause;
  }

  // With the lock held. Client::Send never calls back from within.
  void Pump() {
    while (!closed_ && !queue_.empty() && HasTurn()) {
      const std::string key = std::move(queue_.front());
      queue_.pop_front();
      Entry& entry = *by_key_.at(key);
      const int64_t count = entry.count;
      ++sending_;
      last_sent_ = clock_.Steady();
      client_.Send(entry.told == 0 ? Creation(entry) : Raise(entry),
                   [self = shared_from_this(), key, count](const absl::StatusOr<Response>& answer) {
                     self->Answered(key, count, answer.status());
                   });
    }
  }

  void Answered(const std::string& key, int64_t count, const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    --sending_;
    Entry& entry = *by_key_.at(key);
    entry.busy = false;
    const bool expired = entry.told != 0 && absl::IsNotFound(status);
    if (status.ok()) {
      entry.told = count;
      ++metrics_.recorded;
    } else if (expired) {
      // The server keeps Events for an hour; this one begins anew.
      entry.told = 0;
      entry.first = entry.last;
    } else {
      ++metrics_.failed;
    }
    const bool more = expired || (status.ok() && entry.count > entry.told);
    if (more && !closed_) Enqueue(entry);
    Pump();
    idle_.notify_all();
  }

  Request Creation(Entry& entry) {
    const ObjectReference& object = entry.object;
    const std::string ns = object.ns.empty() ? "default" : object.ns;
    entry.event_name =
        absl::StrCat(object.name.substr(0, kMaxNamePart), ".",
                     absl::StrFormat("%x%04x", absl::ToUnixNanos(clock_.Now()), ++names_ & 0xffff));
    json event = {{"apiVersion", "v1"},
                  {"kind", "Event"},
                  {"metadata", {{"name", entry.event_name}, {"namespace", ns}}},
                  {"involvedObject",
                   {{"apiVersion", object.api_version},
                    {"kind", object.kind},
                    {"name", object.name},
                    {"uid", object.uid}}},
                  {"type", entry.type == EventType::kNormal ? "Normal" : "Warning"},
                  {"reason", entry.reason},
                  {"message", entry.message},
                  {"source", {{"component", options_.component}}},
                  {"reportingComponent", options_.component},
                  {"reportingInstance", options_.instance},
                  {"firstTimestamp", Stamp(entry.first)},
                  {"lastTimestamp", Stamp(entry.last)},
                  {"count", entry.count}};
    json& about = event["involvedObject"];
    if (!object.ns.empty()) about["namespace"] = object.ns;
    if (!object.resource_version.empty()) about["resourceVersion"] = object.resource_version;
    if (!object.field_path.empty()) about["fieldPath"] = object.field_path;
    return CreateRequest(Events(), {ns, ""}, Dump(event));
  }

  static Request Raise(const Entry& entry) {
    const json patch = {
        {"count", entry.count}, {"lastTimestamp", Stamp(entry.last)}, {"message", entry.message}};
    const std::string ns = entry.object.ns.empty() ? "default" : entry.object.ns;
    return PatchRequest(Events(), {ns, entry.event_name}, PatchType::kMerge, Dump(patch));
  }

  static std::string Dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  Client& client_;
  const RecorderOptions options_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  bool closed_ = false;
  // The one used last first.
  std::list<Entry> entries_;
  std::unordered_map<std::string, EntryPtr> by_key_;
  std::unordered_map<std::string, Similar> similar_;
  std::deque<std::string> queue_;
  size_t sending_ = 0;
  absl::Duration last_sent_ = -absl::InfiniteDuration();
  uint32_t names_ = 0;
  RecorderMetrics metrics_;
};

EventRecorder::EventRecorder(Client& client, RecorderOptions options, Clock& clock)
    : impl_(std::make_shared<Impl>(client, std::move(options), clock)) {}

EventRecorder::~EventRecorder() { impl_->Close(); }

void EventRecorder::Record(const ObjectReference& object, EventType type, const std::string& reason,
                           const std::string& message) {
  impl_->Record(object, type, reason, message);
}

void EventRecorder::Resume() { impl_->Resume(); }

bool EventRecorder::Flush(absl::Duration wait) { return impl_->Flush(wait); }

RecorderMetrics EventRecorder::metrics() const { return impl_->metrics(); }

}  // namespace eventreactor::kube
