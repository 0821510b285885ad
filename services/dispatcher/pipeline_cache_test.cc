#include "services/dispatcher/pipeline_cache.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "absl/time/clock.h"
#include "services/dispatcher/fake_adapter.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using fixtures::EventPipeline;

size_t Size(const PipelineCache& cache) { return cache.Current()->snapshot().size(); }

TEST(PipelineCacheTest, IsReadyOnceItHasSeenWhatWasThere) {
  FakeAdapter adapter;
  for (int i = 0; i < 100; ++i) adapter.Apply(EventPipeline("p" + std::to_string(i), "push"));
  PipelineCache cache(adapter);
  ASSERT_TRUE(cache.WaitReady());
  EXPECT_TRUE(cache.Ready());
  EXPECT_EQ(Size(cache), 100U) << "never a part of it";
}

TEST(PipelineCacheTest, IsNotReadyWhileTheAdapterIsAway) {
  FakeAdapter adapter;
  adapter.Fail(absl::UnavailableError("connection refused"));
  PipelineCache cache(adapter);
  ASSERT_TRUE(Eventually([&] { return adapter.Calls("WatchPipelines") >= 2; })) << "it tries again";
  EXPECT_FALSE(cache.Ready());
  adapter.Fail(absl::OkStatus());
  EXPECT_TRUE(cache.WaitReady());
}

TEST(PipelineCacheTest, FollowsEachChange) {
  FakeAdapter adapter;
  PipelineCache cache(adapter);
  ASSERT_TRUE(cache.WaitReady());
  const std::shared_ptr<const View> before = cache.Current();
  adapter.Apply(EventPipeline("a", "push"));
  ASSERT_TRUE(Eventually([&] { return Size(cache) == 1; }));
  adapter.Apply(EventPipeline("a", "pull"));
  ASSERT_TRUE(
      Eventually([&] { return !cache.Current()->snapshot().ForType("default", "pull").empty(); }));
  adapter.DeletePipeline("default", "a");
  ASSERT_TRUE(Eventually([&] { return Size(cache) == 0; }));
  EXPECT_EQ(before->snapshot().size(), 0U) << "a view in use does not change";
}

TEST(PipelineCacheTest, ResumesWhereTheWatchBrokeOff) {
  FakeAdapter adapter;
  adapter.Apply(EventPipeline("a", "push"));
  PipelineCache cache(adapter);
  ASSERT_TRUE(cache.WaitReady());
  adapter.HoldWatches(true);
  adapter.Apply(EventPipeline("b", "push"));
  adapter.DeletePipeline("default", "a");
  adapter.BreakWatches(/*expired=*/false);
  adapter.HoldWatches(false);
  ASSERT_TRUE(Eventually([&] {
    const auto view = cache.Current();
    return view->snapshot().Find("default", "b") != nullptr &&
           view->snapshot().Find("default", "a") == nullptr;
  }));
}

TEST(PipelineCacheTest, BeginsAnewWhereTheVersionIsForgotten) {
  FakeAdapter adapter;
  adapter.Apply(EventPipeline("deleted-unseen", "push"));
  PipelineCache cache(adapter);
  ASSERT_TRUE(cache.WaitReady());
  adapter.HoldWatches(true);
  adapter.DeletePipeline("default", "deleted-unseen");
  adapter.Apply(EventPipeline("b", "push"));
  adapter.BreakWatches(/*expired=*/true);
  adapter.HoldWatches(false);
  ASSERT_TRUE(
      Eventually([&] { return cache.Current()->snapshot().Find("default", "b") != nullptr; }));
  EXPECT_EQ(Size(cache), 1U);
  EXPECT_TRUE(cache.Ready());
}

