#include "libs/adapter/run_ledger.h"

#include <algorithm>

namespace eventreactor {

RunLedger::~RunLedger() {
  for (const auto& [key, note] : notes_) metrics_.Leave(note.phase);
}

RunNote RunLedger::Get(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  const auto [at, made] = notes_.try_emplace(key);
  if (made) metrics_.Enter(at->second.phase);
  return at->second;
}

void RunLedger::Change(const RunKey& key, const std::function<void(RunNote&)>& change) {
  const std::lock_guard lock(mutex_);
  const auto at = notes_.find(key);
  if (at == notes_.end()) return;
  const RunPhase before = at->second.phase;
  change(at->second);
  if (at->second.phase == before) return;
  metrics_.Leave(before);
  metrics_.Enter(at->second.phase);
}

std::optional<RunNote> RunLedger::Find(const RunKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = notes_.find(key);
  if (at == notes_.end()) return std::nullopt;
  return at->second;
}

void RunLedger::Forget(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  Unlink(key);
  const auto at = notes_.find(key);
  if (at == notes_.end()) return;
  metrics_.Leave(at->second.phase);
  notes_.erase(at);
}

void RunLedger::WaitForEvent(const RunKey& key, const std::string& event) {
  const std::lock_guard lock(mutex_);
  Unlink(key);
  waiting_.insert(&*event_of_.emplace(key, event).first);
}

std::vector<RunKey> RunLedger::WaitingFor(const std::string& ns, const std::string& event) const {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = waiting_.equal_range(ByEvent::Event(ns, event));
  std::vector<RunKey> keys;
  std::for_each(begin, end, [&](const Waiting* each) { keys.push_back(each->first); });
  return keys;
}

std::vector<RunKey> RunLedger::WaitingForAnyEvent() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunKey> keys;
  keys.reserve(event_of_.size());
  for (const auto& [key, event] : event_of_) keys.push_back(key);
  return keys;
}

void RunLedger::StopWaiting(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  Unlink(key);
}

void RunLedger::Unlink(const RunKey& key) {
  const auto at = event_of_.find(key);
  if (at == event_of_.end()) return;
  waiting_.erase(&*at);
  event_of_.erase(at);
}

std::vector<RunKey> RunLedger::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunKey> keys;
  keys.reserve(notes_.size());
  for (const auto& [key, note] : notes_) keys.push_back(key);
  return keys;
}

}  // namespace eventreactor
