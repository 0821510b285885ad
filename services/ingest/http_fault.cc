#include "services/ingest/http_fault.h"

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <string>

#include "libs/cloudevents/text.h"
#include "libs/status/status.h"
#include "services/ingest/problem.h"

namespace eventreactor::ingest {
namespace {

namespace http = boost::beast::http;

absl::Status BadRequest(const std::string& message) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, kBadRequest, message);
}

}  // namespace

absl::Status TargetTooLong() {
  return MakeStatus(absl::StatusCode::kOutOfRange, kTargetTooLong,
                    "the request line is longer than allowed; events are posted to short paths");
}

absl::Status RequestTooSlow() {
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, kRequestTooSlow,
                    "the request did not arrive in the time that it may take; send it again");
}

absl::Status BodyTooLarge(size_t max_body) {
  return MakeStatus(
      absl::StatusCode::kOutOfRange, kBodyTooLarge,
      "data: the body has more than the " + std::to_string(max_body) + " bytes allowed", "data");
}

std::optional<absl::Status> FaultOfRead(const boost::system::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return MakeStatus(absl::StatusCode::kOutOfRange, kHeadTooLarge,
                      "the request line and headers are larger than allowed");
  }
  if (error == http::error::body_limit) {
    return MakeStatus(absl::StatusCode::kOutOfRange, kBodyTooLarge,
                      "data: the body is larger than allowed", "data");
  }
  // The client left, in the middle of a request or not.
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return BadRequest("the request is not HTTP/1.1: " + error.message());
  }
  return std::nullopt;
}

absl::Status CheckFraming(const http::request<http::string_body>& request) {
  const size_t hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() >= 11)) {
    return BadRequest("the request must have one Host header");
  }
  if (const size_t codings = request.count(http::field::transfer_encoding); codings > 0) {
    const std::string coding(request[http::field::transfer_encoding]);
    if (codings > 1 || cloudevents::AsciiLower(coding) != "chunked") {
      return MakeStatus(absl::StatusCode::kUnimplemented, kUnknownTransferCoding,
                        "the only transfer coding is chunked, not " + cloudevents::Quoted(coding));
    }
  }
  const std::string expectation(request[http::field::expect]);
  if (!expectation.empty() && cloudevents::AsciiLower(expectation) != "100-continue") {
    return MakeStatus(
        absl::StatusCode::kInvalidArgument, kUnknownExpectation,
        "the only expectation is 100-continue, not " + cloudevents::Quoted(expectation));
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::ingest
