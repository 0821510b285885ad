#include "services/dispatcher/letter.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/cloudevents/nats.h"
#include "libs/text/utf8.h"
#include "services/dispatcher/dead_letters.h"
#include "services/dispatcher/request.h"

namespace eventreactor::dispatcher {
namespace {

constexpr size_t kMaxAttribute = 1024;

// er.dead.event.a.b -> er.event.a.b
std::string OriginalSubject(const std::string& subject) {
  constexpr char kDeadPrefix[] = "er.dead.";
  if (!absl::StartsWith(subject, kDeadPrefix)) return subject;
  return absl::StrCat("er.", subject.substr(sizeof(kDeadPrefix) - 1));
}

bool IsNoteOfDeath(const std::string& header) { return absl::StartsWith(header, "er-dead-"); }

void SetAttributes(const bus::Message& message, v1::DeadLetter& letter) {
  const auto event = cloudevents::FromNats(message.headers, "");
  const auto text = [&](const std::string& decoded, const char* header) {
    return ValidUtf8(event.ok() ? decoded : message.Header(header), kMaxAttribute);
  };
  letter.set_type(text(event.ok() ? event->type : "", "ce-type"));
  letter.set_source(text(event.ok() ? event->source : "", "ce-source"));
  letter.set_id(text(event.ok() ? event->id : "", "ce-id"));
}

}  // namespace

v1::DeadLetter DescribeLetter(const bus::StoredMessage& letter) {
  const bus::Message& message = letter.message;
  v1::DeadLetter out;
  out.set_sequence(letter.sequence);
  out.set_namespace_(ValidUtf8(message.Header("er-namespace"), kMaxAttribute));
  out.set_subject(OriginalSubject(message.subject));
  SetAttributes(message, out);
  out.set_reason(ValidUtf8(message.Header(kDeadReason), kMaxAttribute));
  out.set_message(ValidUtf8(message.Header(kDeadMessage), kMaxAttribute));
  int64_t attempts = 0;
  if (absl::SimpleAtoi(message.Header(kDeadAttempts), &attempts)) out.set_attempts(attempts);
  const int64_t nanos = absl::ToUnixNanos(letter.stored_at);
  out.mutable_time()->set_seconds(nanos / 1'000'000'000);
  out.mutable_time()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  out.set_size(static_cast<int64_t>(message.payload.size()));
  if (const std::string& names = message.Header(kDeadPipelines); !names.empty()) {
    for (const auto& name : absl::StrSplit(names, ',')) {
      out.add_pipelines(ValidUtf8(std::string(name), kMaxAttribute));
    }
  }
  return out;
}

bus::Message Reborn(const bus::StoredMessage& letter) {
  bus::Message message;
  message.subject = OriginalSubject(letter.message.subject);
  message.payload = letter.message.payload;
  message.headers.reserve(letter.message.headers.size() + 2);
  for (const auto& header : letter.message.headers) {
    if (!IsNoteOfDeath(header.first)) message.headers.push_back(header);
  }
  // A request stays the one that it was.
  if (message.Header(kRequestHeader).empty()) {
    message.headers.emplace_back(kRequestHeader, "letter");
    const std::string& names = letter.message.Header(kDeadPipelines);
    if (!names.empty()) message.headers.emplace_back(kPipelinesHeader, names);
  }
  message.id = absl::StrCat("letter.", letter.sequence, ".", absl::ToUnixNanos(letter.stored_at));
  return message;
}

}  // namespace eventreactor::dispatcher
