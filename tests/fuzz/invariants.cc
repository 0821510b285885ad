#include "tests/fuzz/invariants.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "libs/cloudevents/nats.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::fuzz {
namespace {

constexpr size_t kLongestMessage = 1024;
constexpr size_t kLongestField = 64;

void CheckError(const absl::Status& status) {
  const std::string message = Message(status);
  Require(!Reason(status).empty(), "an error has a reason");
  Require(!Field(status).empty() && Field(status).size() <= kLongestField, "an error has a field");
  Require(message.rfind(Field(status) + ": ", 0) == 0, "a message begins with its field");
  Require(message.size() <= kLongestMessage, "a message is cut");
  Require(FindInvalidUtf8(message) == std::string::npos, "a message is UTF-8");
  for (const char c : message) Require(c >= 0x20 || c < 0, "a message is one line");
}

}  // namespace

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void CheckDecoded(const absl::StatusOr<cloudevents::CloudEvent>& event) {
  if (!event.ok()) return CheckError(event.status());
  const absl::Status valid = cloudevents::Validate(*event, {});
  if (!valid.ok()) return CheckError(valid);
  const cloudevents::Headers headers = cloudevents::ToNatsHeaders(*event);
  for (const auto& [name, value] : headers) {
    Require(value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos,
            "a header is one line");
  }
  const auto back = cloudevents::FromNats(headers, event->data.value_or(""));
  Require(back.ok(), "what is valid can be read back");
  cloudevents::CloudEvent expected = *event;
  // The binding cannot tell empty data from none.
  if (expected.data && expected.data->empty()) expected.data.reset();
  Require(*back == expected, "the bus changes nothing");
}

}  // namespace eventreactor::fuzz
