// How an Event's files of any size reach a Pod: as binaryData of ConfigMaps,
// cut where one would outgrow what an API server stores. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/domain/event_context.h"

namespace eventreactor::kube {

// The Pod's volume of them, and where the tool finds it.
inline constexpr char kEventVolume[] = "event";
inline constexpr char kEventSource[] = "/var/run/eventreactor/event";

// The most that one ConfigMap holds; the API server's own bound is 1 MiB.
inline constexpr size_t kMaxConfigMapBytes = size_t{960} << 10;

struct EventObjects {
  // Without metadata but its name.
  std::vector<nlohmann::json> config_maps;
  // One projected volume of all of them. A file that had to be cut is there
  // as NAME.0, NAME.1 and so on, to be joined by `eventreactor-tool
  // event-files`.
  nlohmann::json volume_source;
};

// The ConfigMaps are named PREFIX-event-0 and so on.
EventObjects PlaceEventFiles(const std::string& prefix, const std::vector<EventFile>& files,
                             size_t max_bytes = kMaxConfigMapBytes);

}  // namespace eventreactor::kube
