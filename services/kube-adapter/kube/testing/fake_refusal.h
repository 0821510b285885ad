// How the fake API server says no.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/status.h"
#include "services/kube-adapter/kube/testing/fake_target.h"

namespace eventreactor::kube {

// As a client would get it; the message is complete.
absl::Status FakeRefusal(int code, const std::string& reason, const std::string& message,
                         const FakeTarget& target, const std::string& field = "");

// The Status object that says it.
nlohmann::json FakeStatusObject(const absl::Status& status);

}  // namespace eventreactor::kube
