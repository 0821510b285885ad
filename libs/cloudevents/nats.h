// The NATS protocol binding, binary mode: attributes as `ce-` headers, the
// data as payload. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/cloudevents/cloudevent.h"
#include "libs/cloudevents/headers.h"

namespace eventreactor::cloudevents {

// datacontenttype becomes `content-type`; values are percent-encoded as the
// HTTP binding has it (3.1.3.2), so any CloudEvents SDK reads them; an empty
// one is two double quotes, as the bus would drop a header without a value.
Headers ToNatsHeaders(const CloudEvent& event);

// Headers that are not CloudEvents' are left out. INVALID_ARGUMENT if a
// required attribute is missing. A missing data is an empty payload: the
// binding cannot tell the two apart, so `data` is set unless it is empty.
absl::StatusOr<CloudEvent> FromNats(const Headers& headers, const std::string& payload);

}  // namespace eventreactor::cloudevents
