// What requests from outside must look like, said once for all services.
// Errors are INVALID_ARGUMENT and name the field as the request has it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/meta.pb.h"
#include "libs/adapter/store.h"

namespace eventreactor {

// The namespace that a request means by an empty one.
inline constexpr char kDefaultNamespace[] = "default";

// A namespace and a name, checked.
struct ObjectKey {
  std::string ns;
  std::string name;
};
absl::StatusOr<ObjectKey> CheckKey(const std::string& ns, const std::string& name);

// What is looked for by name; empty means all. INVALID_ARGUMENT for what no
// resource or step can be named.
absl::Status CheckFilter(const std::string& name, const std::string& field);

// For an object to be stored: fills in the namespace, checks names, labels and
// annotations, and drops what only the adapter sets.
absl::Status AdmitMetadata(v1::ObjectMeta& metadata);

// The parts that all lists and watches have; an empty namespace means all.
absl::StatusOr<ListQuery> CheckList(const std::string& ns, const std::string& label_selector,
                                    int32_t page_size, const std::string& page_token);
absl::StatusOr<WatchQuery> CheckWatch(const std::string& ns, const std::string& label_selector,
                                      const std::string& resource_version);

}  // namespace eventreactor
