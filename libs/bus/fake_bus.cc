#include "libs/bus/fake_bus.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "libs/bus/bus_errors.h"
#include "libs/bus/subjects.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

struct Entry {
  StoredMessage stored;
  uint64_t attempts = 0;
  // Not to be delivered before.
  absl::Time due = absl::InfinitePast();
};

struct Stream {
  bool work_queue = false;
  bool drops_oldest = false;
  bool full = false;
  std::string durable;
  uint64_t last_sequence = 0;
  std::map<uint64_t, Entry> entries;
  // Id -> when it was stored, and as what.
  std::map<std::string, std::pair<absl::Time, uint64_t>> ids;
};

std::string StreamOf(const std::string& subject) {
  static const std::map<std::string, std::string>* const kFilters =
      new std::map<std::string, std::string>{{"er.event.>", kEvents},
                                             {"er.action.>", kActions},
                                             {"er.log.>", kLog},
                                             {"er.dead.>", kDead},
                                             {"er.feed.>", kFeed}};
  for (const auto& [filter, stream] : *kFilters) {
    if (SubjectMatches(filter, subject)) return stream;
  }
  return "";
}

absl::Status NoStream(const std::string& stream) {
  return BusDown("there is no stream '" + stream + "'");
}

absl::Status Disconnected() { return BusDown("not connected: the fake bus is switched down"); }

}  // namespace

struct FakeBus::State {
  struct Answer {
    PublishCallback done;
    absl::StatusOr<PublishAck> ack;
  };

  explicit State(Options given) : options(std::move(given)) {
    for (const char* name : {kEvents, kActions, kLog, kDead, kFeed}) streams[name];
    for (const char* name : {kEvents, kActions}) streams[name].work_queue = true;
    for (const char* name : {kLog, kFeed}) streams[name].drops_oldest = true;
  }

  absl::Time Now() const { return options.now() + advanced; }

  Stream* Find(const std::string& name) {
    const auto it = streams.find(name);
    return it == streams.end() ? nullptr : &it->second;
  }

  absl::StatusOr<PublishAck> Store(const std::string& name, const Message& message) {
    Stream* stream = Find(name);
    if (stream == nullptr) return BusDown("no stream takes the subject " + message.subject);
    const absl::Time now = Now();
    if (!message.id.empty()) {
      const auto known = stream->ids.find(message.id);
      if (known != stream->ids.end() && now - known->second.first < options.duplicate_window) {
        return PublishAck{name, known->second.second, true};
      }
    }
    const bool at_bound = stream->entries.size() >= options.max_messages;
    if (stream->full || (at_bound && !stream->drops_oldest)) {
      return BusFull(name, "maximum messages exceeded");
    }
    if (at_bound) stream->entries.erase(stream->entries.begin());
    const uint64_t sequence = ++stream->last_sequence;
    Entry& entry = stream->entries[sequence];
    entry.stored = {message, sequence, now};
    std::erase_if(entry.stored.message.headers, [](const auto& header) {
      return header.second.find_first_not_of(" \t") == std::string::npos;
    });
    if (!message.id.empty()) stream->ids[message.id] = {now, sequence};
    return PublishAck{name, sequence, false};
  }

  void AnswerLoop() {
    std::unique_lock lock(mu);
    while (true) {
      answered.wait(lock, [this] { return stopping || !answers.empty(); });
      if (answers.empty()) return;
      Answer answer = std::move(answers.front());
      answers.pop_front();
      lock.unlock();
      answer.done(std::move(answer.ack));
      lock.lock();
    }
  }

  mutable std::mutex mu;
  // Something to deliver, or a switch was moved.
  std::condition_variable changed;
  std::condition_variable answered;
  const Options options;
  absl::Duration advanced = absl::ZeroDuration();
  bool connected = true;
  int lost_answers = 0;
  std::map<std::string, Stream> streams;
  std::deque<Answer> answers;
  bool stopping = false;
  std::thread answering;
};

namespace {

class FakeDelivery : public Delivery {
 public:
  FakeDelivery(std::shared_ptr<FakeBus::State> state, std::string stream, const Entry& entry)
      : state_(std::move(state)),
        stream_(std::move(stream)),
        stored_(entry.stored),
        attempt_(entry.attempts) {}

  const Message& message() const override { return stored_.message; }
  uint64_t attempt() const override { return attempt_; }
  absl::Time stored_at() const override { return stored_.stored_at; }
  uint64_t sequence() const override { return stored_.sequence; }

  absl::Status Ack() override {
    const std::lock_guard lock(state_->mu);
    if (!state_->connected) return Disconnected();
    state_->Find(stream_)->entries.erase(stored_.sequence);
    return absl::OkStatus();
  }
  absl::Status Nak(absl::Duration delay) override { return Postpone(delay); }
  absl::Status InProgress() override { return Postpone(state_->options.ack_wait); }

