#include "services/kube-adapter/executor/start_refusal.h"

#include <array>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"

namespace eventreactor::kube {
namespace {

// The words of a 403 that may be taken back without a change of the object.
// Kubernetes has no codes for them.
bool IsForNow(const ApiError& forbidden) {
  static constexpr std::array<const char*, 5> kWords = {
      // A quota that is used up; one that the object cannot be counted by says
      // "failed quota".
      "exceeded quota",
      // RBAC.
      "cannot create resource",
      // The ServiceAccount's controller comes after the namespace's.
      "error looking up service account",
      "no API token found for service account",
      "status unknown for quota",
  };
  if (forbidden.retry_after > absl::ZeroDuration()) return true;
  for (const char* words : kWords) {
    if (absl::StrContains(forbidden.message, words)) return true;
  }
  return false;
}

bool IsWebhookFailure(const ApiError& error) {
  return error.code == 500 && absl::StrContains(error.message, "failed calling webhook");
}

}  // namespace

StartRefusal RefusalOf(const absl::Status& status) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  if (!error) {
    return absl::IsInvalidArgument(status) ? StartRefusal::kFinal : StartRefusal::kPassing;
  }
  if (IsNamespaceTerminating(status)) return StartRefusal::kFinal;
  switch (error->code) {
    case 400:
    case 413:
    case 422:
      return StartRefusal::kFinal;
    case 403:
      return IsForNow(*error) ? StartRefusal::kForNow : StartRefusal::kFinal;
    case 404:
      return StartRefusal::kForNow;
    default:
      return IsWebhookFailure(*error) ? StartRefusal::kForNow : StartRefusal::kPassing;
  }
}

absl::Status AsStartError(const absl::Status& status) {
  if (RefusalOf(status) != StartRefusal::kForNow || !IsTransient(status)) return status;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "WEBHOOK_FAILED", Message(status));
}

}  // namespace eventreactor::kube
