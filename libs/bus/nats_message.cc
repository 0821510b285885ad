#include "libs/bus/nats_message.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "libs/bus/bus_errors.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

constexpr char kMsgId[] = "Nats-Msg-Id";

void AddHeader(std::string name, std::string value, Message& message) {
  if (name == kMsgId) {
    message.id = std::move(value);
  } else {
    message.headers.emplace_back(std::move(name), std::move(value));
  }
}

}  // namespace

absl::StatusOr<NatsMsgPtr> ToNats(const Message& message, const std::string& reply) {
  natsMsg* made = nullptr;
  natsStatus status =
      natsMsg_Create(&made, message.subject.c_str(), reply.empty() ? nullptr : reply.c_str(),
                     message.payload.data(), static_cast<int>(message.payload.size()));
  NatsMsgPtr msg(made);
  if (status == NATS_OK && !message.id.empty()) {
    status = natsMsgHeader_Set(made, kMsgId, message.id.c_str());
  }
  for (const auto& [name, value] : message.headers) {
    // The library that reads it takes the next line for the value, or gives
    // up on all headers.
    if (value.find_first_not_of(" \t") == std::string::npos) continue;
    if (status == NATS_OK) status = natsMsgHeader_Add(made, name.c_str(), value.c_str());
  }
  if (status != NATS_OK) return NatsError(status, "cannot make a message");
  return msg;
}

Message FromNats(natsMsg* msg) {
  Message message;
  message.subject = natsMsg_GetSubject(msg);
  message.payload.assign(natsMsg_GetData(msg), natsMsg_GetDataLength(msg));
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(msg, &names, &count) != NATS_OK) return message;
  for (int i = 0; i < count; ++i) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(msg, names[i], &values, &value_count) != NATS_OK) continue;
    for (int k = 0; k < value_count; ++k) AddHeader(names[i], values[k], message);
    free(static_cast<void*>(values));
  }
  free(static_cast<void*>(names));
  return message;
}

std::string HeaderOf(natsMsg* msg, const char* name) {
  const char* value = nullptr;
  if (natsMsgHeader_Get(msg, name, &value) != NATS_OK || value == nullptr) return "";
  return value;
}

void ParseHeaderBlock(const std::string& block, Message& message) {
  for (size_t begin = 0; begin < block.size();) {
    size_t end = block.find("\r\n", begin);
    if (end == std::string::npos) end = block.size();
    const std::string line = block.substr(begin, end - begin);
    const size_t colon = line.find(':');
    if (begin > 0 && colon != std::string::npos && colon > 0) {
      const size_t value = line.find_first_not_of(' ', colon + 1);
      AddHeader(line.substr(0, colon), value == std::string::npos ? "" : line.substr(value),
                message);
    }
    begin = end + 2;
  }
}

absl::StatusOr<AckSubject> ParseAckSubject(const std::string& subject) {
  const std::vector<std::string> tokens = absl::StrSplit(subject, '.');
  const bool is_long = tokens.size() >= 11;
  if ((tokens.size() != 9 && !is_long) || tokens[0] != "$JS" || tokens[1] != "ACK") {
    return MakeStatus(absl::StatusCode::kInternal, "BAD_ACK_SUBJECT",
                      "'" + subject + "' is not where a delivery is acknowledged");
  }
  const size_t first = is_long ? 6 : 4;
  AckSubject parsed;
  int64_t nanos = 0;
  if (!absl::SimpleAtoi(tokens[first], &parsed.attempt) ||
      !absl::SimpleAtoi(tokens[first + 1], &parsed.stream_sequence) ||
      !absl::SimpleAtoi(tokens[first + 2], &parsed.consumer_sequence) ||
      !absl::SimpleAtoi(tokens[first + 3], &nanos)) {
    return MakeStatus(absl::StatusCode::kInternal, "BAD_ACK_SUBJECT",
                      "'" + subject + "' holds no numbers where they belong");
  }
  parsed.stored_at = absl::FromUnixNanos(nanos);
  return parsed;
}

}  // namespace eventreactor::bus
