// The input is the body of a JSON batch.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/cloudevents/batch.h"
#include "tests/fuzz/invariants.h"

namespace eventreactor::fuzz {
namespace {

constexpr size_t kMaxEvents = 16;

void Run(const std::string& text) {
  const auto batch = cloudevents::BatchFromJson(text, kMaxEvents);
  // An error of the whole is checked as one of an event is.
  if (!batch.ok()) return CheckDecoded(batch.status());
  Require(batch->size() <= kMaxEvents, "a batch is bound");
  Require(nlohmann::json::parse(text).size() == batch->size(), "each element has a result");
  for (const auto& event : *batch) CheckDecoded(event);
}

}  // namespace
}  // namespace eventreactor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  eventreactor::fuzz::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
