// What is wrong with a request as HTTP, before anybody asks what it means.
// Pure.
#pragma once

#include <utility>
// clang-format off
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
// clang-format on

#include <optional>

#include "absl/status/status.h"

namespace eventreactor::ingest {

// The parser's refusal in our words; nothing where the client has gone or was
// too slow, so that nobody listens.
std::optional<absl::Status> FaultOfRead(const boost::system::error_code& error);

// RFC 9112: one Host; no transfer coding but chunked; no expectation but
// 100-continue.
absl::Status CheckFraming(
    const boost::beast::http::request<boost::beast::http::string_body>& request);

// The request's first line does not end within what a head may have.
absl::Status TargetTooLong();

// The request did not arrive in time.
absl::Status RequestTooSlow();

absl::Status BodyTooLarge(size_t max_body);

}  // namespace eventreactor::ingest
