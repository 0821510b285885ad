#include "services/kube-adapter/kube/testing/fake_faults.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace eventreactor::kube {
namespace {

bool IsMeant(const Fault& fault, const FakeRequest& request) {
  if (!fault.method.empty() && fault.method != request.method) return false;
  std::string target = request.path + "?";
  for (const auto& [key, value] : request.query) absl::StrAppend(&target, key, "=", value, "&");
  return target.find(fault.target_contains) != std::string::npos;
}

}  // namespace

std::optional<Fault> FakeFaults::Take(const FakeRequest& request) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (!IsMeant(*fault, request)) continue;
    if (fault->after > 0) {
      --fault->after;
      return std::nullopt;
    }
    const Fault taken = *fault;
    if (fault->count > 0 && --fault->count == 0) faults_.erase(fault);
    return taken;
  }
  return std::nullopt;
}

FakeAnswer AnswerOf(const Fault& fault) {
  FakeAnswer answer;
  answer.code = fault.code;
  answer.body =
      nlohmann::json{{"kind", "Status"},   {"apiVersion", "v1"},     {"status", "Failure"},
                     {"code", fault.code}, {"reason", fault.reason}, {"message", fault.message}}
          .dump();
  if (fault.retry_after >= 0) answer.headers["Retry-After"] = std::to_string(fault.retry_after);
  return answer;
}

}  // namespace eventreactor::kube