// Says what it is told to, then nothing until it is cancelled.
class ScriptedWatch : public PipelineWatch {
 public:
  explicit ScriptedWatch(std::vector<v1::PipelineServiceWatchResponse> script)
      : script_(std::move(script)) {}
  bool Next(v1::PipelineServiceWatchResponse& change) override {
    if (next_ < script_.size()) {
      change = script_[next_++];
      return true;
    }
    cancelled_.get_future().wait();
    return false;
  }
  absl::Status Finish() override { return absl::CancelledError("cancelled"); }
  void Cancel() override { cancelled_.set_value(); }

 private:
  const std::vector<v1::PipelineServiceWatchResponse> script_;
  size_t next_ = 0;
  std::promise<void> cancelled_;
};

class ScriptedAdapter : public FakeAdapter {
 public:
  void Say(v1::ChangeType type, const v1::Pipeline& pipeline) {
    v1::PipelineServiceWatchResponse& change = script_.emplace_back();
    change.set_type(type);
    *change.mutable_pipeline() = pipeline;
  }
  std::unique_ptr<PipelineWatch> WatchPipelines(const std::string&) override {
    return std::make_unique<ScriptedWatch>(script_);
  }

 private:
  std::vector<v1::PipelineServiceWatchResponse> script_;
};

TEST(PipelineCacheTest, WhatChangesBeforeTheFirstBookmarkCounts) {
  ScriptedAdapter adapter;
  adapter.Say(v1::CHANGE_TYPE_ADDED, EventPipeline("deleted", "push"));
  adapter.Say(v1::CHANGE_TYPE_ADDED, EventPipeline("changed", "push"));
  adapter.Say(v1::CHANGE_TYPE_ADDED, EventPipeline("made-anew", "push"));
  adapter.Say(v1::CHANGE_TYPE_DELETED, EventPipeline("deleted", "push"));
  adapter.Say(v1::CHANGE_TYPE_MODIFIED, EventPipeline("changed", "pull"));
  adapter.Say(v1::CHANGE_TYPE_DELETED, EventPipeline("made-anew", "push"));
  adapter.Say(v1::CHANGE_TYPE_ADDED, EventPipeline("made-anew", "pull"));
  adapter.Say(v1::CHANGE_TYPE_BOOKMARK, {});
  PipelineCache cache(adapter);
  ASSERT_TRUE(cache.WaitReady());
  EXPECT_EQ(Size(cache), 2U);
  EXPECT_EQ(cache.Current()->snapshot().ForType("default", "pull").size(), 2U);
}

TEST(PipelineCacheTest, APipelineThatDoesNotCompileIsLeftOutByName) {
  FakeAdapter adapter;
  adapter.Apply(EventPipeline("good", "push"));
  adapter.Apply(EventPipeline("bad", "push", "("));
  PipelineCache cache(adapter);
  ASSERT_TRUE(cache.WaitReady());
  EXPECT_EQ(Size(cache), 1U);
  ASSERT_EQ(cache.Current()->broken_size(), 1U);
  EXPECT_TRUE(cache.Current()->BrokenOf("default").contains("bad"));

  adapter.Apply(EventPipeline("bad", "push", "mended"));
  ASSERT_TRUE(Eventually([&] { return Size(cache) == 2; }));
  EXPECT_EQ(cache.Current()->broken_size(), 0U);

  adapter.Apply(EventPipeline("bad", "push", "("));
  ASSERT_TRUE(Eventually([&] { return Size(cache) == 1; })) << "its old form does not stay";
  adapter.DeletePipeline("default", "bad");
  ASSERT_TRUE(Eventually([&] { return cache.Current()->broken_size() == 0; }));
}

TEST(PipelineCacheTest, StopsWhileItWaits) {
  FakeAdapter adapter;
  auto cache = std::make_unique<PipelineCache>(adapter);
  ASSERT_TRUE(cache->WaitReady());
  cache->Stop();
  EXPECT_FALSE(cache->WaitReady());
  cache = nullptr;
  EXPECT_EQ(adapter.OpenWatches(), 0);
}

}  // namespace
}  // namespace eventreactor::dispatcher
