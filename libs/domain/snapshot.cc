#include <utility>

#include "libs/domain/matching.h"

namespace eventreactor {
namespace {

const Snapshot::Matchers& None() {
  static const auto* const kNone = new Snapshot::Matchers();
  return *kNone;
}

}  // namespace

void Snapshot::Namespace::Put(std::shared_ptr<const Matcher> matcher) {
  const v1::ObjectMeta& metadata = matcher->pipeline().metadata();
  std::shared_ptr<const Matcher>& place = by_name[metadata.name()];
  if (place != nullptr) {
    const v1::ObjectMeta& current = place->pipeline().metadata();
    if (current.uid() == metadata.uid() && current.generation() > metadata.generation()) return;
  }
  place = std::move(matcher);
}

void Snapshot::Namespace::Index() {
  by_type.clear();
  chained.clear();
  for (const auto& [name, matcher] : by_name) {
    const v1::Trigger& trigger = matcher->pipeline().spec().trigger();
    (trigger.has_event() ? by_type[trigger.event().type()] : chained).push_back(matcher);
  }
}

Snapshot Snapshot::With(std::shared_ptr<const Matcher> matcher) const {
  return With(Matchers{std::move(matcher)});
}

Snapshot Snapshot::With(const Matchers& matchers) const {
  std::map<std::string, std::shared_ptr<Namespace>> changed;
  for (const std::shared_ptr<const Matcher>& matcher : matchers) {
    const std::string& ns = matcher->pipeline().metadata().namespace_();
    std::shared_ptr<Namespace>& entry = changed[ns];
    if (entry == nullptr) {
      const Namespace* current = FindNamespace(ns);
      entry = current == nullptr ? std::make_shared<Namespace>()
                                 : std::make_shared<Namespace>(*current);
    }
    entry->Put(matcher);
  }
  Snapshot snapshot = *this;
  for (auto& [ns, entry] : changed) {
    entry->Index();
    snapshot.namespaces_[ns] = std::move(entry);
  }
  return snapshot;
}

Snapshot Snapshot::Without(const std::string& ns, const std::string& name) const {
  const Namespace* current = FindNamespace(ns);
  if (current == nullptr || !current->by_name.contains(name)) return *this;
  Snapshot snapshot = *this;
  if (current->by_name.size() == 1) {
    snapshot.namespaces_.erase(ns);
    return snapshot;
  }
  auto changed = std::make_shared<Namespace>(*current);
  changed->by_name.erase(name);
  changed->Index();
  snapshot.namespaces_[ns] = std::move(changed);
  return snapshot;
}

const Snapshot::Namespace* Snapshot::FindNamespace(const std::string& ns) const {
  const auto found = namespaces_.find(ns);
  return found == namespaces_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const Matcher> Snapshot::Find(const std::string& ns,
                                              const std::string& name) const {
  const Namespace* entry = FindNamespace(ns);
  if (entry == nullptr) return nullptr;
  const auto found = entry->by_name.find(name);
  return found == entry->by_name.end() ? nullptr : found->second;
}

const Snapshot::Matchers& Snapshot::ForType(const std::string& ns, const std::string& type) const {
  const Namespace* entry = FindNamespace(ns);
  if (entry == nullptr) return None();
  const auto found = entry->by_type.find(type);
  return found == entry->by_type.end() ? None() : found->second;
}

const Snapshot::Matchers& Snapshot::ForPipelines(const std::string& ns) const {
  const Namespace* entry = FindNamespace(ns);
  return entry == nullptr ? None() : entry->chained;
}

Snapshot::Matchers Snapshot::All(const std::string& ns) const {
  Matchers all;
  const Namespace* entry = FindNamespace(ns);
  if (entry == nullptr) return all;
  all.reserve(entry->by_name.size());
  for (const auto& named : entry->by_name) all.push_back(named.second);
  return all;
}

size_t Snapshot::size() const {
  size_t size = 0;
  for (const auto& entry : namespaces_) size += entry.second->by_name.size();
  return size;
}

}  // namespace eventreactor
