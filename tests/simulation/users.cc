#include "tests/simulation/users.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::simulation {
namespace {

constexpr absl::Duration kAskAgain = absl::Milliseconds(500);

template <class T>
const T& OneOf(Schedule& schedule, const std::vector<T>& all) {
  return all.at(schedule.Below(all.size()));
}

constexpr char kHome[] = "default";
constexpr char kTeam[] = "team";

const std::vector<std::string>& EventPipelines() {
  static const auto* const kNames = new std::vector<std::string>{"e0", "e1", "e2", "team-e3"};
  return *kNames;
}

const std::vector<std::string>& ChainedPipelines() {
  static const auto* const kNames = new std::vector<std::string>{"c0", "c1", "team-c2"};
  return *kNames;
}

std::string NamespaceOf(const std::string& pipeline) {
  return pipeline.starts_with("team-") ? kTeam : kHome;
}

}  // namespace

Users::Users(const Outside& outside, ProcessPtr process, AdapterPort::Current adapter)
    : outside_(outside),
      schedule_(outside.schedule),
      process_(std::move(process)),
      bus_(outside.bus, outside.calls, process_, /*waits=*/true, Mutation::kNone),
      adapter_(outside, std::move(adapter)) {
  // Mostly few: many small runs show more than few large ones.
  const uint64_t events = 5 + schedule_.Below(1 + schedule_.Below(16));
  for (uint64_t i = 0; i < events; ++i) {
    deeds_.posts.push_back({.ns = schedule_.Chance(0.6) ? kHome : kTeam,
                            .type = OneOf<std::string>(schedule_, {"push", "pull"}),
                            .source = OneOf<std::string>(schedule_, {"/a", "/a/b", "/b", "/c"}),
                            .id = absl::StrCat("id-", i)});
  }
}

void Users::Start() {
  at_it_ = 3;
  schedule_.Spawn(process_, [this] {
    for (const auto* names : {&EventPipelines(), &ChainedPipelines()}) {
      for (const std::string& name : *names) {
        if (schedule_.Chance(0.8)) Apply(name);
      }
    }
    // Every event once at least, by one or the other.
    const int posts = static_cast<int>(deeds_.posts.size());
    schedule_.Spawn(process_, [this, posts] { PostSome(posts); });
    schedule_.Spawn(process_, [this, posts] { PostSome(posts / 2); });
    Operate(4 + static_cast<int>(schedule_.Below(10)));
  });
}

void Users::PostSome(int posts) {
  for (int i = 0; i < posts; ++i) {
    schedule_.Sleep(schedule_.Within(absl::Seconds(3)));
    PostOne();
  }
  --at_it_;
}

void Users::Operate(int deeds) {
  for (int i = 0; i < deeds; ++i) {
    schedule_.Sleep(schedule_.Within(absl::Seconds(8)));
    const std::string& name =
        OneOf(schedule_, schedule_.Chance(0.6) ? EventPipelines() : ChainedPipelines());
    const uint64_t dice = schedule_.Below(10);
    if (dice < 4) {
      Apply(name);
    } else if (dice < 5) {
      Delete(name);
    } else if (dice < 7) {
      Cancel();
    } else if (dice < 8) {
      SendGarbage(i);
    } else {
      Disturb();
    }
  }
  --at_it_;
}

// Of either stream; of the poisonous kind a dispatcher dies.
void Users::SendGarbage(int number) {
  const bool event = schedule_.Chance(0.6);
  bus::Message message;
  message.subject = event ? "er.event.default.push" : "er.action.default.e0.success";
  message.headers.emplace_back("er-namespace", "default");
  if (!event) {
    message.headers.emplace_back("ce-source", "/namespaces/default/actions/nobody");
    message.headers.emplace_back("ce-id", "uid-of-nobody");
  }
  message.id = absl::StrCat(schedule_.Chance(0.2) ? kPoison : "garbage", "-", number);
  deeds_.garbage.push_back(message.id);
  Publish(message);
}

void Users::Publish(const bus::Message& message) {
  while (!bus_.Publish(message).ok()) schedule_.Sleep(kAskAgain);
}

