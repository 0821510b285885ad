#include "libs/domain/event_context.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/cloudevents/text.h"
#include "libs/domain/convert.h"
#include "libs/domain/matching.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// The longest name that a file may have.
constexpr size_t kMaxFileName = 255;

// It becomes a file's name: nothing but what CloudEvents allows.
bool IsExtensionName(const std::string& name) {
  return !name.empty() && name.size() <= kMaxFileName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// An Action that was made by hand may name its Event and say no more.
const std::string& Either(const std::string& first, const std::string& otherwise) {
  return first.empty() ? otherwise : first;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> RunVariables(const v1::Action& action,
                                                              const v1::Event& event) {
  const v1::ActionSpec& spec = action.spec();
  std::vector<std::pair<std::string, std::string>> variables = {
      {"HOME", kHome},
      {"ER_EVENT_NAME", spec.event().name()},
      {"ER_EVENT_TYPE", Either(spec.event().type(), event.spec().type())},
      {"ER_EVENT_SOURCE", Either(spec.event().source(), event.spec().source())},
      {"ER_EVENT_SUBJECT", event.spec().subject()},
      {"ER_PIPELINE_NAME", spec.pipeline().name()},
  };
  if (spec.has_upstream()) {
    const v1::ActionUpstream& upstream = spec.upstream();
    variables.emplace_back("ER_UPSTREAM_NAME", upstream.name());
    variables.emplace_back("ER_UPSTREAM_STATUS", CompletionName(upstream.status()));
    variables.emplace_back("ER_UPSTREAM_PIPELINE", upstream.pipeline());
    variables.emplace_back("ER_UPSTREAM_VIA", absl::StrJoin(upstream.via(), ","));
  }
  return variables;
}

absl::StatusOr<std::vector<EventFile>> EventFiles(const v1::Event& event) {
  const v1::EventSpec& spec = event.spec();
  std::vector<EventFile> files = {
      {"id", spec.id()},           {"time", spec.time()},
      {"type", spec.type()},       {"source", spec.source()},
      {"subject", spec.subject()}, {"content-type", spec.content_type()},
      {"data", EventData(event)},
  };
  // In order of name: the same Event yields the same list.
  const std::map<std::string, std::string> extensions(spec.extensions().begin(),
                                                      spec.extensions().end());
  for (const auto& [name, value] : extensions) {
    if (!IsExtensionName(name)) {
      return InvalidField("event.spec.extensions",
                          absl::StrCat(cloudevents::Quoted(name),
                                       " is no name of an extension attribute: expected at most "
                                       "255 lower-case letters and digits"));
    }
    files.push_back({absl::StrCat("extensions/", name), value});
  }
  return files;
}

}  // namespace eventreactor
