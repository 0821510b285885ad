// What each stream must be, and how it gets so.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/bus/jetstream.h"
#include "libs/bus/link.h"

namespace eventreactor::bus {

// The streams as JetStream configurations: only what we mean to set.
std::vector<nlohmann::json> StreamConfigs(const StreamLimits& limits);

// The keys of `wanted` whose value in `has` is another, one line each, such
// as "retention is limits, not workqueue". Only `keys`, if there are any.
std::vector<std::string> Differences(const nlohmann::json& has, const nlohmann::json& wanted,
                                     const std::vector<std::string>& keys = {});

// INVALID_ARGUMENT for bounds that cannot be.
absl::Status CheckLimits(const StreamLimits& limits);

// Creates or updates; leaves alone what we do not set. FAILED_PRECONDITION
// (STREAM_REFUSED) with the server's words.
absl::Status EnsureStreams(Link& link, const StreamLimits& limits);

// FAILED_PRECONDITION (STREAM_MISSING, STREAM_DIFFERS).
absl::Status VerifyStreams(Link& link);

}  // namespace eventreactor::bus
