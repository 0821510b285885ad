#include "services/kube-adapter/kube/testing/fake_refusal.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "services/kube-adapter/kube/api_error.h"

namespace eventreactor::kube {

using nlohmann::json;

absl::Status FakeRefusal(int code, const std::string& reason, const std::string& message,
                         const FakeTarget& target, const std::string& field) {
  ApiError error;
  error.code = code;
  error.reason = reason;
  error.message = message;
  error.group = target.group;
  error.kind = target.plural;
  error.name = target.name;
  if (!field.empty()) error.causes.push_back({"FieldValueInvalid", message, field});
  return ToStatus(error, target.plural);
}

json FakeStatusObject(const absl::Status& status) {
  const ApiError error = ApiErrorOf(status).value_or(ApiError{});
  json details = {{"name", error.name}, {"group", error.group}, {"kind", error.kind}};
  for (const ApiCause& cause : error.causes) {
    details["causes"].push_back(
        {{"reason", cause.reason}, {"message", cause.message}, {"field", cause.field}});
  }
  return {{"kind", "Status"},    {"apiVersion", "v1"},           {"metadata", json::object()},
          {"status", "Failure"}, {"message", error.message},     {"reason", error.reason},
          {"code", error.code},  {"details", std::move(details)}};
}

}  // namespace eventreactor::kube
