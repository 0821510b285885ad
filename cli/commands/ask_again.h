// Watches a list whose service has no Watch: asks for it again and again, and
// tells what is other than before.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/commands/list_view.h"

namespace eventreactor::cli {

// From one answer to the next: what is new or other, in its order, then what is
// gone. Items need manifests; one is the same while kind, namespace and name are.
std::vector<std::pair<v1::ChangeType, ListItem>> Changes(const std::vector<ListItem>& before,
                                                         const std::vector<ListItem>& after);

// Shows what `list` answers, then each change, until --timeout, which is
// DEADLINE_EXCEEDED, or until nobody reads. It asks again after a second, or
// after ten times as long as the answer took. A service that goes away once it
// has answered is waited for.
absl::StatusOr<int> WatchByAsking(
    const Globals& globals, ListView& view,
    const std::function<absl::StatusOr<std::vector<ListItem>>()>& list);

}  // namespace eventreactor::cli
