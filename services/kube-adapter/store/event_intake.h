// Dispatches Events that were made with kubectl: sees those that are neither
// marked nor have a dispatch time, and puts them on the bus as ingest would
// have. Their uid is the cause that names derive from, and the id of their
// message: made again under the same name, they run again.
//
// For the leader alone, though a second one does no harm: the bus knows the
// message's id, and all names that follow derive from it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/adapter/recorder.h"
#include "libs/bus/bus.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/store/kube_store.h"

namespace eventreactor::kube {

// The message of ER_EVENTS that asks for the dispatch of an Event that is
// there. INVALID_ARGUMENT naming the attribute if it is no CloudEvent. Pure.
absl::StatusOr<bus::Message> IntakeMessage(const v1::Event& event);

class EventIntake {
 public:
  // All of it outlives the intake.
  struct Ports {
    Client& client;
    KubeStore& store;
    bus::Bus& bus;
    Recorder& recorder = Recorder::None();
  };
  struct Options {
    // Between tries of what failed.
    absl::Duration retry_first = absl::Milliseconds(200);
    absl::Duration retry_most = absl::Seconds(10);
  };
  EventIntake(const Ports& ports, const Options& options);
  // Stops.
  ~EventIntake() { Stop(); }
  EventIntake(const EventIntake&) = delete;
  EventIntake& operator=(const EventIntake&) = delete;

  // After the store's Start; again after Stop, when leadership comes back.
  void Start();
  // Repeatable.
  void Stop();

 private:
  struct Work {
    ObjectName name;
    int failures = 0;
    absl::Time due = absl::InfinitePast();
  };

  void Run(const std::stop_token& stop);
  // Until the marks can no longer be followed.
  absl::Status Follow(const std::stop_token& stop);
  void Consider(const Cached<EventMark>& mark);
  void Forget(const std::string& uid);
  void DoWhatIsDue(const std::stop_token& stop);
  absl::Status Take(const ObjectName& name, const std::string& uid);
  void Refuse(const v1::Event& event, const absl::Status& why);
  absl::Status Label(const v1::Event& event);

  const Ports ports_;
  const Options options_;
  // By uid. Of the thread alone.
  std::map<std::string, Work> waiting_;
  std::set<std::string> done_;
  std::jthread thread_;
};

}  // namespace eventreactor::kube
