#include "libs/bus/reader.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "libs/bus/js_api.h"
#include "libs/bus/nats_message.h"
#include "libs/bus/pull.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

// The server forgets a reader that does not read for so long.
constexpr absl::Duration kInactive = absl::Seconds(60);
constexpr absl::Duration kPoll = absl::Milliseconds(50);

}  // namespace

StreamReader::~StreamReader() {
  // A courtesy: the server forgets it anyway.
  const std::shared_ptr<Link> link = link_.lock();
  if (link != nullptr && !consumer_.empty()) {
    link->SendText("$JS.API.CONSUMER.DELETE." + stream_ + "." + consumer_, "", "").IgnoreError();
  }
}

absl::Status StreamReader::Begin(const std::shared_ptr<Link>& link) {
  if (!consumer_.empty() && link_.lock() == link) return absl::OkStatus();
  consumer_.clear();
  nlohmann::json config = {{"deliver_policy", "all"},
                           {"ack_policy", "none"},
                           {"filter_subject", filter_},
                           {"replay_policy", "instant"},
                           {"inactive_threshold", absl::ToInt64Nanoseconds(kInactive)},
                           {"mem_storage", true},
                           {"num_replicas", 1}};
  if (stream_sequence_ > 0) {
    config["deliver_policy"] = "by_start_sequence";
    config["opt_start_seq"] = stream_sequence_ + 1;
  }
  const absl::StatusOr<ApiAnswer> answer =
      CallApi(*link, "CONSUMER.CREATE." + stream_, {{"stream_name", stream_}, {"config", config}});
  if (!answer.ok()) return answer.status();
  if (!answer->ok()) {
    return Refused(*answer, stream_, "cannot read " + filter_ + " of " + stream_, "READER_REFUSED");
  }
  consumer_ = answer->body.value("name", "");
  link_ = link;
  consumer_sequence_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredMessage>> StreamReader::NextOnce(int max, absl::Time deadline) {
  const auto left = [deadline] { return std::max(deadline - SteadyNow(), absl::ZeroDuration()); };
  const absl::StatusOr<std::shared_ptr<Link>> link = connection_->Await(left());
  if (!link.ok()) return link.status();
  if (const absl::Status begun = Begin(*link); !begun.ok()) return begun;
  const absl::StatusOr<Pulled> pulled = Pull(**link, stream_, consumer_, max, left());
  if (!pulled.ok()) return pulled.status();
  if (pulled->consumer_gone) consumer_.clear();

  std::vector<StoredMessage> messages;
  for (const NatsMsgPtr& msg : pulled->messages) {
    const char* reply = natsMsg_GetReply(msg.get());
    const absl::StatusOr<AckSubject> position = ParseAckSubject(reply == nullptr ? "" : reply);
    if (!position.ok()) return position.status();
    if (position->consumer_sequence != consumer_sequence_ + 1) {
      // Sent to an inbox that was gone: begin again behind what was read.
      consumer_.clear();
      break;
    }
    consumer_sequence_ = position->consumer_sequence;
    stream_sequence_ = position->stream_sequence;
    messages.push_back({FromNats(msg.get()), position->stream_sequence, position->stored_at});
  }
  return messages;
}

absl::StatusOr<std::vector<StoredMessage>> StreamReader::Next(int max, absl::Duration wait) {
  const absl::Time deadline = SteadyNow() + wait;
  while (true) {
    auto read = NextOnce(max, deadline);
    const bool done = read.ok() ? !read->empty() : !IsTransient(read.status());
    // A lost consumer is made anew at once, even by a call that does not wait.
    const bool lost = read.ok() && consumer_.empty();
    if (!lost && (done || SteadyNow() + kPoll >= deadline)) return read;
    if (!lost) absl::SleepFor(kPoll);
  }
}

}  // namespace eventreactor::bus
