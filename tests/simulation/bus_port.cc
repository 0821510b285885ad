#include "tests/simulation/bus_port.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace eventreactor::simulation {
namespace {

class DeliveryPort : public bus::Delivery {
 public:
  DeliveryPort(std::unique_ptr<bus::Delivery> delivery, Calls& calls)
      : delivery_(std::move(delivery)), calls_(calls) {}

  const bus::Message& message() const override { return delivery_->message(); }
  uint64_t attempt() const override { return delivery_->attempt(); }
  absl::Time stored_at() const override { return delivery_->stored_at(); }
  uint64_t sequence() const override { return delivery_->sequence(); }

  // Not confirmed: what is lost looks like what is not.
  absl::Status Ack() override {
    calls_.Make("Ack", message().id, [&] { return delivery_->Ack(); }).IgnoreError();
    return absl::OkStatus();
  }
  // The wait has dice of its own; these are the seed's.
  absl::Status Nak(absl::Duration /*delay*/) override {
    const absl::Duration delay = calls_.schedule().Within(absl::Seconds(10));
    calls_.Make("Nak", message().id, [&] { return delivery_->Nak(delay); }).IgnoreError();
    return absl::OkStatus();
  }
  // Called with a lock held: nobody else may run.
  absl::Status InProgress() override { return delivery_->InProgress(); }

 private:
  const std::unique_ptr<bus::Delivery> delivery_;
  Calls& calls_;
};

class ConsumerPort : public bus::Consumer {
 public:
  ConsumerPort(std::unique_ptr<bus::Consumer> consumer, std::string stream, Calls& calls,
               bool acks_first)
      : consumer_(std::move(consumer)),
        stream_(std::move(stream)),
        calls_(calls),
        acks_first_(acks_first) {}

  absl::StatusOr<std::vector<std::unique_ptr<bus::Delivery>>> Fetch(int max,
                                                                    absl::Duration wait) override {
    if (absl::Status lost = calls_.Before("Fetch", stream_); !lost.ok()) return lost;
    auto fetched = consumer_->Fetch(max, absl::ZeroDuration());
    if (!fetched.ok() || fetched->empty()) {
      if (wait > absl::ZeroDuration()) calls_.schedule().Idle(wait);
      return fetched;
    }
    for (auto& delivery : *fetched) {
      calls_.schedule().Note("takes", delivery->message().id, absl::StrCat(delivery->attempt()));
      // Now and then another gets it while this one is at it.
      if (calls_.Chance(calls_.weather().long_wait * 3)) {
        delivery->Nak(absl::ZeroDuration()).IgnoreError();
      }
      if (acks_first_) delivery->Ack().IgnoreError();
      delivery = std::make_unique<DeliveryPort>(std::move(delivery), calls_);
    }
    // What is lost on the way is lent all the same.
    if (absl::Status lost = calls_.After("Fetch", stream_, absl::OkStatus()); !lost.ok()) {
      return lost;
    }
    return fetched;
  }

 private:
  const std::unique_ptr<bus::Consumer> consumer_;
  const std::string stream_;
  Calls& calls_;
  const bool acks_first_;
};

}  // namespace

void BusPort::PublishAsync(const bus::Message& message, absl::Duration timeout,
                           PublishCallback done) {
  // For telling only: nothing that is simulated hears it.
  if (message.subject.starts_with("er.feed.")) return done(bus::PublishAck());
  if (waits_) return Store(message, timeout, done);
  calls_.schedule().Spawn(process_, [this, message, timeout, done = std::move(done)] {
    Store(message, timeout, done);
  });
}

void BusPort::Store(const bus::Message& message, absl::Duration timeout,
                    const PublishCallback& done) {
  done(calls_.Make("Publish", absl::StrCat(message.subject, " ", message.id), [&] {
    absl::StatusOr<bus::PublishAck> answer = absl::UnknownError("not answered");
    bus_.PublishAsync(message, timeout,
                      [&](absl::StatusOr<bus::PublishAck> ack) { answer = std::move(ack); });
    calls_.schedule().Notify();
    return answer;
  }));
}

absl::StatusOr<std::unique_ptr<bus::Consumer>> BusPort::Consume(const std::string& stream,
                                                                const std::string& durable) {
  auto consumer = bus_.Consume(stream, durable);
  if (!consumer.ok()) return consumer;
  return std::make_unique<ConsumerPort>(*std::move(consumer), stream, calls_,
                                        mutation_ == Mutation::kAcksFirst);
}

}  // namespace eventreactor::simulation
