#include "services/local-adapter/container_image.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

absl::Status PullOnce(const RunContext& context, const PlannedContainer& container) {
  const std::string image = container.spec.image.ToString();
  const std::string waits = container.step + " waits for the image " + image + " to be pulled";
  context.say("PullingImage", waits);
  absl::Time said = absl::InfinitePast();
  absl::Status status = context.engine.Pull(
      context.control.token(), container.spec.image,
      [&] { return context.control.stop_reason() == StopReason::kNone; },
      [&](const std::string& progress) {
        // Each time is a write to the store.
        if (SteadyNow() - said < context.options.say_again) return;
        said = SteadyNow();
        context.say("PullingImage", absl::StrCat(waits, ": ", progress));
      });
  if (!status.ok()) return status;
  // An engine may end a pull well that brought nothing.
  const absl::StatusOr<bool> here =
      context.engine.HasImage(context.control.token(), container.spec.image);
  if (!here.ok()) return here.status();
  return *here ? absl::OkStatus()
               : MakeStatus(absl::StatusCode::kNotFound, "IMAGE_NOT_FOUND",
                            "the pull ended without error, but the image is not there");
}

}  // namespace

absl::Status EnsureImage(const RunContext& context, const PlannedContainer& container) {
  const RunControl& control = context.control;
  const std::string image = container.spec.image.ToString();
  bool is_here = false;
  if (container.pull != PullPolicy::kAlways) {
    Patience patience(context, Patience::Until::kStopRequested);
    const absl::StatusOr<bool> here = patience.Ask(
        [&] { return context.engine.HasImage(control.token(), container.spec.image); });
    if (!here.ok() && !IsTransient(here.status())) return here.status();
    is_here = here.ok() && *here;
  }
  if (!is_here && container.pull == PullPolicy::kNever) {
    context.say("ErrImageNeverPull", "the image " + image + " of " + container.step +
                                         " is not on this machine, and imagePullPolicy is Never");
  } else if (!is_here) {
    absl::Status pulled = PullOnce(context, container);
    if (absl::IsInvalidArgument(pulled)) return pulled;
    is_here = pulled.ok();
    if (!is_here) {
      context.say("ImagePullBackOff",
                  "the image " + image + " of " + container.step +
                      " cannot be pulled, and will be tried again: " + Message(pulled));
    }
  }
  if (!is_here && (control.abandoned() || control.stop_reason() != StopReason::kNone)) {
    return MakeStatus(absl::StatusCode::kCancelled, "STOPPED", "the run was asked to end");
  }
  if (!is_here) {
    return MakeStatus(absl::StatusCode::kUnavailable, kImageMissing, image + " is not there yet");
  }
  context.say("", "");
  return absl::OkStatus();
}

}  // namespace eventreactor::local
