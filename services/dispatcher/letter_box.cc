#include "services/dispatcher/letter_box.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/bus/bus_errors.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"
#include "services/dispatcher/letter.h"

namespace eventreactor::dispatcher {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 500;

absl::Status NoLetter(uint64_t sequence) {
  return MakeStatus(absl::StatusCode::kNotFound, "DEAD_LETTER_NOT_FOUND",
                    absl::StrCat("there is no dead letter ", sequence,
                                 "; it may have been put "
                                 "back or purged"),
                    "sequence");
}

// The subjects of a namespace's letters; of all for an empty one.
absl::StatusOr<std::string> FilterOf(const std::string& ns) {
  if (ns.empty()) return std::string("er.dead.>");
  if (IsDnsLabel(ns)) return absl::StrCat("er.dead.*.", ns, ".>");
  return InvalidField("namespace",
                      absl::StrCat("\"", ns.substr(0, 64), "\" is no namespace's name"));
}

// Where a page begins, and behind which letter the last one ends.
struct Range {
  uint64_t from = 1;
  uint64_t until = std::numeric_limits<uint64_t>::max();
};

absl::StatusOr<Range> ParsePageToken(const std::string& token) {
  Range range;
  if (token.empty()) return range;
  const std::vector<std::string> parts = absl::StrSplit(token, '-');
  if (parts.size() == 2 && absl::SimpleAtoi(parts[0], &range.from) &&
      absl::SimpleAtoi(parts[1], &range.until)) {
    return range;
  }
  return InvalidField("page_token", "is none that this service gave");
}

// Reads letters of a filter one after the other, within the bounds of a call.
class LetterScan {
 public:
  LetterScan(bus::Bus& bus, std::string filter, Range range)
      : bus_(bus), filter_(std::move(filter)), range_(range) {}

  // The next one; NOT_FOUND after the last, or when this call has read enough.
  absl::StatusOr<bus::StoredMessage> Next() {
    if (range_.from > range_.until) return End();
    if (looked_at_ == kMaxLookedAt || bytes_ > kMaxLetterBytes) return absl::NotFoundError("");
    auto letter = bus_.Next(bus::kDead, filter_, range_.from);
    if (absl::IsNotFound(letter.status()) || (letter.ok() && letter->sequence > range_.until)) {
      return End();
    }
    if (!letter.ok()) return letter.status();
    ++looked_at_;
    bytes_ += letter->message.payload.size();
    range_.from = letter->sequence + 1;
    return letter;
  }

  // Where to go on; empty after the last.
  std::string Token() const { return ended_ ? "" : absl::StrCat(range_.from, "-", range_.until); }

 private:
  absl::Status End() {
    ended_ = true;
    return absl::NotFoundError("");
  }

