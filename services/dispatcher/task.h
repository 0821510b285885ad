// One message in the dispatcher's hands, from its delivery to the end of its
// loan.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

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
  // What its first Actions were created by.
  std::shared_ptr<const View> seen;
  // What the barrier answered; null before it.
  std::shared_ptr<const View> fresh;

  bool ended() const { return !hold.has_value(); }
  // Such a one is for the Pipelines of now, and waits for the barrier.
  bool on_request() const { return dispatch != nullptr && dispatch->cause().on_request(); }
};

using Tasks = std::vector<std::unique_ptr<Task>>;

}  // namespace eventreactor::dispatcher
