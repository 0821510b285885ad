#include "libs/cloudevents/batch.h"

#include <string_view>
#include <utility>

#include "libs/cloudevents/json.h"
#include "libs/cloudevents/json_object.h"
#include "libs/cloudevents/proto.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {

absl::Status TooManyEvents(size_t max_events) {
  return MakeStatus(absl::StatusCode::kOutOfRange, kBatchTooLarge,
                    "body: the batch has more than the " + std::to_string(max_events) +
                        " events allowed; send them in several",
                    "body");
}

absl::StatusOr<Batch> BatchFromJson(const std::string& text, size_t max_events) {
  // The array itself is a level that an event alone has not.
  auto elements = ParseJsonArray(text, kMaxJsonDepth + 1, max_events);
  if (!elements.ok()) return elements.status();
  Batch batch;
  batch.reserve(elements->size());
  for (const std::string_view element : *elements) batch.push_back(FromJson(std::string(element)));
  return batch;
}

Batch BatchFromProto(
    const google::protobuf::RepeatedPtrField<io::cloudevents::v1::CloudEvent>& events) {
  Batch batch;
  batch.reserve(static_cast<size_t>(events.size()));
  for (const auto& event : events) batch.push_back(FromProto(event));
  return batch;
}

absl::StatusOr<Batch> BatchFromProtobuf(const std::string& bytes, size_t max_events) {
  io::cloudevents::v1::CloudEventBatch message;
  if (!message.ParseFromString(bytes)) {
    return InvalidField("body", "is no serialized io.cloudevents.v1.CloudEventBatch");
  }
  if (static_cast<size_t>(message.events_size()) > max_events) return TooManyEvents(max_events);
  return BatchFromProto(message.events());
}

}  // namespace eventreactor::cloudevents
