// The input is a manifest file, as somebody may hand it to us.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/manifest/manifest.h"
#include "libs/manifest/yaml_reader.h"

namespace eventreactor::fuzz {
namespace {

using nlohmann::json;

void Check(bool holds, const char* what, const std::string& text) {
  if (holds) return;
  std::cerr << "broken: " << what << "\n" << text << "\n";
  std::abort();
}

// What was read, written and read again is the same.
void CheckRoundTrip(const json& value) {
  const std::string yaml = ToYaml(value);
  const auto again = manifest::ReadYaml(yaml);
  Check(again.ok(), "what ToYaml writes is read", yaml);
  Check(again->size() == (value.is_null() ? 0 : 1), "one document stays one", yaml);
  if (!value.is_null()) Check(again->front().root == value, "a document stays the same", yaml);
}

void Run(const std::string& input) {
  const auto read = manifest::ReadYaml(input);
  if (read.ok()) {
    for (const auto& document : *read) CheckRoundTrip(document.root);
  }
  const auto documents = ParseManifests(input);
  if (!documents.ok()) return;
  for (const Document& document : *documents) {
    const auto pipeline = ParsePipeline(document);
    if (!pipeline.ok()) continue;
    v1::Pipeline again;
    const json manifest = ToJson(*pipeline);
    Check(FromJson(manifest, again).ok(), "what ToJson makes is taken", manifest.dump());
    Check(ToJson(again) == manifest, "a Pipeline stays the same", manifest.dump());
    v1::Pipeline received;
    Check(received.ParseFromString(pipeline->SerializeAsString()), "a Pipeline travels",
          manifest.dump());
  }
}

}  // namespace
}  // namespace eventreactor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  eventreactor::fuzz::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
