// How long an Event takes to match among Pipelines: Google Benchmark;
// bench/matching.py makes rows of what it prints.
#include "libs/domain/matching.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

namespace eventreactor {
namespace {

constexpr char kNamespace[] = "default";
constexpr char kType[] = "com.example.wanted";
// Of those that match, which there are beside the others.
constexpr int kMatching = 10;

v1::Pipeline PipelineOf(const std::string& name, const std::string& type,
                        const std::string& pattern) {
  v1::Pipeline pipeline;
  pipeline.mutable_metadata()->set_namespace_(kNamespace);
  pipeline.mutable_metadata()->set_name(name);
  pipeline.mutable_metadata()->set_uid(name);
  google::protobuf::Struct& step = *pipeline.mutable_spec()->mutable_build()->add_steps();
  (*step.mutable_fields())["name"].set_string_value("step");
  (*step.mutable_fields())["image"].set_string_value("registry.example.com/team/image:1.2.3");
  v1::EventTrigger& trigger = *pipeline.mutable_spec()->mutable_trigger()->mutable_event();
  trigger.set_type(type);
  trigger.set_source_pattern(pattern);
  return pipeline;
}

void Add(Snapshot::Matchers& matchers, const v1::Pipeline& pipeline) {
  auto matcher = Matcher::Compile(pipeline);
  if (!matcher.ok()) {
    std::fprintf(stderr, "er-bench-matching: %s\n", matcher.status().ToString().c_str());
    std::exit(1);
  }
  matchers.push_back(*std::move(matcher));
}

v1::Event Posted() {
  v1::Event event;
  event.mutable_metadata()->set_namespace_(kNamespace);
  event.mutable_spec()->set_type(kType);
  event.mutable_spec()->set_source("/repositories/ada/engine");
  return event;
}

// As the dispatcher does it: whoever wants the type is asked. Checks that as
// many match as should.
void Match(benchmark::State& state, const Snapshot& snapshot) {
  const v1::Event event = Posted();
  for (auto iteration : state) {
    int matched = 0;
    for (const auto& matcher : snapshot.ForType(kNamespace, kType)) {
      v1::Decision decision = matcher->Evaluate(event);
      matched += decision.matched() ? 1 : 0;
      benchmark::DoNotOptimize(decision);
    }
    if (matched != kMatching) state.SkipWithError("not as many match as should");
  }
}

Snapshot::Matchers Matching() {
  Snapshot::Matchers matchers;
  for (int i = 0; i < kMatching; ++i) {
    Add(matchers, PipelineOf(absl::StrCat("matching-", i), kType, "^/repositories/ada/"));
  }
  return matchers;
}

void OtherTypes(benchmark::State& state) {
  Snapshot::Matchers matchers = Matching();
  for (int i = 0; i < state.range(0); ++i) {
    Add(matchers, PipelineOf(absl::StrCat("other-", i), absl::StrCat("com.example.type-", i), ""));
  }
  Match(state, Snapshot().With(matchers));
}

void OtherSources(benchmark::State& state) {
  Snapshot::Matchers matchers = Matching();
  for (int i = 0; i < state.range(0); ++i) {
    Add(matchers,
        PipelineOf(absl::StrCat("other-", i), kType, absl::StrCat("^/repositories/of-", i, "/")));
  }
  Match(state, Snapshot().With(matchers));
}

BENCHMARK(OtherTypes)->RangeMultiplier(10)->Range(10, 10'000);
BENCHMARK(OtherSources)->RangeMultiplier(10)->Range(10, 10'000);

}  // namespace
}  // namespace eventreactor

BENCHMARK_MAIN();
