#include "services/dispatcher/dead_letters.h"

#include "absl/strings/str_join.h"
#include "libs/bus/subjects.h"
#include "libs/text/utf8.h"

namespace eventreactor::dispatcher {
namespace {

constexpr size_t kMaxMessage = 1024;
// With reason and message it is what the bus leaves to a letter.
constexpr size_t kMaxPipelines = 1500;

}  // namespace

std::string OneLine(const std::string& text) {
  std::string line = ValidUtf8(text, kMaxMessage);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

absl::Status DeadLetters::Bury(const bus::Delivery& delivery, const std::string& reason,
                               const std::string& message,
                               const std::vector<std::string>& pipelines) {
  bus::Message letter = delivery.message();
  // The stream's number where a message has no id; both belong to one letter.
  const std::string id =
      letter.id.empty() ? letter.subject + "#" + std::to_string(delivery.sequence()) : letter.id;
  letter.id = "dead." + id;
  letter.subject = bus::DeadSubject(letter.subject);
  letter.headers.emplace_back(kDeadReason, OneLine(reason));
  letter.headers.emplace_back(kDeadMessage, OneLine(message));
  letter.headers.emplace_back(kDeadAttempts, std::to_string(delivery.attempt()));
  const std::string names = absl::StrJoin(pipelines, ",");
  if (!names.empty() && names.size() <= kMaxPipelines) {
    letter.headers.emplace_back(kDeadPipelines, names);
  }
  return bus_.Publish(letter).status();
}

}  // namespace eventreactor::dispatcher
