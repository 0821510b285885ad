// Resources to the items of a ListView, whichever way they come.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "cli/commands/follow.h"
#include "cli/commands/list_view.h"
#include "cli/errors.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

// What a list command does with each resource.
template <class Resource>
struct ListEach {
  // One cell for each column of the kind.
  std::function<std::vector<Cell>(const Resource&)> cells;
  // False for what the user did not ask for and the service did not leave out.
  std::function<bool(const Resource&)> wanted;
};

template <class Resource>
ListItem ToItem(const Resource& resource, const ListEach<Resource>& each, bool with_manifest) {
  const auto& metadata = resource.metadata();
  ListItem item{metadata.namespace_(),
                metadata.name(),
                ToTime(metadata.creation_timestamp()),
                each.cells(resource),
                {}};
  if (with_manifest) item.manifest = ToManifest(resource);
  return item;
}

template <class Resource>
std::vector<ListItem> ToItems(const std::vector<Resource>& resources, const ListView& view,
                              const ListEach<Resource>& each) {
  std::vector<ListItem> items;
  items.reserve(resources.size());
  for (const auto& resource : resources) {
    if (each.wanted(resource)) items.push_back(ToItem(resource, each, view.WantsManifests()));
  }
  return items;
}

// Shows what is followed. All three outlive it.
template <class Resource>
Follower<Resource> ShowChanges(ListView& view, const ListEach<Resource>& each) {
  Follower<Resource> follower;
  follower.begin = [&view, &each](std::vector<Resource> all) {
    return view.Begin(ToItems(all, view, each));
  };
  follower.change = [&view, &each](v1::ChangeType type, const Resource& resource) {
    if (!each.wanted(resource)) return absl::OkStatus();
    return view.Change(type, ToItem(resource, each, view.WantsManifests()));
  };
  return follower;
}

// How a watch ends: that nobody reads it any more is no failure.
inline absl::StatusOr<int> EndOfWatch(const absl::Status& status) {
  if (Reason(status) == "NOBODY_READS") return kOk;
  return status;
}

inline absl::Time WatchDeadline(const Globals& globals) {
  return absl::Now() + globals.timeout.value_or(absl::InfiniteDuration());
}

}  // namespace eventreactor::cli