 private:
  absl::Status Postpone(absl::Duration by) {
    const std::lock_guard lock(state_->mu);
    if (!state_->connected) return Disconnected();
    auto& entries = state_->Find(stream_)->entries;
    const auto it = entries.find(stored_.sequence);
    if (it != entries.end()) it->second.due = state_->Now() + by;
    state_->changed.notify_all();
    return absl::OkStatus();
  }

  std::shared_ptr<FakeBus::State> state_;
  std::string stream_;
  StoredMessage stored_;
  uint64_t attempt_;
};

// Calls `take` under the lock until it returns something or `wait` is over.
template <class T>
absl::StatusOr<std::vector<T>> WaitFor(FakeBus::State& state, absl::Duration wait,
                                       const std::function<std::vector<T>(absl::Time*)>& take) {
  const absl::Time deadline = absl::Now() + wait;
  std::unique_lock lock(state.mu);
  while (true) {
    absl::Time next_due = absl::InfiniteFuture();
    if (state.connected) {
      std::vector<T> taken = take(&next_due);
      if (!taken.empty()) return taken;
    }
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      if (!state.connected) return Disconnected();
      return std::vector<T>();
    }
    const absl::Duration nap = std::min(left, next_due - state.Now());
    state.changed.wait_for(lock, absl::ToChronoMicroseconds(std::max(nap, absl::Milliseconds(1))));
  }
}

class FakeConsumer : public Consumer {
 public:
  FakeConsumer(std::shared_ptr<FakeBus::State> state, std::string stream)
      : state_(std::move(state)), stream_(std::move(stream)) {}

  absl::StatusOr<std::vector<std::unique_ptr<Delivery>>> Fetch(int max,
                                                               absl::Duration wait) override {
    return WaitFor<std::unique_ptr<Delivery>>(*state_, wait, [&](absl::Time* next_due) {
      std::vector<std::unique_ptr<Delivery>> taken;
      const absl::Time now = state_->Now();
      for (auto& [sequence, entry] : state_->Find(stream_)->entries) {
        if (static_cast<int>(taken.size()) >= max) break;
        if (entry.due > now) {
          *next_due = std::min(*next_due, entry.due);
          continue;
        }
        ++entry.attempts;
        entry.due = now + state_->options.ack_wait;
        taken.push_back(std::make_unique<FakeDelivery>(state_, stream_, entry));
      }
      return taken;
    });
  }

 private:
  std::shared_ptr<FakeBus::State> state_;
  std::string stream_;
};

class FakeReader : public Reader {
 public:
  FakeReader(std::shared_ptr<FakeBus::State> state, std::string stream, std::string filter)
      : state_(std::move(state)), stream_(std::move(stream)), filter_(std::move(filter)) {}

  absl::StatusOr<std::vector<StoredMessage>> Next(int max, absl::Duration wait) override {
    return WaitFor<StoredMessage>(*state_, wait, [&](absl::Time*) {
      std::vector<StoredMessage> taken;
      const auto& entries = state_->Find(stream_)->entries;
      for (auto it = entries.upper_bound(read_); it != entries.end(); ++it) {
        if (static_cast<int>(taken.size()) >= max) break;
        read_ = it->first;
        const StoredMessage& stored = it->second.stored;
        if (SubjectMatches(filter_, stored.message.subject)) taken.push_back(stored);
      }
      return taken;
    });
  }

 private:
  std::shared_ptr<FakeBus::State> state_;
  std::string stream_;
  std::string filter_;
  uint64_t read_ = 0;
};

}  // namespace

FakeBus::FakeBus() : FakeBus(Options()) {}

FakeBus::FakeBus(Options options) : state_(std::make_shared<State>(std::move(options))) {
  if (state_->options.answers_at_once) return;
  state_->answering = std::thread([state = state_.get()] { state->AnswerLoop(); });
}

FakeBus::~FakeBus() {
  {
    const std::lock_guard lock(state_->mu);
    state_->stopping = true;
  }
  state_->answered.notify_all();
  if (state_->answering.joinable()) state_->answering.join();
}

void FakeBus::PublishAsync(const Message& message, absl::Duration timeout, PublishCallback done) {
  (void)timeout;  // Answers at once.
  std::unique_lock lock(state_->mu);
  absl::StatusOr<PublishAck> ack = [&]() -> absl::StatusOr<PublishAck> {
    if (const absl::Status status = CheckMessage(message); !status.ok()) return status;
    if (!state_->connected) return Disconnected();
    const std::string stream = StreamOf(message.subject);
    absl::StatusOr<PublishAck> stored = state_->Store(stream, message);
    if (!stored.ok()) return stored;
    const bool fed = stream == kEvents || stream == kActions || stream == kLog;
    if (fed && !stored->duplicate) {
      Message copy = message;
      copy.subject = FeedSubject(message.subject);
      state_->Store(kFeed, copy).IgnoreError();
    }
    if (state_->lost_answers > 0) {
      --state_->lost_answers;
      return BusDown("no answer from the bus: the fake lost it");
    }
    return stored;
  }();
  state_->changed.notify_all();
  if (state_->options.answers_at_once) {
    lock.unlock();
    return done(std::move(ack));
  }
  state_->answers.push_back({std::move(done), std::move(ack)});
  state_->answered.notify_all();
}