void Users::PostOne() {
  // What was not posted yet, or anything once more.
  std::vector<Post*> fresh;
  for (Post& post : deeds_.posts) {
    if (post.begun == 0) fresh.push_back(&post);
  }
  const bool again = fresh.empty() || schedule_.Chance(0.2);
  Post& post =
      again ? deeds_.posts.at(schedule_.Below(deeds_.posts.size())) : *OneOf(schedule_, fresh);
  if (post.begun == 0) post.begun = schedule_.step();
  Publish(dispatcher::EventMessage(post.type, post.source, post.id, post.ns));
}

Rule Users::AnyRule(const std::string& name) {
  Rule rule;
  rule.ns = NamespaceOf(name);
  rule.name = name;
  rule.chained = std::ranges::count(ChainedPipelines(), name) > 0;
  if (!rule.chained) {
    rule.type = OneOf<std::string>(schedule_, {"push", "pull"});
    rule.source = OneOf<Rule::Source>(
        schedule_, {Rule::Source::kAny, Rule::Source::kBeginsWithA, Rule::Source::kEndsWithB});
    return rule;
  }
  // Rarely after everything, which may go round until the chain is too long.
  rule.upstream = schedule_.Chance(0.05) ? "" : OneOf(schedule_, EventPipelines());
  if (schedule_.Chance(0.3)) rule.upstream = OneOf(schedule_, ChainedPipelines());
  if (rule.upstream == name) rule.upstream = EventPipelines().front();
  rule.completion = OneOf<v1::Completion>(
      schedule_, {v1::COMPLETION_UNSPECIFIED, v1::COMPLETION_SUCCESS, v1::COMPLETION_FAILURE});
  return rule;
}

void Users::EndLast(std::vector<Version>& versions) const {
  if (!versions.empty()) versions.back().until = std::min(versions.back().until, schedule_.step());
}

void Users::Apply(const std::string& name) {
  Version version;
  version.rule = AnyRule(name);
  std::vector<Version>& versions = deeds_.rules[name];
  EndLast(versions);
  version.from = schedule_.step();
  versions.push_back(version);
  absl::StatusOr<v1::Pipeline> applied;
  while (!(applied = adapter_.Apply(version.rule.ToPipeline())).ok()) schedule_.Sleep(kAskAgain);
  versions.back().generation = applied->metadata().generation();
  versions.back().sure = schedule_.step();
}

void Users::Delete(const std::string& name) {
  std::vector<Version>& versions = deeds_.rules[name];
  EndLast(versions);
  absl::Status deleted;
  while (!(deleted = adapter_.DeletePipeline(NamespaceOf(name), name)).ok() &&
         !absl::IsNotFound(deleted)) {
    schedule_.Sleep(kAskAgain);
  }
}

void Users::Cancel() {
  std::vector<std::pair<std::string, std::string>> open;
  for (const auto& [name, action] : outside_.history.actions) {
    if (action.ended == 0) open.emplace_back(action.ns, name);
  }
  if (open.empty()) return;
  // Once is enough: they do not insist.
  const auto& [ns, name] = OneOf(schedule_, open);
  adapter_.Cancel(ns, name).IgnoreError();
}

void Users::Disturb() {
  if (schedule_.Chance(0.4)) {
    const std::string stream =
        OneOf<std::string>(schedule_, {bus::kEvents, bus::kActions, bus::kDead});
    schedule_.Note("is full", stream, "");
    outside_.bus.SetFull(stream, true);
    schedule_.Spawn(process_, [this, stream] {
      schedule_.Sleep(schedule_.Within(absl::Seconds(30)));
      outside_.bus.SetFull(stream, false);
    });
  } else if (schedule_.Chance(0.3)) {
    schedule_.Note("engine refuses", "", "");
    // At times for longer than anybody tries.
    outside_.engine.Refuse(
        schedule_.Within(schedule_.Chance(0.3) ? absl::Minutes(100) : absl::Seconds(60)));
  } else if (schedule_.Chance(0.5)) {
    schedule_.Note("forgets ids", "", "");
    outside_.bus.ForgetIds();
  } else {
    schedule_.Note("forgets versions", "", "");
    outside_.store.ExpireVersions();
    schedule_.Notify();
  }
}

}  // namespace eventreactor::simulation
