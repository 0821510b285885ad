#include "services/dispatcher/pipeline_cache.h"

#include <glog/logging.h>

#include <utility>

#include "libs/status/status.h"
#include "services/dispatcher/backoff.h"

namespace eventreactor::dispatcher {

PipelineCache::PipelineCache(AdapterClient& adapter) : PipelineCache(adapter, ByHand()) {
  thread_ = std::thread([this] { Run(); });
}

PipelineCache::PipelineCache(AdapterClient& adapter, ByHand /*by_hand*/)
    : adapter_(adapter), view_(std::make_shared<const View>()) {}

PipelineCache::~PipelineCache() { Stop(); }

bool PipelineCache::Ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

bool PipelineCache::WaitReady() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_ || stopping_; });
  return !stopping_;
}

std::shared_ptr<const View> PipelineCache::Current() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void PipelineCache::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (watch_ != nullptr) watch_->Cancel();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PipelineCache::Run() {
  while (true) {
    FollowOnce().IgnoreError();
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    changed_.wait_for(lock, absl::ToChronoMilliseconds(Backoff(++failures_)),
                      [this] { return stopping_; });
    if (stopping_) return;
  }
}

absl::Status PipelineCache::FollowOnce() {
  std::shared_ptr<PipelineWatch> watch = adapter_.WatchPipelines(resource_version_);
  {
    const std::lock_guard lock(mutex_);
    watch_ = watch;
    if (stopping_) watch->Cancel();
  }
  absl::Status status = Follow(*watch);
  const std::lock_guard lock(mutex_);
  watch_ = nullptr;
  if (stopping_) return status;
  if (Reason(status) == "VERSION_EXPIRED") {
    LOG(INFO) << "the watch of pipelines begins anew: " << Message(status);
    resource_version_.clear();
  } else if (failures_ == 0) {
    LOG(WARNING) << "the watch of pipelines broke off, trying again: " << status;
  }
  return status;
}

absl::Status PipelineCache::Follow(PipelineWatch& watch) {
  gathering_ = resource_version_.empty();
  gathered_.clear();
  v1::PipelineServiceWatchResponse change;
  while (watch.Next(change)) {
    if (failures_ > 0) LOG(INFO) << "the watch of pipelines goes on";
    failures_ = 0;
    Apply(change);
  }
  gathered_.clear();
  return watch.Finish();
}

void PipelineCache::Apply(const v1::PipelineServiceWatchResponse& change) {
  const v1::ObjectMeta& metadata = change.pipeline().metadata();
  const bool bookmark = change.type() == v1::CHANGE_TYPE_BOOKMARK;
  if (gathering_ && !bookmark) {
    // All of it at once at the bookmark: a partial view is never shown, and
    // indexing many costs no more than one. What changes while it is read
    // comes before the bookmark too.
    const std::pair key(metadata.namespace_(), metadata.name());
    if (change.type() == v1::CHANGE_TYPE_DELETED) {
      gathered_.erase(key);
    } else {
      gathered_[key] = change.pipeline();
    }
    return;
  }
  resource_version_ = change.resource_version();
  if (gathering_) {
    std::vector<v1::Pipeline> pipelines;
    pipelines.reserve(gathered_.size());
    for (auto& named : gathered_) pipelines.push_back(std::move(named.second));
    gathering_ = false;
    gathered_.clear();
    View view;
    view.Put(pipelines);
    Publish(std::make_shared<const View>(std::move(view)));
    return;
  }
  if (bookmark) return;
  View view = *Current();
  if (change.type() == v1::CHANGE_TYPE_DELETED) {
    view.Remove(metadata.namespace_(), metadata.name());
  } else {
    view.Put({change.pipeline()});
  }
  Publish(std::make_shared<const View>(std::move(view)));
}

void PipelineCache::Publish(std::shared_ptr<const View> view) {
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(view);
    ready_ = true;
  }
  changed_.notify_all();
}

}  // namespace eventreactor::dispatcher
