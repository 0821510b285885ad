// What may become of any call of a simulated process to the world outside of
// it: it takes a while, it fails, it is made and its answer is lost, or it is
// the last thing that the process does.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/status/status.h"
#include "tests/simulation/schedule.h"

namespace eventreactor::simulation {

// How probable each is, of one call.
struct Weather {
  double lost_call = 0;
  double lost_answer = 0;
  double death = 0;
  // A wait that is longer than a loan of the bus.
  double long_wait = 0;

  // What a seed makes of it: often only some of it.
  static Weather Of(Schedule& schedule);
};

// A product that has a fault, which the simulation has to find.
enum class Mutation {
  kNone,
  kAcksFirst,        // a message is acknowledged when it is taken
  kNeverTooLate,     // a cause that was dispatched goes on creating
  kStaleBarrier,     // the barrier answers what it answered first
  kSwallowedErrors,  // a creation that failed is taken for one that did not
  kBeginsAnew,       // a run that was begun before a restart is begun again
};

class Calls {
 public:
  Calls(Schedule& schedule, Weather weather) : schedule_(schedule), weather_(weather) {}

  Schedule& schedule() { return schedule_; }
  // Nothing fails any more.
  void Calm() { weather_ = Weather(); }

  // Makes a call that answers with a status or something like it. Throws
  // Killed where the process ends.
  template <class Call>
  auto Make(const std::string& what, const std::string& object, const Call& call)
      -> decltype(call()) {
    if (absl::Status lost = Before(what, object); !lost.ok()) return lost;
    auto answer = call();
    if (absl::Status lost = After(what, object, StatusOf(answer)); !lost.ok()) return lost;
    return answer;
  }

  // The two halves of it.
  absl::Status Before(const std::string& what, const std::string& object);
  absl::Status After(const std::string& what, const std::string& object,
                     const absl::Status& answer);

  bool Chance(double probability) { return schedule_.Chance(probability); }
  const Weather& weather() const { return weather_; }

 private:
  static const absl::Status& StatusOf(const absl::Status& status) { return status; }
  template <class T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& answer) {
    return answer.status();
  }
  void MaybeDie();

  Schedule& schedule_;
  Weather weather_;
};

}  // namespace eventreactor::simulation
