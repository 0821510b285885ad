#include "services/dispatcher/view.h"

#include <glog/logging.h>

#include "libs/status/status.h"
#include "services/dispatcher/dead_letters.h"

namespace eventreactor::dispatcher {

void View::Put(const std::vector<v1::Pipeline>& pipelines) {
  Snapshot::Matchers matchers;
  for (const v1::Pipeline& pipeline : pipelines) {
    const v1::ObjectMeta& metadata = pipeline.metadata();
    auto matcher = Matcher::Compile(pipeline);
    if (matcher.ok()) {
      Mend(metadata.namespace_(), metadata.name());
      matchers.push_back(*std::move(matcher));
      continue;
    }
    LOG(WARNING) << "pipeline " << metadata.namespace_() << "/" << metadata.name()
                 << " is left out: " << OneLine(Message(matcher.status()));
    snapshot_ = snapshot_.Without(metadata.namespace_(), metadata.name());
    broken_[metadata.namespace_()][metadata.name()] = {metadata.uid(), metadata.generation(),
                                                       matcher.status()};
  }
  if (!matchers.empty()) snapshot_ = snapshot_.With(matchers);
}

void View::Remove(const std::string& ns, const std::string& name) {
  snapshot_ = snapshot_.Without(ns, name);
  Mend(ns, name);
}

void View::Mend(const std::string& ns, const std::string& name) {
  const auto found = broken_.find(ns);
  if (found == broken_.end()) return;
  found->second.erase(name);
  if (found->second.empty()) broken_.erase(found);
}

bool View::Has(const std::string& ns, const v1::PipelineIdentity& identity) const {
  if (const auto matcher = snapshot_.Find(ns, identity.name()); matcher != nullptr) {
    const v1::ObjectMeta& metadata = matcher->pipeline().metadata();
    return metadata.uid() == identity.uid() && metadata.generation() >= identity.generation();
  }
  const std::map<std::string, Broken>& broken = BrokenOf(ns);
  const auto found = broken.find(identity.name());
  return found != broken.end() && found->second.uid == identity.uid() &&
         found->second.generation >= identity.generation();
}

const std::map<std::string, Broken>& View::BrokenOf(const std::string& ns) const {
  static const auto* const kNone = new std::map<std::string, Broken>();
  const auto found = broken_.find(ns);
  return found == broken_.end() ? *kNone : found->second;
}

size_t View::broken_size() const {
  size_t size = 0;
  for (const auto& entry : broken_) size += entry.second.size();
  return size;
}

}  // namespace eventreactor::dispatcher
