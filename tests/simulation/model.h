// What should come of a run: which Pipeline wants which cause, said once more
// and in another way than the product says it, and what has to hold when all
// has settled.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "libs/adapter/memory_store.h"
#include "libs/bus/fake_bus.h"
#include "tests/simulation/engine.h"
#include "tests/simulation/history.h"

namespace eventreactor::simulation {

// What a Pipeline is triggered by.
struct Rule {
  enum class Source { kAny, kBeginsWithA, kEndsWithB };

  std::string ns;
  std::string name;
  bool chained = false;
  // By an Event of that type.
  std::string type;
  Source source = Source::kAny;
  // By a finished Action of that Pipeline, empty: of any other; that ended so,
  // unspecified: anyhow.
  std::string upstream;
  v1::Completion completion = v1::COMPLETION_UNSPECIFIED;

  v1::Pipeline ToPipeline() const;
  bool Wants(const v1::Event& event) const;
  bool Wants(const v1::Action& upstream_action, v1::Completion ended) const;
};

// A Rule as it was in force, by steps of the schedule: it may have been there
// from the first on, it was from the second to the third.
struct Version {
  Rule rule;
  int64_t generation = 0;
  uint64_t from = 0;
  uint64_t sure = std::numeric_limits<uint64_t>::max();
  uint64_t until = std::numeric_limits<uint64_t>::max();
};

struct Post {
  std::string ns;
  std::string type;
  std::string source;
  std::string id;
  // The step of the first try; 0: not posted.
  uint64_t begun = 0;
};

// With what the id of a message begins that a dispatcher dies of.
inline constexpr char kPoison[] = "poison";

// What the users have done.
struct Deeds {
  // By the Pipeline's name.
  std::map<std::string, std::vector<Version>> rules;
  std::vector<Post> posts;
  // The ids of messages that nobody can read.
  std::vector<std::string> garbage;
};

// True when nothing is left to do.
bool Settled(const Deeds& deeds, const History& history, const Engine& engine,
             const bus::FakeBus& bus);

// In words, all that does not hold.
std::vector<std::string> Check(const Deeds& deeds, const History& history, const Engine& engine,
                               const bus::FakeBus& bus, MemoryStore& store);

}  // namespace eventreactor::simulation
