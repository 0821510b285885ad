#include "libs/cloudevents/nats.h"

#include "libs/cloudevents/http.h"
#include "libs/cloudevents/text.h"

namespace eventreactor::cloudevents {

Headers ToNatsHeaders(const CloudEvent& event) {
  Headers headers;
  const auto add = [&headers](const std::string& name, const std::string& value) {
    headers.emplace_back("ce-" + name, PercentEncode(value));
  };
  add("specversion", "1.0");
  add("id", event.id);
  add("source", event.source);
  add("type", event.type);
  if (!event.dataschema.empty()) add("dataschema", event.dataschema);
  if (!event.subject.empty()) add("subject", event.subject);
  if (!event.time.empty()) add("time", event.time);
  for (const auto& [name, value] : event.extensions) {
    add(name, value);
    // An empty header does not arrive; quotes around nothing do, and mean it.
    if (value.empty()) headers.back().second = "\"\"";
  }
  // A media type is ASCII, and is a header in its own right: never encoded.
  if (!event.datacontenttype.empty()) {
    headers.emplace_back("content-type", event.datacontenttype);
  }
  return headers;
}

absl::StatusOr<CloudEvent> FromNats(const Headers& headers, const std::string& payload) {
  return FromBinary(headers, payload);
}

}  // namespace eventreactor::cloudevents
