#include "tests/simulation/model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/bus/bus.h"
#include "libs/domain/run.h"

namespace eventreactor::simulation {
namespace {

// How many Pipelines a chain may pass.
constexpr int kLongestChain = 9;

constexpr int kAll = 1'000'000;

template <class T>
std::vector<T> All(Store<T>& table) {
  ListQuery query;
  query.page_size = kAll;
  auto page = table.List(query);
  return page.ok() ? std::move(page->items) : std::vector<T>();
}

// Which Pipeline's Action a cause has: (cause, Pipeline).
using Made = std::map<std::pair<std::string, std::string>, const v1::Action*>;

class Checker {
 public:
  Checker(const Deeds& deeds, const History& history, const Engine& engine, const bus::FakeBus& bus,
          MemoryStore& store)
      : deeds_(deeds),
        history_(history),
        engine_(engine),
        bus_(bus),
        events_(All(store.events())),
        actions_(All(store.actions())) {}

  std::vector<std::string> Run() {
    faults_ = history_.faults;
    IndexActions();
    CheckEvents();
    for (const v1::Action& action : actions_) CheckAction(action);
    CheckRests();
    return std::move(faults_);
  }

 private:
  template <class... Words>
  void Fault(const Words&... words) {
    faults_.push_back(absl::StrCat(words...));
  }

  static const std::string& CauseOf(const v1::Action& action) {
    return action.spec().has_upstream() ? action.spec().upstream().name()
                                        : action.spec().event().name();
  }

  void IndexActions() {
    for (const v1::Action& action : actions_) {
      by_name_[action.metadata().name()] = &action;
      const std::pair key(CauseOf(action), action.spec().pipeline().name());
      if (!made_.emplace(key, &action).second) {
        Fault("two Actions of Pipeline ", key.second, " and ", key.first);
      }
    }
  }

  // `wants`: what a Rule says to the cause, which was there from `begun` on;
  // `told`: whether the cause tells of an Action.
  template <class Wants, class Told>
  void CheckCause(const std::string& cause, uint64_t begun, uint64_t dispatched, const Wants& wants,
                  const Told& told) {
    for (const auto& [name, versions] : deeds_.rules) {
      const auto made = made_.find({cause, name});
      const v1::Action* const action = made == made_.end() ? nullptr : made->second;
      for (const Version& version : versions) {
        const bool there = version.sure <= begun && version.until >= dispatched;
        if (!there || !wants(version.rule)) continue;
        if (action == nullptr) {
          Fault(cause, " has no Action of Pipeline ", name, ", which wants it");
        } else if (!told(action->metadata().name())) {
          Fault(cause, " does not tell of its Action of Pipeline ", name);
        }
      }
      if (action == nullptr) continue;
      const uint64_t created = history_.actions.at(action->metadata().name()).created;
      if (std::none_of(versions.begin(), versions.end(), [&](const Version& version) {
            return version.generation == action->spec().pipeline().generation() &&
                   version.from <= created && wants(version.rule);
          })) {
        Fault(cause, " has an Action of Pipeline ", name, ", which does not want it");
      }
    }
  }

  void CheckEvents() {
    std::map<std::string, const v1::Event*> recorded;
    for (const v1::Event& event : events_) {
      const std::string key = absl::StrCat(event.metadata().namespace_(), " ",
                                           event.spec().source(), " ", event.spec().id());
      if (!recorded.emplace(key, &event).second) Fault("two Events of ", key);
      if (!event.status().has_dispatch_time()) Fault(event.metadata().name(), " not dispatched");
      for (const v1::Decision& decision : event.status().decisions()) {
        if (decision.action().empty() == decision.matched() ||
            (decision.matched() && !by_name_.contains(decision.action()))) {
          Fault(event.metadata().name(), " has no Action for its decision of ",
                decision.pipeline());
        }
      }
    }
    size_t posted = 0;
    for (const Post& post : deeds_.posts) {
      if (post.begun == 0) continue;
      ++posted;
      const std::string key = absl::StrCat(post.ns, " ", post.source, " ", post.id);
      const auto found = recorded.find(key);
      if (found == recorded.end()) {
        Fault("the event ", key, " was accepted and is not recorded");
        continue;
      }
      const v1::Event& event = *found->second;
      const auto dispatched = history_.events_dispatched.find(event.metadata().name());
      if (dispatched == history_.events_dispatched.end()) continue;
      std::set<std::string> told;
      for (const v1::Decision& decision : event.status().decisions()) {
        told.insert(decision.action());
      }
      CheckCause(
          event.metadata().name(), post.begun, dispatched->second,
          [&](const Rule& rule) { return rule.Wants(event); },
          [&](const std::string& name) { return told.contains(name); });
    }
    if (events_.size() != posted) Fault(events_.size(), " Events of ", posted, " posts");
  }

  void CheckAction(const v1::Action& action) {
    const std::string& name = action.metadata().name();
    if (!deeds_.rules.contains(action.spec().pipeline().name())) Fault(name, " of no Pipeline");
    if (!action.status().has_dispatch_time()) Fault("the Action ", name, " is not dispatched");
    if (!IsTerminal(action)) return Fault("the Action ", name, " has not ended");
    const ActionHistory& history = history_.actions.at(name);
    const auto wants = [&](const Rule& rule) {
      return action.spec().upstream().via_size() < kLongestChain &&
             rule.Wants(action, history.completion);
    };
    CheckCause(name, history.ended, history.dispatched, wants,
               [](const std::string& /*name*/) { return true; });
    CheckEnd(action);
  }

