#include "services/kube-adapter/store/store_errors.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"

namespace eventreactor::kube {
namespace {

std::string InWords(const KindInfo& kind, const ObjectName& name) {
  std::string words = absl::StrCat("the ", kind.resource.kind);
  if (!name.name.empty()) absl::StrAppend(&words, " ", name.name);
  if (!name.ns.empty()) absl::StrAppend(&words, " in namespace ", name.ns);
  return words;
}

// Said by authorisation; a policy that refuses one object words it otherwise.
bool LacksPermission(const ApiError& error) {
  return error.code == 403 && absl::StrContains(error.message, " cannot ") &&
         absl::StrContains(error.message, " resource ");
}

// etcd's bound, and that of its messages.
bool IsTooLarge(const ApiError& error) {
  return error.code == 413 || absl::StrContains(error.message, "request is too large") ||
         absl::StrContains(error.message, "message larger than max");
}

absl::Status NotFound(const ApiError& error, const KindInfo& kind, const ObjectName& name) {
  if (error.kind == "namespaces") {
    return MakeStatus(absl::StatusCode::kNotFound, "NAMESPACE_NOT_FOUND",
                      absl::StrCat("there is no namespace ", name.ns), "metadata.namespace");
  }
  if (error.kind.empty()) {
    return MakeStatus(absl::StatusCode::kUnavailable, "KIND_NOT_INSTALLED",
                      absl::StrCat("the API server does not know ", kind.resource.plural, ".",
                                   kind.resource.group, "; apply deploy/crds"));
  }
  return MakeStatus(
      absl::StatusCode::kNotFound, kind.not_found,
      absl::StrCat("there is no ", kind.resource.kind, " ", name.name, " in namespace ", name.ns));
}

}  // namespace

absl::Status ToStoreError(const absl::Status& status, const KindInfo& kind,
                          const ObjectName& name) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  if (!error) return status;
  if (error->code == 404) return NotFound(*error, kind, name);
  if (IsNamespaceTerminating(status)) {
    return MakeStatus(absl::StatusCode::kNotFound, "NAMESPACE_NOT_FOUND",
                      absl::StrCat("the namespace ", name.ns,
                                   " is being deleted: nothing can be made in it any more"),
                      "metadata.namespace");
  }
  if (error->code == 409 && error->reason == "AlreadyExists") {
    return MakeStatus(absl::StatusCode::kAlreadyExists, "NAME_TAKEN",
                      absl::StrCat(InWords(kind, name), " is there already"), "metadata.name");
  }
  if (error->code == 409) {
    return MakeStatus(absl::StatusCode::kAborted, "CONFLICT",
                      absl::StrCat(InWords(kind, name), " was changed meanwhile; read it again"));
  }
  if (error->code == 410) {
    return MakeStatus(absl::StatusCode::kOutOfRange, "VERSION_EXPIRED",
                      absl::StrCat("the API server no longer knows that version of ",
                                   kind.resource.plural, "; begin anew"));
  }
  if (IsTooLarge(*error)) {
    return MakeStatus(
        absl::StatusCode::kOutOfRange, "OBJECT_TOO_LARGE",
        absl::StrCat(InWords(kind, name), " is too large for the API server: ", error->message));
  }
  if (IsQuotaExceeded(status)) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "QUOTA_EXCEEDED", error->message);
  }
  if (LacksPermission(*error)) {
    return MakeStatus(
        absl::StatusCode::kUnavailable, "NOT_PERMITTED",
        absl::StrCat("the adapter lacks a permission in the cluster: ", error->message));
  }
  return status;
}

absl::Status InvalidPageToken() {
  return InvalidField("page_token", "is none that a page ended with", "INVALID_PAGE_TOKEN");
}

absl::Status InvalidVersion(const std::string& version) {
  return InvalidField("resource_version",
                      absl::StrCat("\"", version, "\" is no version that a list or watch told"),
                      "INVALID_VERSION");
}

}  // namespace eventreactor::kube
