// Several events in one message: the batch formats of JSON and protobuf.
// What a batch's events are is found out one by one, so that a bad one spoils
// no other. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor::cloudevents {

// The reason of a refusal of more events than allowed.
inline constexpr char kBatchTooLarge[] = "BATCH_TOO_LARGE";

// Each event of a batch in its order, its values not yet validated, or what
// is wrong with it.
using Batch = std::vector<absl::StatusOr<CloudEvent>>;

// OUT_OF_RANGE (kBatchTooLarge), field "body".
absl::Status TooManyEvents(size_t max_events);

// A JSON array of events (JSON event format 1.0.2, 4). INVALID_ARGUMENT
// (field "body") if the text is no JSON array at all; kBatchTooLarge.
absl::StatusOr<Batch> BatchFromJson(const std::string& text, size_t max_events);

// Messages of a CloudEventBatch, or of a call that carries them.
Batch BatchFromProto(const google::protobuf::RepeatedPtrField<io::cloudevents::v1::CloudEvent>&);

// A serialized io.cloudevents.v1.CloudEventBatch. INVALID_ARGUMENT (field
// "body") if the bytes are none; kBatchTooLarge.
absl::StatusOr<Batch> BatchFromProtobuf(const std::string& bytes, size_t max_events);

}  // namespace eventreactor::cloudevents
