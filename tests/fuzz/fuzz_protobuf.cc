// The input is the body of a protobuf event, and of a batch of them.
#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/cloudevents/batch.h"
#include "libs/cloudevents/proto.h"
#include "tests/fuzz/invariants.h"

namespace eventreactor::fuzz {
namespace {

constexpr size_t kMaxEvents = 16;

void Run(const std::string& bytes) {
  CheckDecoded(cloudevents::FromProtobuf(bytes));
  const auto batch = cloudevents::BatchFromProtobuf(bytes, kMaxEvents);
  if (!batch.ok()) return CheckDecoded(batch.status());
  Require(batch->size() <= kMaxEvents, "a batch is bound");
  for (const auto& event : *batch) CheckDecoded(event);
}

}  // namespace
}  // namespace eventreactor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  eventreactor::fuzz::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