  // How it ended is how its run did, unless somebody ended that.
  void CheckEnd(const v1::Action& action) {
    const std::string& name = action.metadata().name();
    const v1::Completion completion = action.status().completion();
    std::string reason;
    for (const v1::Condition& condition : action.status().conditions()) {
      if (condition.type() == kSucceeded) reason = condition.reason();
    }
    const auto outcome = engine_.outcomes().find(action.metadata().uid());
    const bool cancelled = reason == kBuildCancelled && action.spec().status() == kBuildCancelled;
    if (cancelled || (reason == kReasonTimeout && outcome != engine_.outcomes().end())) {
      if (completion != v1::COMPLETION_FAILURE) Fault(name, " ended as ", completion);
      return;
    }
    // What was refused for long: nobody saw how it ended, or it never ran.
    const bool unseen = reason == kReasonRunLost && completion == v1::COMPLETION_UNKNOWN;
    const bool never = reason == kReasonExecuteFailed && completion == v1::COMPLETION_FAILURE &&
                       outcome == engine_.outcomes().end();
    if (engine_.ever_refused() && (unseen || never)) return;
    if (outcome == engine_.outcomes().end()) return Fault(name, " ended and never ran: ", reason);
    static const std::map<Outcome, v1::Completion> kExpected = {
        {Outcome::kSuccess, v1::COMPLETION_SUCCESS},
        {Outcome::kFailure, v1::COMPLETION_FAILURE},
        {Outcome::kNeutral, v1::COMPLETION_NEUTRAL},
        {Outcome::kLost, v1::COMPLETION_UNKNOWN}};
    const auto expected = kExpected.find(outcome->second);
    if (expected == kExpected.end() || expected->second != completion) {
      Fault(name, " ended as ", completion, ", not as its run: ", reason);
    }
  }

  void CheckRests() {
    for (const RunKey& key : engine_.List()) Fault("the run of ", key.name, " is left");
    for (const char* stream : {bus::kEvents, bus::kActions}) {
      const size_t left = bus_.Stored(stream).size();
      if (left > 0) Fault(left, " messages are left in ", stream);
    }
    std::set<std::string> expected;
    for (const std::string& id : deeds_.garbage) expected.insert("dead." + id);
    std::set<std::string> dead;
    for (const bus::StoredMessage& letter : bus_.Stored(bus::kDead)) {
      dead.insert(letter.message.id);
      if (!expected.contains(letter.message.id)) {
        Fault("a dead letter that nobody called for: ", letter.message.id, " ",
              letter.message.Header("er-dead-reason"));
      }
    }
    for (const std::string& id : expected) {
      if (!dead.contains(id)) Fault("no dead letter ", id);
    }
  }

  const Deeds& deeds_;
  const History& history_;
  const Engine& engine_;
  const bus::FakeBus& bus_;
  const std::vector<v1::Event> events_;
  const std::vector<v1::Action> actions_;
  std::map<std::string, const v1::Action*> by_name_;
  Made made_;
  std::vector<std::string> faults_;
};

}  // namespace

v1::Pipeline Rule::ToPipeline() const {
  v1::Pipeline pipeline;
  pipeline.mutable_metadata()->set_name(name);
  pipeline.mutable_metadata()->set_namespace_(ns);
  auto& step = *pipeline.mutable_spec()->mutable_build()->add_steps()->mutable_fields();
  step["image"].set_string_value("busybox");
  v1::Trigger& trigger = *pipeline.mutable_spec()->mutable_trigger();
  if (chained) {
    trigger.mutable_pipeline()->set_name(upstream);
    trigger.mutable_pipeline()->set_status(completion);
    return pipeline;
  }
  trigger.mutable_event()->set_type(type);
  trigger.mutable_event()->set_source_pattern(source == Source::kAny           ? ""
                                              : source == Source::kBeginsWithA ? "^/a"
                                                                               : "b$");
  return pipeline;
}

bool Rule::Wants(const v1::Event& event) const {
  if (chained || event.metadata().namespace_() != ns || event.spec().type() != type) return false;
  switch (source) {
    case Source::kAny:
      return true;
    case Source::kBeginsWithA:
      return event.spec().source().starts_with("/a");
    case Source::kEndsWithB:
      return event.spec().source().ends_with("b");
  }
  return false;
}

bool Rule::Wants(const v1::Action& upstream_action, v1::Completion ended) const {
  const std::string& by = upstream_action.spec().pipeline().name();
  return chained && upstream_action.metadata().namespace_() == ns && by != name &&
         (upstream.empty() || upstream == by) &&
         (completion == v1::COMPLETION_UNSPECIFIED || completion == ended);
}

bool Settled(const Deeds& deeds, const History& history, const Engine& engine,
             const bus::FakeBus& bus) {
  size_t posted = 0;
  for (const Post& post : deeds.posts) posted += post.begun > 0 ? 1 : 0;
  if (history.events_dispatched.size() < posted) return false;
  for (const auto& [name, action] : history.actions) {
    if (action.dispatched == 0) return false;
  }
  return engine.List().empty() && bus.Stored(bus::kEvents).empty() &&
         bus.Stored(bus::kActions).empty();
}

std::vector<std::string> Check(const Deeds& deeds, const History& history, const Engine& engine,
                               const bus::FakeBus& bus, MemoryStore& store) {
  return Checker(deeds, history, engine, bus, store).Run();
}

}  // namespace eventreactor::simulation
