#include "services/ingest/acceptor.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "libs/bus/bus_errors.h"
#include "libs/bus/subjects.h"
#include "libs/clock/steady_now.h"
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

Load LoadOf(const cloudevents::CloudEvent& event) {
  return {1, event.data ? event.data->size() : 0};
}

// Gathers the results of a batch, from whatever threads they come.
class Gathering {
 public:
  Gathering(std::string ns, size_t events, Acceptor::BatchCallback done)
      : batch_{std::move(ns),
               std::vector<absl::StatusOr<Receipt>>(events, absl::UnknownError("no result yet"))},
        missing_(events),
        done_(std::move(done)) {}

  void Set(size_t index, absl::StatusOr<Receipt> result) {
    {
      const std::lock_guard lock(mutex_);
      batch_.results[index] = std::move(result);
      if (--missing_ > 0) return;
    }
    // The last one: nobody else looks at the results any more.
    done_(std::move(batch_));
  }

 private:
  std::mutex mutex_;
  BatchReceipt batch_;
  size_t missing_;
  const Acceptor::BatchCallback done_;
};

}  // namespace

Acceptor::Acceptor(Options options, bus::Bus& bus, Metrics& metrics, Quotas* quotas)
    : options_(std::move(options)), bus_(bus), metrics_(metrics), quotas_(quotas) {}

absl::StatusOr<std::string> Acceptor::Admit(const Sender& sender, const std::string& ns,
                                            const Load& load) {
  std::string wanted = ns.empty() ? options_.default_namespace : ns;
  absl::Status status = CheckNamespace(wanted);
  if (status.ok() && quotas_ != nullptr) {
    status = quotas_->Take(sender.address, wanted, load, SteadyNow());
  }
  if (status.ok()) return wanted;
  metrics_.Refused(sender.protocol, Reason(status));
  return status;
}

void Acceptor::Accept(const Sender& sender, const std::string& ns,
                      const cloudevents::CloudEvent& event, Callback done) {
  const auto admitted = Admit(sender, ns, LoadOf(event));
  if (!admitted.ok()) return done(admitted.status());
  Publish(sender.protocol, *admitted, event, std::move(done));
}

void Acceptor::AcceptBatch(const Sender& sender, const std::string& ns, cloudevents::Batch batch,
                           BatchCallback done) {
  Load load;
  for (const auto& event : batch) {
    // One that cannot be read counts as well: it was work to find that out.
    load.events += 1;
    if (event.ok()) load.bytes += LoadOf(*event).bytes;
  }
  const auto admitted = Admit(sender, ns, load);
  if (!admitted.ok()) return done(admitted.status());
  if (batch.empty()) return done(BatchReceipt{*admitted, {}});
  const auto gathering = std::make_shared<Gathering>(*admitted, batch.size(), std::move(done));
  for (size_t index = 0; index < batch.size(); ++index) {
    const auto& event = batch[index];
    if (!event.ok()) {
      metrics_.Refused(sender.protocol, Reason(event.status()));
      gathering->Set(index, event.status());
      continue;
    }
    Publish(sender.protocol, *admitted, *event,
            [gathering, index](absl::StatusOr<Receipt> receipt) {
              gathering->Set(index, std::move(receipt));
            });
  }
}

void Acceptor::Publish(Protocol protocol, const std::string& ns,
                       const cloudevents::CloudEvent& event, Callback done) {
  const absl::Time start = SteadyNow();
  Receipt receipt;
  receipt.ns = ns;
  absl::Status status = cloudevents::Validate(event, options_.limits);
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
                      metrics_.Accepted(protocol, ack->duplicate, SteadyNow() - start);
                      done(std::move(receipt));
                    });
}

}  // namespace eventreactor::ingest
