#include "services/kube-adapter/executor/start_refusal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"

namespace eventreactor::kube {
namespace {

// As an API server answers.
absl::Status Answer(int code, const std::string& reason, const std::string& message,
                    const nlohmann::json& details = nlohmann::json::object()) {
  const nlohmann::json status = {{"kind", "Status"},
                                 {"reason", reason},
                                 {"message", message},
                                 {"code", code},
                                 {"details", details}};
  return ToStatus(ParseApiError(code, status.dump()), "POST /api/v1/namespaces/team/pods");
}

absl::Status Forbidden(const std::string& why) {
  return Answer(403, "Forbidden", "pods \"run-1\" is forbidden: " + why);
}

TEST(ARefusedStart, IsFinalWhereItIsForWhatThePodIs) {
  const absl::Status refusals[] = {
      Answer(422, "Invalid", "spec.initContainers[1].image: Required value"),
      Answer(400, "BadRequest", "strict decoding error: unknown field"),
      Answer(400, "BadRequest", "admission webhook \"policy\" denied the request: no"),
      Answer(413, "RequestEntityTooLarge", "limit is 3145728"),
      Forbidden("violates PodSecurity \"baseline:latest\": privileged"),
      Forbidden("failed quota: few: must specify limits.cpu for: build-step-a"),
      Forbidden("maximum memory usage per Container is 1Gi, but limit is 2Gi"),
      Answer(403, "Forbidden", "admission webhook \"policy\" denied the request: no"),
      Answer(403, "Forbidden", "unable to create new content in namespace team",
             {{"causes", {{{"reason", "NamespaceTerminating"}}}}}),
      InvalidField("spec.steps[0]", "is of no use"),
  };
  for (const absl::Status& refusal : refusals) {
    EXPECT_EQ(RefusalOf(refusal), StartRefusal::kFinal) << refusal;
  }
}

TEST(ARefusedStart, IsForNowWhereItIsForWhatIsAround) {
  const absl::Status refusals[] = {
      Forbidden("exceeded quota: few, requested: pods=1, used: pods=5, limited: pods=5"),
      Forbidden("error looking up service account team/builder: not found"),
      Forbidden("no API token found for service account \"builder\", retry after the token is "
                "automatically created"),
      Answer(403, "Forbidden",
             "pods is forbidden: User \"system:serviceaccount:er:adapter\" cannot create resource "
             "\"pods\" in API group \"\" in the namespace \"team\""),
      Answer(404, "NotFound", "namespaces \"team\" not found"),
      Answer(500, "InternalError",
             "Internal error occurred: failed calling webhook \"policy\": connection refused"),
  };
  for (const absl::Status& refusal : refusals) {
    EXPECT_EQ(RefusalOf(refusal), StartRefusal::kForNow) << refusal;
    EXPECT_FALSE(IsTransient(AsStartError(refusal))) << "it would be waited for without end";
    EXPECT_EQ(Message(AsStartError(refusal)), Message(refusal));
  }
}

TEST(ARefusedStart, PassesWhereNobodySaidNo) {
  const absl::Status failures[] = {
      Answer(500, "InternalError", "etcdserver: request timed out"),
      Answer(503, "ServiceUnavailable", "starting"),
      Answer(429, "TooManyRequests", "too many"),
      Answer(409, "Conflict", "Operation cannot be fulfilled on resourcequotas \"few\""),
      Answer(401, "Unauthorized", "Unauthorized"),
      MakeStatus(absl::StatusCode::kUnavailable, "API_UNREACHABLE", "connection refused"),
      MakeStatus(absl::StatusCode::kResourceExhausted, "CLIENT_BUSY", "too many requests wait"),
  };
  for (const absl::Status& failure : failures) {
    EXPECT_EQ(RefusalOf(failure), StartRefusal::kPassing) << failure;
    EXPECT_TRUE(IsTransient(AsStartError(failure))) << failure;
  }
}

}  // namespace
}  // namespace eventreactor::kube
