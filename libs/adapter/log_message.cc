#include "libs/adapter/log_message.h"

#include "absl/strings/numbers.h"
#include "libs/bus/subjects.h"
#include "libs/cloudevents/nats.h"

namespace eventreactor {
namespace {

std::string Kind(const LogEntry& entry) {
  if (entry.eof) return "eof";
  return std::to_string(entry.offset) + (entry.cut ? "/cut" : "");
}

}  // namespace

bus::Message LogMessage(const RunKey& key, const LogEntry& entry) {
  cloudevents::CloudEvent event;
  event.id = key.uid + "/" + entry.step + "/" + Kind(entry);
  event.source = "/namespaces/" + key.ns + "/actions/" + key.name;
  event.type = "io.github.summerwind.eventreactor.log";
  event.subject = entry.step;
  event.time = absl::FormatTime(absl::RFC3339_full, entry.time, absl::UTCTimeZone());
  event.datacontenttype = "text/plain";

  bus::Message message;
  message.subject = bus::LogSubject(key.ns, key.name, entry.step);
  message.headers = cloudevents::ToNatsHeaders(event);
  message.headers.emplace_back("er-uid", key.uid);
  message.headers.emplace_back("er-step", entry.step);
  message.headers.emplace_back("er-offset", std::to_string(entry.offset));
  message.headers.emplace_back("er-end", std::to_string(entry.end));
  if (entry.cut) message.headers.emplace_back("er-cut", "true");
  if (entry.eof) message.headers.emplace_back("er-eof", "true");
  message.payload = entry.data;
  message.id = event.id;
  return message;
}

std::optional<LogEntry> ReadLogMessage(const bus::StoredMessage& stored) {
  const bus::Message& message = stored.message;
  LogEntry entry;
  entry.uid = message.Header("er-uid");
  entry.step = message.Header("er-step");
  entry.cut = message.Header("er-cut") == "true";
  entry.eof = message.Header("er-eof") == "true";
  if (entry.uid.empty() || !absl::SimpleAtoi(message.Header("er-offset"), &entry.offset) ||
      !absl::SimpleAtoi(message.Header("er-end"), &entry.end) || entry.offset < 0 ||
      entry.end < entry.offset) {
    return std::nullopt;
  }
  entry.data = message.payload;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, message.Header("ce-time"), &entry.time, &error)) {
    entry.time = stored.stored_at;
  }
  return entry;
}

}  // namespace eventreactor
