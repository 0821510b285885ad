// Label and field selectors as the fake API server understands them.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace eventreactor::kube {

using FakeSelector = std::function<bool(const nlohmann::json& object)>;

// =, ==, !=, in, notin, exists and !exists, joined by commas; nothing if that
// is not what it is. Empty matches all.
std::optional<FakeSelector> ParseFakeLabelSelector(const std::string& text);

// path=value, ==, != with any dotted path; a missing value is "".
std::optional<FakeSelector> ParseFakeFieldSelector(const std::string& text);

}  // namespace eventreactor::kube