  bus::Bus& bus_;
  const std::string filter_;
  Range range_;
  int looked_at_ = 0;
  size_t bytes_ = 0;
  bool ended_ = false;
};

bool IsWanted(const v1::DeadLetter& letter, const std::string& reason, const std::string& type) {
  return (reason.empty() || letter.reason() == reason) && (type.empty() || letter.type() == type);
}

template <class Response>
void AddFailure(Response& response, uint64_t sequence, const absl::Status& status) {
  v1::DeadLetterFailure& failure = *response.add_failures();
  failure.set_sequence(sequence);
  failure.set_reason(Reason(status));
  failure.set_message(Message(status));
}

absl::Status CheckSelection(const v1::DeadLetterSelection& selection) {
  const bool some = selection.sequences_size() > 0;
  if (some == selection.all()) {
    return InvalidField("selection", "needs either sequences, or all");
  }
  if (selection.sequences_size() > kMaxHandled) {
    return InvalidField("selection.sequences", absl::StrCat("are more than ", kMaxHandled));
  }
  const bool filters =
      !(selection.reason().empty() && selection.type().empty() && selection.page_token().empty());
  if (some && filters) {
    return InvalidField("selection", "has filters, which go with all and not with sequences");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LetterBox::List(const v1::ListDeadLettersRequest& request,
                             v1::ListDeadLettersResponse& response) {
  const auto filter = FilterOf(request.namespace_());
  if (!filter.ok()) return filter.status();
  const auto range = ParsePageToken(request.page_token());
  if (!range.ok()) return range.status();
  if (request.page_size() < 0 || request.page_size() > kMaxPage) {
    return InvalidField("page_size",
                        absl::StrCat(request.page_size(), " is not between 0 and ", kMaxPage));
  }
  const int size = request.page_size() == 0 ? kDefaultPage : request.page_size();
  LetterScan scan(bus_, *filter, *range);
  while (response.dead_letters_size() < size) {
    const auto letter = scan.Next();
    if (absl::IsNotFound(letter.status())) break;
    if (!letter.ok()) return letter.status();
    v1::DeadLetter described = DescribeLetter(*letter);
    if (IsWanted(described, request.reason(), request.type())) {
      *response.add_dead_letters() = std::move(described);
    }
  }
  response.set_next_page_token(scan.Token());
  return absl::OkStatus();
}

absl::StatusOr<bus::StoredMessage> LetterBox::Find(const std::string& ns, uint64_t sequence) {
  const auto filter = FilterOf(ns);
  if (!filter.ok()) return filter.status();
  if (sequence == 0) return InvalidField("sequence", "begins at 1");
  auto letter = bus_.Next(bus::kDead, *filter, sequence);
  if (absl::IsNotFound(letter.status())) return NoLetter(sequence);
  if (!letter.ok()) return letter.status();
  if (letter->sequence != sequence) return NoLetter(sequence);
  return letter;
}

absl::Status LetterBox::Get(const v1::GetDeadLetterRequest& request,
                            v1::GetDeadLetterResponse& response) {
  const auto letter = Find(request.namespace_(), request.sequence());
  if (!letter.ok()) return letter.status();
  *response.mutable_dead_letter() = DescribeLetter(*letter);
  auto headers = letter->message.headers;
  std::stable_sort(headers.begin(), headers.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, value] : headers) {
    v1::MessageHeader& header = *response.add_headers();
    header.set_name(ValidUtf8(name, bus::kMaxDeadHeaderBytes));
    header.set_value(ValidUtf8(value, bus::kMaxDeadHeaderBytes));
  }
  response.set_payload(letter->message.payload);
  return absl::OkStatus();
}

absl::Status LetterBox::ForAll(const v1::DeadLetterSelection& selection, const Deed& deed,
                               const Tell& tell, std::string& next_page_token) {
  const auto filter = FilterOf(selection.namespace_());
  if (!filter.ok()) return filter.status();
  auto range = ParsePageToken(selection.page_token());
  if (!range.ok()) return range.status();
  if (selection.page_token().empty()) {
    // One that is put back and comes again is not put back by this.
    const auto last = bus_.Last(bus::kDead, *filter);
    if (absl::IsNotFound(last.status())) return absl::OkStatus();
    if (!last.ok()) return last.status();
    range->until = last->sequence;
  }
  LetterScan scan(bus_, *filter, *range);
  for (int handled = 0; handled < kMaxHandled;) {
    const auto letter = scan.Next();
    if (absl::IsNotFound(letter.status())) break;
    if (!letter.ok()) return letter.status();
    if (!IsWanted(DescribeLetter(*letter), selection.reason(), selection.type())) continue;
    ++handled;
    absl::Status done = deed(*letter);
    if (IsTransient(done)) return done;
    tell(letter->sequence, done);
  }
  next_page_token = scan.Token();
  return absl::OkStatus();
}

absl::Status LetterBox::ForSelected(const v1::DeadLetterSelection& selection, const Deed& deed,
                                    const Tell& tell, std::string& next_page_token) {
  if (absl::Status status = CheckSelection(selection); !status.ok()) return status;
  if (selection.all()) return ForAll(selection, deed, tell, next_page_token);
  if (auto filter = FilterOf(selection.namespace_()); !filter.ok()) return filter.status();
  for (const uint64_t sequence : selection.sequences()) {
    const auto letter = Find(selection.namespace_(), sequence);
    absl::Status done = letter.ok() ? deed(*letter) : letter.status();
    if (IsTransient(done)) return done;
    tell(sequence, done);
  }
  return absl::OkStatus();
}

absl::Status LetterBox::Remove(uint64_t sequence) {
  const absl::Status removed = bus_.Remove(bus::kDead, sequence);
  // Another call was quicker.
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

absl::Status LetterBox::Replay(const v1::DeadLetterSelection& selection,
                               v1::ReplayDeadLettersResponse& response) {
  const Deed put_back = [this](const bus::StoredMessage& letter) {
    absl::Status stored = bus_.Publish(Reborn(letter)).status();
    return stored.ok() ? Remove(letter.sequence) : stored;
  };
  const Tell tell = [&response](uint64_t sequence, const absl::Status& done) {
    if (done.ok()) {
      response.add_replayed(sequence);
    } else {
      AddFailure(response, sequence, done);
    }
  };
  return ForSelected(selection, put_back, tell, *response.mutable_next_page_token());
}

absl::Status LetterBox::Purge(const v1::DeadLetterSelection& selection,
                              v1::PurgeDeadLettersResponse& response) {
  const Deed remove = [this](const bus::StoredMessage& letter) { return Remove(letter.sequence); };
  const Tell tell = [&response](uint64_t sequence, const absl::Status& done) {
    if (done.ok()) {
      response.add_purged(sequence);
    } else {
      AddFailure(response, sequence, done);
    }
  };
  return ForSelected(selection, remove, tell, *response.mutable_next_page_token());
}

}  // namespace eventreactor::dispatcher
