// The input becomes an event, valid or not, and headers beside its own: what
// goes over the bus comes back, and what others publish does no harm.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/cloudevents/cloudevent.h"
#include "libs/cloudevents/nats.h"
#include "tests/fuzz/invariants.h"

namespace eventreactor::fuzz {
namespace {

constexpr size_t kLongest = 256;
constexpr int kMostExtensions = 4;

void Run(FuzzedDataProvider& input) {
  const auto text = [&input] { return input.ConsumeRandomLengthString(kLongest); };
  cloudevents::CloudEvent event;
  event.id = text();
  event.source = text();
  event.type = text();
  event.subject = text();
  event.time = text();
  event.dataschema = text();
  event.datacontenttype = text();
  const int extensions = input.ConsumeIntegralInRange(0, kMostExtensions);
  for (int i = 0; i < extensions; ++i) event.extensions[text()] = text();
  if (input.ConsumeBool()) event.data = text();
  CheckDecoded(event);
  // Any headers, as somebody else may have published them.
  cloudevents::Headers headers = cloudevents::ToNatsHeaders(event);
  headers.emplace_back(text(), text());
  CheckDecoded(cloudevents::FromNats(headers, text()));
}

}  // namespace
}  // namespace eventreactor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  eventreactor::fuzz::Run(input);
  return 0;
}
