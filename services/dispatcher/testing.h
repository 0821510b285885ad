// A dispatcher with everything around it, for tests.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "libs/bus/fake_bus.h"
#include "libs/bus/subjects.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"
#include "libs/domain/fixtures.h"
#include "libs/domain/matching.h"
#include "libs/domain/naming.h"
#include "services/dispatcher/dispatcher.h"
#include "services/dispatcher/fake_adapter.h"

namespace eventreactor::dispatcher {

// Waits for what another thread will make true.
inline bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

// An accepted CloudEvent, as ingest publishes it.
inline bus::Message EventMessage(const std::string& type, const std::string& source,
                                 const std::string& id, const std::string& ns = "default") {
  cloudevents::CloudEvent event;
  event.type = type;
  event.source = source;
  event.id = id;
  event.data = "data of " + id;
  bus::Message message;
  message.subject = bus::EventSubject(ns, type);
  message.headers = cloudevents::ToNatsHeaders(event);
  message.headers.emplace_back("er-namespace", ns);
  message.payload = *event.data;
  message.id = EventName(ns, source, id);
  return message;
}

// A finished Action, as the adapter publishes it.
inline bus::Message ActionMessage(const v1::Action& action) {
  const cloudevents::CloudEvent event = CloudEventFromAction(action);
  bus::Message message;
  message.subject =
      bus::ActionSubject(action.metadata().namespace_(), action.spec().pipeline().name(),
                         CompletionName(action.status().completion()));
  message.headers = cloudevents::ToNatsHeaders(event);
  message.headers.emplace_back("er-namespace", action.metadata().namespace_());
  message.payload = event.data.value_or("");
  message.id = action.metadata().uid();
  return message;
}

// Says what the test tells it to.
class FakeProber : public Prober {
 public:
  using Answer = std::function<Verdict(const std::vector<const bus::Message*>&)>;
  Verdict Try(const std::vector<const bus::Message*>& messages, const View&) override {
    ++tries;
    return answer(messages);
  }
  int tries = 0;
  Answer answer = [](const auto&) { return Verdict::kHarmless; };
};

// One dispatcher process: make another over the same bus and adapter, and it
// is as if the first had been restarted.
struct Process {
  explicit Process(bus::Bus& bus, FakeAdapter& adapter)
      : cache(adapter),
        barrier(adapter, cache, absl::ZeroDuration()),
        gate([&adapter] { return adapter.Barrier("default").status(); }),
        dead_letters(bus),
        events({adapter, cache, barrier, dead_letters, gate, loans, prober,
                [] { return absl::Now(); }},
               kAcceptedEvents, event_metrics),
        actions({adapter, cache, barrier, dead_letters, gate, loans, prober,
                 [] { return absl::Now(); }},
                kFinishedActions, action_metrics) {
    cache.WaitReady();
  }

  prometheus::Registry registry;
  CauseMetrics event_metrics{registry, "event"};
  CauseMetrics action_metrics{registry, "action"};
  PipelineCache cache;
  PipelineBarrier barrier;
  AdapterGate gate;
  DeadLetters dead_letters;
  Loans loans;
  FakeProber prober;
  Dispatcher events;
  Dispatcher actions;
};

}  // namespace eventreactor::dispatcher
