// The input is a request without its first line: "name: value" lines, an
// empty line, and the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/cloudevents/http.h"
#include "tests/fuzz/invariants.h"

namespace eventreactor::fuzz {
namespace {

void Run(const std::string& input) {
  cloudevents::Headers headers;
  size_t at = 0;
  while (at < input.size() && input[at] != '\n') {
    const size_t end = std::min(input.find('\n', at), input.size());
    const std::string line = input.substr(at, end - at);
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) {
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    at = std::min(end + 1, input.size());
  }
  CheckDecoded(cloudevents::FromHttp(headers, input.substr(std::min(at + 1, input.size()))));
}

}  // namespace
}  // namespace eventreactor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  eventreactor::fuzz::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
