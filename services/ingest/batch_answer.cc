#include "services/ingest/batch_answer.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "libs/status/status.h"
#include "services/ingest/problem.h"

namespace eventreactor::ingest {
namespace {

using nlohmann::ordered_json;

constexpr char kBatchIncomplete[] = "BATCH_INCOMPLETE";

ordered_json ResultOf(size_t index, const absl::StatusOr<Receipt>& result) {
  if (!result.ok()) return {{"index", index}, {"problem", Problem(result.status())}};
  return {{"index", index},
          {"namespace", result->ns},
          {"name", result->name},
          {"duplicate", result->duplicate}};
}

// What is wrong with a batch of which `refused` events were not accepted:
// that the rest may pass later comes before what never will.
absl::Status Incomplete(const BatchReceipt& batch, size_t refused) {
  bool may_pass = false;
  for (const auto& result : batch.results) {
    if (!result.ok()) may_pass = may_pass || HttpStatus(result.status()) == 503;
  }
  return MakeStatus(
      may_pass ? absl::StatusCode::kUnavailable : absl::StatusCode::kInvalidArgument,
      kBatchIncomplete,
      std::to_string(refused) + " of " + std::to_string(batch.results.size()) +
          " events were refused, and the others accepted; results say which and why" +
          (may_pass ? ". Send the batch again: what was accepted does not run twice" : ""));
}

}  // namespace

HttpResponse BatchAnswer(const BatchReceipt& batch) {
  ordered_json results = ordered_json::array();
  size_t refused = 0;
  for (size_t index = 0; index < batch.results.size(); ++index) {
    if (!batch.results[index].ok()) ++refused;
    results.push_back(ResultOf(index, batch.results[index]));
  }
  HttpResponse response;
  response.status = 202;
  response.content_type = "application/json";
  ordered_json body = ordered_json::object();
  if (refused > 0) {
    const absl::Status status = Incomplete(batch, refused);
    response = ProblemResponse(status);
    body = Problem(status);
  }
  body["accepted"] = batch.results.size() - refused;
  body["refused"] = refused;
  body["results"] = std::move(results);
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.body += '\n';
  return response;
}

}  // namespace eventreactor::ingest
