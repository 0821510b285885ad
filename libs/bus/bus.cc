#include "libs/bus/bus.h"

#include <future>

namespace eventreactor::bus {

const std::string& Message::Header(const std::string& name) const {
  static const std::string* const kNone = new std::string;
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return *kNone;
}

absl::StatusOr<PublishAck> Bus::Publish(const Message& message, absl::Duration timeout) {
  // Shared: the callback may still be running when the waiter has its answer.
  auto answer = std::make_shared<std::promise<absl::StatusOr<PublishAck>>>();
  PublishAsync(message, timeout,
               [answer](absl::StatusOr<PublishAck> ack) { answer->set_value(std::move(ack)); });
  return answer->get_future().get();
}

}  // namespace eventreactor::bus
