#include "services/dispatcher/dead_letters.h"

#include "libs/bus/subjects.h"
#include "libs/text/utf8.h"

namespace eventreactor::dispatcher {
namespace {

constexpr size_t kMaxMessage = 1024;

}  // namespace

std::string OneLine(const std::string& text) {
  std::string line = ValidUtf8(text, kMaxMessage);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

absl::Status DeadLetters::Bury(const bus::Delivery& delivery, const std::string& reason,
                               const std::string& message) {
  bus::Message letter = delivery.message();
  // The stream's number where a message has no id; both belong to one letter.
  const std::string id =
      letter.id.empty() ? letter.subject + "#" + std::to_string(delivery.sequence()) : letter.id;
  letter.id = "dead." + id;
  letter.subject = bus::DeadSubject(letter.subject);
  letter.headers.emplace_back("er-dead-reason", OneLine(reason));
  letter.headers.emplace_back("er-dead-message", OneLine(message));
  letter.headers.emplace_back("er-dead-attempts", std::to_string(delivery.attempt()));
  return bus_.Publish(letter).status();
}

}  // namespace eventreactor::dispatcher
