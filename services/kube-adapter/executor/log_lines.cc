#include "services/kube-adapter/executor/log_lines.h"

namespace eventreactor::kube {
namespace {

constexpr size_t kLongestPiece = size_t{64} << 10;
// 2006-01-02T15:04:05.999999999+07:00 at most.
constexpr size_t kLongestTime = 35;

}  // namespace

bool LogLines::Feed(std::string_view bytes, const Sink& sink) {
  waiting_.append(bytes);
  size_t begin = 0;
  bool wanted = true;
  while (wanted && begin < waiting_.size()) {
    const size_t feed = waiting_.find('\n', begin);
    const bool whole = feed != std::string::npos;
    const size_t size = whole ? feed + 1 - begin : waiting_.size() - begin;
    if (!whole && size < kLongestPiece) break;
    wanted = Hand(std::string_view(waiting_).substr(begin, size), sink);
    within_ = !whole;
    begin += size;
  }
  waiting_.erase(0, begin);
  return wanted;
}

bool LogLines::End(const Sink& sink) {
  const std::string last = std::move(waiting_);
  waiting_.clear();
  return last.empty() || Hand(last, sink);
}

bool LogLines::Hand(std::string_view piece, const Sink& sink) {
  if (!within_) {
    const size_t space = piece.substr(0, kLongestTime + 1).find(' ');
    absl::Time time;
    if (space != std::string_view::npos &&
        absl::ParseTime(absl::RFC3339_full, std::string(piece.substr(0, space)), &time, nullptr)) {
      time_ = time;
      piece.remove_prefix(space + 1);
    }
  }
  return sink(time_, piece);
}

}  // namespace eventreactor::kube