absl::StatusOr<std::unique_ptr<Consumer>> FakeBus::Consume(const std::string& stream,
                                                           const std::string& durable) {
  const std::lock_guard lock(state_->mu);
  Stream* found = state_->Find(stream);
  if (found == nullptr) return NoStream(stream);
  if (!found->work_queue || (!found->durable.empty() && found->durable != durable)) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "CONSUMER_REFUSED",
                      "stream " + stream + " is not for the consumer " + durable);
  }
  found->durable = durable;
  return std::make_unique<FakeConsumer>(state_, stream);
}

absl::StatusOr<std::unique_ptr<Reader>> FakeBus::Read(const std::string& stream,
                                                      const std::string& filter) {
  const std::lock_guard lock(state_->mu);
  if (state_->Find(stream) == nullptr) return NoStream(stream);
  return std::make_unique<FakeReader>(state_, stream, filter);
}

absl::StatusOr<StoredMessage> FakeBus::Last(const std::string& stream, const std::string& subject) {
  const std::lock_guard lock(state_->mu);
  if (!state_->connected) return Disconnected();
  const Stream* found = state_->Find(stream);
  if (found == nullptr) return NoStream(stream);
  for (auto it = found->entries.rbegin(); it != found->entries.rend(); ++it) {
    if (SubjectMatches(subject, it->second.stored.message.subject)) return it->second.stored;
  }
  return MessageNotFound(stream, subject);
}

absl::StatusOr<StoredMessage> FakeBus::Next(const std::string& stream, const std::string& filter,
                                            uint64_t from) {
  const std::lock_guard lock(state_->mu);
  if (!state_->connected) return Disconnected();
  const Stream* found = state_->Find(stream);
  if (found == nullptr) return NoStream(stream);
  for (auto it = found->entries.lower_bound(from); it != found->entries.end(); ++it) {
    if (SubjectMatches(filter, it->second.stored.message.subject)) return it->second.stored;
  }
  return MessageNotFound(stream, filter);
}

absl::Status FakeBus::Remove(const std::string& stream, uint64_t sequence) {
  const std::lock_guard lock(state_->mu);
  if (!state_->connected) return Disconnected();
  Stream* found = state_->Find(stream);
  if (found == nullptr) return NoStream(stream);
  if (found->entries.erase(sequence) == 1) return absl::OkStatus();
  return MessageNotFound(stream, "#" + std::to_string(sequence));
}

absl::Status FakeBus::Purge(const std::string& stream, const std::string& filter) {
  const std::lock_guard lock(state_->mu);
  if (!state_->connected) return Disconnected();
  Stream* found = state_->Find(stream);
  if (found == nullptr) return NoStream(stream);
  std::erase_if(found->entries, [&](const auto& item) {
    return SubjectMatches(filter, item.second.stored.message.subject);
  });
  return absl::OkStatus();
}

bool FakeBus::Connected() const {
  const std::lock_guard lock(state_->mu);
  return state_->connected;
}

void FakeBus::SetConnected(bool connected) {
  const std::lock_guard lock(state_->mu);
  state_->connected = connected;
  state_->changed.notify_all();
}

void FakeBus::SetFull(const std::string& stream, bool full) {
  const std::lock_guard lock(state_->mu);
  state_->streams.at(stream).full = full;
}

void FakeBus::LoseAnswers(int count) {
  const std::lock_guard lock(state_->mu);
  state_->lost_answers = count;
}

void FakeBus::ForgetIds() {
  const std::lock_guard lock(state_->mu);
  for (auto& [name, stream] : state_->streams) stream.ids.clear();
}

void FakeBus::Advance(absl::Duration by) {
  const std::lock_guard lock(state_->mu);
  state_->advanced += by;
  state_->changed.notify_all();
}

std::vector<StoredMessage> FakeBus::Stored(const std::string& stream) const {
  const std::lock_guard lock(state_->mu);
  std::vector<StoredMessage> stored;
  for (const auto& [sequence, entry] : state_->streams.at(stream).entries) {
    stored.push_back(entry.stored);
  }
  return stored;
}

uint64_t FakeBus::StoredEver(const std::string& stream) const {
  const std::lock_guard lock(state_->mu);
  return state_->streams.at(stream).last_sequence;
}

}  // namespace eventreactor::bus
