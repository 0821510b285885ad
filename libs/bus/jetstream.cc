#include "libs/bus/jetstream.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "libs/bus/bus_errors.h"
#include "libs/bus/bus_options.h"
#include "libs/bus/connection.h"
#include "libs/bus/consumer.h"
#include "libs/bus/js_api.h"
#include "libs/bus/nats_message.h"
#include "libs/bus/pub_ack.h"
#include "libs/bus/publish_mux.h"
#include "libs/bus/reader.h"
#include "libs/bus/streams.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

// Stream and consumer names become tokens of subjects.
bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= 128 &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
             std::string::npos;
}

absl::Status CheckName(const std::string& field, const std::string& name) {
  if (IsName(name)) return absl::OkStatus();
  return InvalidField(field, "'" + name + "' is not letters, digits, _ and -");
}

absl::StatusOr<PublishAck> ReadAnswer(natsMsg* msg) {
  if (HeaderOf(msg, "Status") == "503") {
    return BusDown(
        "no stream takes the message: JetStream is off in the server, or the stream is missing");
  }
  return ParsePubAck(std::string(natsMsg_GetData(msg), natsMsg_GetDataLength(msg)));
}

absl::StatusOr<StoredMessage> ParseStored(const nlohmann::json& answer) {
  StoredMessage stored;
  std::string headers;
  std::string error;
  try {
    const nlohmann::json& message = answer.at("message");
    stored.message.subject = message.at("subject").get<std::string>();
    stored.sequence = message.at("seq").get<uint64_t>();
    if (absl::Base64Unescape(message.value("data", ""), &stored.message.payload) &&
        absl::Base64Unescape(message.value("hdrs", ""), &headers) &&
        absl::ParseTime(absl::RFC3339_full, message.at("time").get<std::string>(),
                        &stored.stored_at, &error)) {
      ParseHeaderBlock(headers, stored.message);
      return stored;
    }
  } catch (const nlohmann::json::exception& e) {
    error = e.what();
  }
  return MakeStatus(absl::StatusCode::kInternal, "BAD_STORED_MESSAGE",
                    "the server's answer holds no message: " + error);
}

class NatsBus : public JetStreamBus {
 public:
  explicit NatsBus(const ConnectOptions& options)
      : connection_(std::make_shared<Connection>(
            options, Connection::Handlers{
                         [this](const std::string& token, natsMsg* msg) {
                           mux_.Answer(token, ReadAnswer(msg));
                         },
                         [this] {
                           mux_.FailAll(BusDown(
                               "the connection was lost; the message may or may not be stored"));
                         }})) {}

  // Consumers and deliveries may outlive us, and then find no link.
  ~NatsBus() override { connection_->Stop(); }

  void PublishAsync(const Message& message, absl::Duration timeout, PublishCallback done) override {
    if (const absl::Status checked = CheckMessage(message); !checked.ok()) {
      mux_.Refuse(std::move(done), checked);
      return;
    }
    const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Current();
    if (!link.ok()) {
      mux_.Refuse(std::move(done), link.status());
      return;
    }
    // Known to the mux before it is sent: the answer may be quicker than us.
    const std::string token = mux_.Add(timeout, std::move(done));
    if (token.empty()) return;
    if (const absl::Status sent = (*link)->Send(message, token); !sent.ok()) {
      mux_.Fail(token, sent);
    }
  }

  absl::StatusOr<std::unique_ptr<Consumer>> Consume(const std::string& stream,
                                                    const std::string& durable) override {
    if (absl::Status checked = CheckName("stream", stream); !checked.ok()) return checked;
    if (absl::Status checked = CheckName("durable", durable); !checked.ok()) return checked;
    return std::make_unique<PullConsumer>(connection_, stream, durable);
  }

  absl::StatusOr<std::unique_ptr<Reader>> Read(const std::string& stream,
                                               const std::string& filter) override {
    if (absl::Status checked = CheckName("stream", stream); !checked.ok()) return checked;
    return std::make_unique<StreamReader>(connection_, stream, filter);
  }

  absl::StatusOr<StoredMessage> Last(const std::string& stream,
                                     const std::string& subject) override {
    return ReadOne(stream, subject, {{"last_by_subj", subject}});
  }

  absl::StatusOr<StoredMessage> Next(const std::string& stream, const std::string& filter,
                                     uint64_t from) override {
    // The first has 1, and the server takes 0 for none that was said.
    return ReadOne(stream, filter,
                   {{"next_by_subj", filter}, {"seq", std::max<uint64_t>(from, 1)}});
  }

  absl::Status Remove(const std::string& stream, uint64_t sequence) override {
    if (absl::Status checked = CheckName("stream", stream); !checked.ok()) return checked;
    const absl::StatusOr<ApiAnswer> answer =
        Ask("STREAM.MSG.DELETE." + stream, {{"seq", sequence}, {"no_erase", true}});
    if (!answer.ok()) return answer.status();
    const std::string which = "#" + std::to_string(sequence);
    // The server has no code of its own for one that was removed before.
    const bool gone =
        answer->err_code == kDeleteFailed &&
        Ask("STREAM.MSG.GET." + stream, {{"seq", sequence}}).value_or(ApiAnswer()).err_code ==
            kMessageNotFound;
    if (gone || answer->err_code == kSequenceNotFound) return MessageNotFound(stream, which);
    if (!answer->ok()) {
      return Refused(*answer, stream, "cannot remove " + which + " of " + stream, "REMOVE_REFUSED");
    }
    return absl::OkStatus();
  }

  absl::Status Purge(const std::string& stream, const std::string& filter) override {
    if (absl::Status checked = CheckName("stream", stream); !checked.ok()) return checked;
    const absl::StatusOr<ApiAnswer> answer = Ask("STREAM.PURGE." + stream, {{"filter", filter}});
    if (!answer.ok()) return answer.status();
    if (!answer->ok()) return Refused(*answer, stream, "cannot purge " + stream, "PURGE_REFUSED");
    return absl::OkStatus();
  }

  bool Connected() const override { return connection_->Current().ok(); }

  absl::Status EnsureStreams(const StreamLimits& limits) override {
    const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Current();
    return link.ok() ? bus::EnsureStreams(**link, limits) : link.status();
  }

  absl::Status VerifyStreams() override {
    const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Current();
    return link.ok() ? bus::VerifyStreams(**link) : link.status();
  }

 private:
  absl::StatusOr<StoredMessage> ReadOne(const std::string& stream, const std::string& what,
                                        const nlohmann::json& request) {
    if (absl::Status checked = CheckName("stream", stream); !checked.ok()) return checked;
    const absl::StatusOr<ApiAnswer> answer = Ask("STREAM.MSG.GET." + stream, request);
    if (!answer.ok()) return answer.status();
    if (answer->err_code == kMessageNotFound) return MessageNotFound(stream, what);
    if (!answer->ok()) return Refused(*answer, stream, "cannot read " + stream, "READER_REFUSED");
    return ParseStored(answer->body);
  }

  absl::StatusOr<ApiAnswer> Ask(const std::string& method, const nlohmann::json& request) {
    const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Current();
    if (!link.ok()) return link.status();
    return CallApi(**link, method, request);
  }

  // Outlives the connection's handlers, which call it.
  PublishMux mux_;
  const std::shared_ptr<Connection> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<JetStreamBus>> JetStreamBus::Connect(const ConnectOptions& options) {
  if (absl::Status valid = ValidateBusOptions(options); !valid.ok()) return valid;
  return std::make_unique<NatsBus>(options);
}

}  // namespace eventreactor::bus
