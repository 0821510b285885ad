// The commands of `reactorctl events` that have files of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/command_line.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor::cli {

void AddPublish(CLI::App& events, Session& session);
void AddListEvents(CLI::App& events, Session& session);
void AddTap(CLI::App& events, Session& session);
void AddExplain(CLI::App& events, Session& session);

// NOT_FOUND (EVENT_NOT_FOUND) in words: it may only not be recorded yet.
absl::StatusOr<v1::Event> FindEvent(const Client& client, const std::string& ns,
                                    const std::string& name);

// The Event once it is recorded, which is also when all its Actions are
// created. DEADLINE_EXCEEDED (NOT_RECORDED).
absl::StatusOr<v1::Event> AwaitEvent(const Client& client, const std::string& ns,
                                     const std::string& name, absl::Duration timeout);

// What `events publish` was told; nothing where it was not told.
struct EventInput {
  std::string type;
  std::string source;
  std::string id;
  std::string subject;
  std::string time;
  std::string schema;
  std::optional<std::string> content_type;
  std::optional<std::string> data;
  // NAME=VALUE.
  std::vector<std::string> extensions;
};

// The input where it says something, otherwise what the original was; but for
// id and time, which are its own. Pure.
EventInput WithOriginal(EventInput input, const v1::Event& original);

// The CloudEvent of that input, valid by the specification. Where data has no
// content type, it is what the data looks like: application/json, text/plain
// or application/octet-stream. Pure.
absl::StatusOr<cloudevents::CloudEvent> MakeCloudEvent(const EventInput& input);

// A random UUID (RFC 4122, version 4).
std::string RandomUuid();

}  // namespace eventreactor::cli
