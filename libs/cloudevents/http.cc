#include "libs/cloudevents/http.h"

#include <optional>
#include <string_view>
#include <utility>

#include "libs/cloudevents/attributes.h"
#include "libs/cloudevents/json.h"
#include "libs/cloudevents/media_type.h"
#include "libs/cloudevents/proto.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

constexpr std::string_view kPrefix = "ce-";

absl::Status Unsupported(const std::string& header, const std::string& message) {
  return InvalidField(header, message, kUnsupportedContentType);
}

// The one value of a header; "" if it is not there.
absl::StatusOr<std::string> OneValue(const Headers& headers, const std::string& name) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : headers) {
    if (AsciiLower(key) != name) continue;
    if (found != nullptr) return InvalidField(name, "is given more than once");
    found = &value;
  }
  return found == nullptr ? std::string() : *found;
}

// RFC 9110, 5.6.4; older senders quote instead of percent-encoding.
std::optional<std::string> Unquote(const std::string& value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
  std::string out;
  for (size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '"') return std::nullopt;
    if (value[i] == '\\' && ++i + 1 == value.size()) return std::nullopt;
    out += value[i];
  }
  return out;
}

absl::StatusOr<std::string> DecodeValue(const std::string& name, const std::string& value) {
  const auto unquoted = Unquote(value);
  if (!unquoted) return InvalidAttribute(name, "has unbalanced quotes: " + Quoted(value));
  auto decoded = PercentDecode(*unquoted);
  if (!decoded) {
    return InvalidAttribute(
        name, "has a % without two hex digits (a literal % is sent as %25): " + Quoted(value));
  }
  return *std::move(decoded);
}

absl::Status CheckCharset(const MediaType& media) {
  const auto charset = media.parameters.find("charset");
  if (charset == media.parameters.end()) return absl::OkStatus();
  const std::string name = AsciiLower(charset->second);
  if (name == "utf-8" || name == "us-ascii") return absl::OkStatus();
  return Unsupported("content-type",
                     "the charset " + Quoted(charset->second) + " is not accepted; JSON is UTF-8");
}

// The mode that a media type of CloudEvents names.
absl::StatusOr<ContentMode> StructuredMode(const MediaType& media) {
  if (media.subtype == "cloudevents+protobuf") return ContentMode::kProtobuf;
  if (media.subtype == "cloudevents-batch+protobuf") return ContentMode::kProtobufBatch;
  const bool batch = media.subtype == "cloudevents-batch+json";
  if (!batch && media.subtype != "cloudevents+json") {
    return Unsupported("content-type", "the event format " + Quoted(media.Essence()) +
                                           " is not accepted; use one of " + kEventContentTypes +
                                           ", or binary mode");
  }
  if (absl::Status status = CheckCharset(media); !status.ok()) return status;
  return batch ? ContentMode::kJsonBatch : ContentMode::kJson;
}

bool HasEventHeader(const Headers& headers) {
  for (const auto& header : headers) {
    if (AsciiLower(header.first).starts_with(kPrefix)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<CloudEvent> FromBinary(const Headers& headers, std::string body) {
  auto content_type = OneValue(headers, "content-type");
  if (!content_type.ok()) return content_type.status();
  EventBuilder builder;
  for (const auto& [key, value] : headers) {
    const std::string name = AsciiLower(key);
    if (!name.starts_with(kPrefix)) continue;
    const std::string attribute = name.substr(kPrefix.size());
    if (attribute == "datacontenttype") {
      return InvalidField(attribute, "is the content-type header in binary mode, not " + name);
    }
    auto decoded = DecodeValue(attribute, value);
    if (!decoded.ok()) return decoded.status();
    if (absl::Status set = builder.Set(attribute, *std::move(decoded)); !set.ok()) return set;
  }
  if (!content_type->empty()) {
    absl::Status set = builder.Set("datacontenttype", *std::move(content_type));
    if (!set.ok()) return set;
  }
  if (!body.empty()) builder.SetData(std::move(body));
  return std::move(builder).Finish();
}

absl::StatusOr<ContentMode> ModeOf(const Headers& headers) {
  const auto encoding = OneValue(headers, "content-encoding");
  if (!encoding.ok()) return encoding.status();
  if (!encoding->empty() && AsciiLower(*encoding) != "identity") {
    return Unsupported("content-encoding", Quoted(*encoding) + " is not accepted; send it plain");
  }
  const auto content_type = OneValue(headers, "content-type");
  if (!content_type.ok()) return content_type.status();
  const auto media = ParseMediaType(*content_type);
  if (media && media->type == "application" && media->subtype.starts_with("cloudevents")) {
    return StructuredMode(*media);
  }
  if (!HasEventHeader(headers)) {
    return InvalidField("specversion",
                        "this is no CloudEvent: it has neither ce- headers (binary mode) nor a "
                        "content-type such as application/cloudevents+json (structured mode)");
  }
  return ContentMode::kBinary;
}

absl::StatusOr<CloudEvent> FromHttp(const Headers& headers, std::string body) {
  const auto mode = ModeOf(headers);
  if (!mode.ok()) return mode.status();
  switch (*mode) {
    case ContentMode::kJson:
      return FromJson(body);
    case ContentMode::kProtobuf:
      return FromProtobuf(body);
    case ContentMode::kBinary:
      return FromBinary(headers, std::move(body));
    default:
      return Unsupported("content-type", "a batch is not accepted where one event is wanted");
  }
}

absl::StatusOr<Batch> BatchFromHttp(ContentMode mode, const std::string& body, size_t max_events) {
  return mode == ContentMode::kProtobufBatch ? BatchFromProtobuf(body, max_events)
                                             : BatchFromJson(body, max_events);
}

}  // namespace eventreactor::cloudevents
