// The input is a structured event's body.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/cloudevents/json.h"
#include "tests/fuzz/invariants.h"

namespace eventreactor::fuzz {
namespace {

void Run(const std::string& text) {
  const auto event = cloudevents::FromJson(text);
  CheckDecoded(event);
  if (!event.ok()) return;
  const auto document = nlohmann::json::parse(text);
  const auto data = document.find("data");
  if (data == document.end() || data->is_null() || event->datacontenttype != "application/json") {
    return;
  }
  Require(text.find(*event->data) != std::string::npos, "JSON data stands in the text as it is");
  // Compared as text: of a float beyond the range of a double nothing is left.
  Require(nlohmann::json::parse(*event->data).dump() == data->dump(), "JSON data is that member");
}

}  // namespace
}  // namespace eventreactor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  eventreactor::fuzz::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
