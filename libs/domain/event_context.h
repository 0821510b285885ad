// What every container of a run is told of its Event, whichever executor runs
// it: environment variables and files. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"

namespace eventreactor {

// What all containers of a run share: their working directory and their HOME.
inline constexpr char kWorkspace[] = "/workspace";
inline constexpr char kHome[] = "/builder/home";
// Where the Event's files are.
inline constexpr char kEventDirectory[] = "/workspace/.event";

// HOME and ER_*, in order. The Event's own text stands in the values as it
// was sent: an executor whose engine expands $(NAME) has to escape it.
std::vector<std::pair<std::string, std::string>> RunVariables(const v1::Action& action,
                                                              const v1::Event& event);

struct EventFile {
  // Below kEventDirectory: id, data, extensions/NAME.
  std::string path;
  // Byte for byte.
  std::string data;
};

// The attributes (empty where the Event has none), the data, and each
// extension by name. INVALID_ARGUMENT for an extension whose name could be
// no file's.
absl::StatusOr<std::vector<EventFile>> EventFiles(const v1::Event& event);

}  // namespace eventreactor
