#include "cli/commands/ask_again.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "absl/time/clock.h"
#include "cli/commands/follow.h"
#include "cli/commands/list_items.h"
#include "cli/terminal.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using Identity = std::tuple<std::string, std::string, std::string>;

Identity IdentityOf(const ListItem& item) {
  return {item.manifest.value("kind", ""), item.ns, item.name};
}

absl::Status ShowAll(const std::vector<std::pair<v1::ChangeType, ListItem>>& changes,
                     ListView& view) {
  for (const auto& [type, item] : changes) {
    if (absl::Status status = view.Change(type, item); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::pair<v1::ChangeType, ListItem>> Changes(const std::vector<ListItem>& before,
                                                         const std::vector<ListItem>& after) {
  std::map<Identity, const ListItem*> gone;
  for (const ListItem& item : before) gone.emplace(IdentityOf(item), &item);
  std::vector<std::pair<v1::ChangeType, ListItem>> changes;
  for (const ListItem& item : after) {
    const auto old = gone.find(IdentityOf(item));
    if (old == gone.end()) {
      changes.emplace_back(v1::CHANGE_TYPE_ADDED, item);
      continue;
    }
    if (old->second->manifest != item.manifest) {
      changes.emplace_back(v1::CHANGE_TYPE_MODIFIED, item);
    }
    gone.erase(old);
  }
  for (const auto& [identity, item] : gone) changes.emplace_back(v1::CHANGE_TYPE_DELETED, *item);
  return changes;
}

absl::StatusOr<int> WatchByAsking(
    const Globals& globals, ListView& view,
    const std::function<absl::StatusOr<std::vector<ListItem>>()>& list) {
  const absl::Time deadline = WatchDeadline(globals);
  absl::Duration pause;
  const auto ask = [&] {
    const absl::Time begin = absl::Now();
    auto items = list();
    // So that a long list is no burden.
    pause = std::max(absl::Seconds(1), (absl::Now() - begin) * 10);
    return items;
  };
  auto last = ask();
  if (!last.ok()) return last.status();
  absl::Status shown = view.Begin(*last);
  bool told = false;
  while (shown.ok()) {
    const absl::Time next = absl::Now() + pause;
    absl::SleepFor(std::min(next, deadline) - absl::Now());
    if (next > deadline) return TimeIsUp();
    auto items = ask();
    if (items.ok()) {
      told = false;
      shown = ShowAll(Changes(*last, *items), view);
      last = std::move(items);
      continue;
    }
    if (!IsTransient(items.status())) return items.status();
    if (!told) Talk(Message(items.status()) + "; waiting for it");
    told = true;
  }
  return EndOfWatch(shown);
}

}  // namespace eventreactor::cli
