// One message in the dispatcher's hands, from its delivery to the end of its
// loan.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "libs/bus/bus.h"
#include "services/dispatcher/dispatch.h"
#include "services/dispatcher/loans.h"
#include "services/dispatcher/view.h"

namespace eventreactor::dispatcher {

struct Task {
  Task(std::unique_ptr<bus::Delivery> message, Loans& loans)
      : delivery(std::move(message)), hold(std::in_place, loans, *delivery) {}

  const std::unique_ptr<bus::Delivery> delivery;
  // Unset once the loan has ended; then nothing more is done.
  std::optional<Loans::Hold> hold;
  // Null until the message was read.
  std::unique_ptr<Dispatch> dispatch;
  // What its first Actions were created by; not kept for its sake.
  std::weak_ptr<const View> seen;
  // Since when all that the snapshot said is created.
  absl::Time waits_since = absl::InfiniteFuture();
  // What the barrier answered; null before it.
  std::shared_ptr<const View> fresh;

  // Whether the barrier knows nothing that was not seen already.
  bool up_to_date() const { return !seen.owner_before(fresh) && !fresh.owner_before(seen); }
  bool ended() const { return !hold.has_value(); }
  // Such a one is for the Pipelines of now, and waits for the barrier.
  bool on_request() const { return dispatch != nullptr && dispatch->cause().on_request(); }
};

using Tasks = std::vector<std::unique_ptr<Task>>;

}  // namespace eventreactor::dispatcher
