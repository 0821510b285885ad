// The protobuf event format 1.0.2. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor::cloudevents {

// The event that a message describes, its values not yet validated.
// Attributes take their canonical string form. proto_data becomes the bytes
// of the message within the Any, and datacontenttype application/protobuf
// where there is none; dataschema is where a sender names its type.
// INVALID_ARGUMENT naming the attribute.
absl::StatusOr<CloudEvent> FromProto(const io::cloudevents::v1::CloudEvent& message);

// The same for a serialized message, as application/cloudevents+protobuf has
// it; INVALID_ARGUMENT (field "body") for bytes that are none.
absl::StatusOr<CloudEvent> FromProtobuf(const std::string& bytes);

// The reverse. Data goes into text_data where datacontenttype says text or
// JSON and it is UTF-8, else into binary_data. time is a ce_timestamp unless
// that would change how it was written.
io::cloudevents::v1::CloudEvent ToProto(const CloudEvent& event);

}  // namespace eventreactor::cloudevents
