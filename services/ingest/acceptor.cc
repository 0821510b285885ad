#include "services/ingest/acceptor.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/bus/bus_errors.h"
#include "libs/bus/subjects.h"
#include "libs/cloudevents/nats.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor::ingest {
namespace {

bus::Message MakeMessage(const Receipt& receipt, const cloudevents::CloudEvent& event) {
  bus::Message message;
  message.subject = bus::EventSubject(receipt.ns, event.type);
  message.headers = cloudevents::ToNatsHeaders(event);
  message.headers.emplace_back(kNamespaceHeader, receipt.ns);
  message.payload = event.data.value_or("");
  message.id = receipt.name;
  return message;
}

// What of the event takes the room that it has not: the attribute of the
// longest header if there are too many bytes of headers, the data otherwise.
std::string LargestPart(const bus::Message& message) {
  if (bus::WireBytes(message) - message.payload.size() <= bus::kMaxHeaderBytes) return "data";
  const auto longest = std::max_element(
      message.headers.begin(), message.headers.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (longest->first == "content-type") return "datacontenttype";
  return longest->first.starts_with("ce-") ? longest->first.substr(3) : longest->first;
}

absl::Status CheckFits(const bus::Message& message) {
  absl::Status status = bus::CheckMessage(message);
  if (Reason(status) != "MESSAGE_TOO_LARGE") return status;
  const std::string part = LargestPart(message);
  return MakeStatus(status.code(), Reason(status), part + ": " + Message(status), part);
}

absl::Status CheckNamespace(const std::string& ns) {
  if (IsDnsLabel(ns)) return absl::OkStatus();
  return InvalidField(
      "namespace", "must be a DNS label: at most 63 lower-case letters, digits and dashes, not " +
                       cloudevents::Quoted(ns));
}

}  // namespace

Acceptor::Acceptor(Options options, bus::Bus& bus, Metrics& metrics)
    : options_(std::move(options)), bus_(bus), metrics_(metrics) {}

void Acceptor::Accept(Protocol protocol, const std::string& ns,
                      const cloudevents::CloudEvent& event, Callback done) {
  const absl::Time start = absl::Now();
  Receipt receipt;
  receipt.ns = ns.empty() ? options_.default_namespace : ns;
  absl::Status status = CheckNamespace(receipt.ns);
  if (status.ok()) status = cloudevents::Validate(event, options_.limits);
  if (!status.ok()) {
    metrics_.Refused(protocol, Reason(status));
    done(std::move(status));
    return;
  }
  receipt.name = EventName(receipt.ns, event.source, event.id);
  const bus::Message message = MakeMessage(receipt, event);
  if (status = CheckFits(message); !status.ok()) {
    metrics_.Refused(protocol, Reason(status));
    done(std::move(status));
    return;
  }
  bus_.PublishAsync(message, options_.publish_timeout,
                    [this, protocol, start, receipt = std::move(receipt),
                     done = std::move(done)](absl::StatusOr<bus::PublishAck> ack) mutable {
                      if (!ack.ok()) {
                        metrics_.Refused(protocol, Reason(ack.status()));
                        done(ack.status());
                        return;
                      }
                      receipt.duplicate = ack->duplicate;
                      metrics_.Accepted(protocol, ack->duplicate, absl::Now() - start);
                      done(std::move(receipt));
                    });
}

}  // namespace eventreactor::ingest
