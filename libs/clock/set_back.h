// Notices that the time of day was set back. Pure.
#pragma once

#include <optional>

#include "absl/time/time.h"

namespace eventreactor {

// What waits by the time of day waits longer by as much as that is set back.
// Ours goes by SteadyNow, but Abseil's waits, and with them gRPC's timers for
// deadlines and for connecting anew, have only the other clock.
class SetBackWatch {
 public:
  // Less is what any wait must stand.
  static constexpr absl::Duration kTolerated = absl::Seconds(5);

  // By how much it was set back since the last look; zero where it was not, or
  // within what is tolerated. `day` and `steady` are both clocks at one moment.
  absl::Duration Look(absl::Time day, absl::Time steady) {
    const absl::Duration lead = day - steady;
    const absl::Duration back = last_ ? *last_ - lead : absl::ZeroDuration();
    last_ = lead;
    return back > kTolerated ? back : absl::ZeroDuration();
  }

 private:
  std::optional<absl::Duration> last_;
};

}  // namespace eventreactor
