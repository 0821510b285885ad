#include "libs/bus/js_api.h"

#include "libs/status/status.h"

namespace eventreactor::bus {

absl::StatusOr<ApiAnswer> CallApi(Link& link, const std::string& method,
                                  const nlohmann::json& request, absl::Duration timeout) {
  // What is no UTF-8 is replaced: the server then says what it cannot find.
  const std::string text =
      request.is_null() ? ""
                        : request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const absl::StatusOr<NatsMsgPtr> msg = link.Request("$JS.API." + method, text, timeout);
  if (!msg.ok()) return msg.status();
  ApiAnswer answer;
  answer.body = nlohmann::json::parse(
      std::string(natsMsg_GetData(msg->get()), natsMsg_GetDataLength(msg->get())), nullptr,
      /*allow_exceptions=*/false);
  if (!answer.body.is_object()) {
    return MakeStatus(absl::StatusCode::kUnavailable, "BUS_DOWN",
                      "the answer of " + method + " is not JSON");
  }
  const auto error = answer.body.find("error");
  if (error == answer.body.end()) return answer;
  try {
    answer.description = error->value("description", "");
    answer.err_code = error->value("err_code", error->value("code", 500));
  } catch (const nlohmann::json::exception&) {
    answer.err_code = 500;
  }
  return answer;
}

absl::Status Refused(const ApiAnswer& answer, const std::string& stream, const std::string& what,
                     const std::string& reason) {
  if (answer.err_code == kStreamNotFound) {
    return MakeStatus(absl::StatusCode::kUnavailable, "STREAM_MISSING",
                      "stream " + stream + " is not there; the adapter creates it");
  }
  return MakeStatus(
      absl::StatusCode::kFailedPrecondition, reason,
      what + ": " + answer.description + " (" + std::to_string(answer.err_code) + ")");
}

}  // namespace eventreactor::bus
