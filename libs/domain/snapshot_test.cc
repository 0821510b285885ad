#include <gtest/gtest.h>

#include "libs/domain/fixtures.h"
#include "libs/domain/matching.h"

namespace eventreactor {
namespace {

using fixtures::ChainedPipeline;
using fixtures::EventPipeline;

std::shared_ptr<const Matcher> CompiledFrom(const v1::Pipeline& pipeline) {
  return Matcher::Compile(pipeline).value();
}

std::string Names(const Snapshot::Matchers& matchers) {
  std::string names;
  for (const auto& matcher : matchers) names += matcher->pipeline().metadata().name() + " ";
  return names;
}

v1::Pipeline In(const std::string& ns, v1::Pipeline pipeline) {
  pipeline.mutable_metadata()->set_namespace_(ns);
  return pipeline;
}

TEST(SnapshotTest, FindsPipelinesByNamespaceAndTrigger) {
  const Snapshot snapshot = Snapshot()
                                .With(CompiledFrom(EventPipeline("b", "push")))
                                .With(CompiledFrom(EventPipeline("a", "push")))
                                .With(CompiledFrom(EventPipeline("c", "pull")))
                                .With(CompiledFrom(ChainedPipeline("d", "a")))
                                .With(CompiledFrom(In("other", EventPipeline("e", "push"))));
  EXPECT_EQ(Names(snapshot.ForType("default", "push")), "a b ");
  EXPECT_EQ(Names(snapshot.ForType("default", "pull")), "c ");
  EXPECT_EQ(Names(snapshot.ForType("default", "")), "");
  EXPECT_EQ(Names(snapshot.ForType("other", "push")), "e ");
  EXPECT_EQ(Names(snapshot.ForType("none", "push")), "");
  EXPECT_EQ(Names(snapshot.ForPipelines("default")), "d ");
  EXPECT_EQ(Names(snapshot.ForPipelines("other")), "");
  EXPECT_EQ(Names(snapshot.All("default")), "a b c d ");
  EXPECT_EQ(snapshot.Find("default", "e"), nullptr);
  EXPECT_NE(snapshot.Find("other", "e"), nullptr);
  EXPECT_EQ(snapshot.size(), 5U);
}

TEST(SnapshotTest, ASnapshotInUseDoesNotChange) {
  const Snapshot before = Snapshot().With(CompiledFrom(EventPipeline("a", "push")));
  const Snapshot::Matchers& held = before.ForType("default", "push");
  const Snapshot after =
      before.With(CompiledFrom(EventPipeline("b", "push"))).Without("default", "a");
  EXPECT_EQ(Names(held), "a ");
  EXPECT_EQ(Names(after.ForType("default", "push")), "b ");
}

TEST(SnapshotTest, ANewGenerationMovesToItsNewType) {
  v1::Pipeline pipeline = EventPipeline("a", "pull");
  pipeline.mutable_metadata()->set_generation(2);
  const Snapshot snapshot =
      Snapshot().With(CompiledFrom(EventPipeline("a", "push"))).With(CompiledFrom(pipeline));
  EXPECT_EQ(Names(snapshot.ForType("default", "push")), "");
  EXPECT_EQ(Names(snapshot.ForType("default", "pull")), "a ");
}

TEST(SnapshotTest, AnOlderGenerationChangesNothing) {
  v1::Pipeline newer = EventPipeline("a", "pull");
  newer.mutable_metadata()->set_generation(2);
  const Snapshot snapshot =
      Snapshot().With(CompiledFrom(newer)).With(CompiledFrom(EventPipeline("a", "push")));
  EXPECT_EQ(Names(snapshot.ForType("default", "pull")), "a ");
}

TEST(SnapshotTest, ARecreatedPipelineReplacesTheOneBeforeIt) {
  v1::Pipeline old = EventPipeline("a", "pull");
  old.mutable_metadata()->set_generation(7);
  v1::Pipeline recreated = EventPipeline("a", "push");
  recreated.mutable_metadata()->set_uid("another");
  const Snapshot snapshot = Snapshot().With(CompiledFrom(old)).With(CompiledFrom(recreated));
  EXPECT_EQ(Names(snapshot.ForType("default", "push")), "a ");
  EXPECT_EQ(snapshot.size(), 1U);
}

TEST(SnapshotTest, ManyAtOnceAreTheSameAsOneByOne) {
  Snapshot::Matchers matchers;
  Snapshot one_by_one;
  for (int i = 0; i < 50; ++i) {
    const std::string ns = i % 2 == 0 ? "even" : "odd";
    matchers.push_back(CompiledFrom(In(ns, EventPipeline("p" + std::to_string(i), "push"))));
    one_by_one = one_by_one.With(matchers.back());
  }
  const Snapshot at_once = Snapshot().With(matchers);
  EXPECT_EQ(Names(at_once.ForType("even", "push")), Names(one_by_one.ForType("even", "push")));
  EXPECT_EQ(Names(at_once.All("odd")), Names(one_by_one.All("odd")));
  EXPECT_EQ(at_once.size(), 50U);
}

TEST(SnapshotTest, RemovingWhatIsNotThereIsNoChange) {
  const Snapshot snapshot = Snapshot().With(CompiledFrom(EventPipeline("a", "push")));
  EXPECT_EQ(snapshot.Without("default", "b").size(), 1U);
  EXPECT_EQ(snapshot.Without("other", "a").size(), 1U);
  EXPECT_EQ(snapshot.Without("default", "a").size(), 0U);
}

}  // namespace
}  // namespace eventreactor
