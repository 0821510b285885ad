#include "services/kube-adapter/store/object_watch.h"

#include <random>
#include <utility>

#include "libs/clock/steady_now.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/request.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// Objects of one chunk are held as trees until they are asked for.
constexpr size_t kChunk = 100;
constexpr size_t kChunkBytes = size_t{2} << 20;
// The server ends each watch after a time between this and twice it.
constexpr int64_t kWatchSeconds = 300;
// Watches in a row that end without a word.
constexpr int kMaxFruitless = 3;

absl::Duration WatchTime() {
  static thread_local std::minstd_rand random{std::random_device()()};
  return absl::Seconds(std::uniform_int_distribution(kWatchSeconds, 2 * kWatchSeconds)(random));
}

json BookmarkOf(const std::string& version) {
  return {{"metadata", {{"resourceVersion", version}}}};
}

}  // namespace

ObjectWatch::ObjectWatch(Client& client, Options options)
    : client_(client),
      options_(std::move(options)),
      chunks_(client, options_.resource),
      listing_(options_.version.empty()),
      version_(options_.version),
      latest_(options_.version) {}

absl::StatusOr<std::optional<WatchEvent>> ObjectWatch::Next(absl::Duration wait) {
  const absl::Time deadline = SteadyNow() + wait;
  while (true) {
    if (!pending_.empty()) {
      WatchEvent event = std::move(pending_.front());
      pending_.pop_front();
      // While it lists there is nowhere to resume.
      if (!listing_ || event.type == WatchEvent::Type::kBookmark) {
        version_ = StringAt(ObjectAt(event.object, "metadata"), "resourceVersion");
      }
      if (event.type == WatchEvent::Type::kBookmark) listing_ = false;
      return event;
    }
    if (!failure_.ok()) return std::exchange(failure_, absl::OkStatus());
    if (listing_) {
      if (absl::Status status = ListMore(); !status.ok()) return status;
      continue;
    }
    const absl::Duration left = std::max(deadline - SteadyNow(), absl::ZeroDuration());
    const bool was_open = reader_ != nullptr;
    if (!was_open) Open();
    failure_ = ReadMore(left);
    if (pending_.empty() && failure_.ok() && was_open && left == absl::ZeroDuration()) {
      return std::nullopt;
    }
  }
}

absl::Status ObjectWatch::ListMore() {
  ChunkReader::Ask ask;
  ask.ns = options_.ns;
  ask.label_selector = options_.label_selector;
  ask.field_selector = options_.field_selector;
  ask.continue_token = continue_token_;
  ask.most = kChunk;
  ask.bytes = kChunkBytes;
  const absl::StatusOr<ListMeta> meta = chunks_.Read(ask, [this](json&& object) {
    pending_.push_back({WatchEvent::Type::kAdded, std::move(object)});
    return absl::OkStatus();
  });
  if (!meta.ok()) return meta.status();
  if (list_version_.empty()) list_version_ = meta->resource_version;
  continue_token_ = meta->continue_token;
  if (continue_token_.empty()) {
    latest_ = list_version_;
    pending_.push_back({WatchEvent::Type::kBookmark, BookmarkOf(list_version_)});
  }
  return absl::OkStatus();
}

void ObjectWatch::Open() {
  WatchOptions watch;
  watch.label_selector = options_.label_selector;
  watch.field_selector = options_.field_selector;
  watch.resource_version = latest_;
  watch.server_timeout = WatchTime();
  decoder_.emplace();
  fruitful_ = false;
  heard_ = SystemClock().Steady();
  // Pausable: one that reads slowly holds up the server, not our memory.
  reader_ = std::make_unique<StreamReader>(
      client_, WatchRequest(options_.resource, options_.ns, watch), StreamReaderOptions());
}

// Reads what has come. An error only if the watch cannot simply be begun anew
// where it stands.
absl::Status ObjectWatch::ReadMore(absl::Duration wait) {
  absl::StatusOr<StreamReader::Piece> piece = reader_->Read(wait);
  if (!piece.ok()) {
    reader_.reset();
    const bool lost = absl::IsUnavailable(piece.status()) && fruitful_;
    return lost ? absl::OkStatus() : piece.status();
  }
  const absl::Duration now = SystemClock().Steady();
  if (!piece->bytes.empty()) {
    heard_ = now;
    fruitful_ = true;
    fruitless_ = 0;
  } else if (!piece->ended && now - heard_ >= options_.idle) {
    // Whatever is in between keeps the connection, and nobody is behind it.
    reader_.reset();
    return absl::OkStatus();
  }
  absl::Status status = decoder_->Feed(piece->bytes, [this](WatchEvent&& event) {
    latest_ = StringAt(ObjectAt(event.object, "metadata"), "resourceVersion");
    pending_.push_back(std::move(event));
    return absl::OkStatus();
  });
  if (!status.ok() || piece->ended) reader_.reset();
  if (status.ok() && piece->ended && !fruitful_ && ++fruitless_ >= kMaxFruitless) {
    fruitless_ = 0;
    return MakeStatus(absl::StatusCode::kUnavailable, "WATCH_ENDED",
                      "the API server ends each watch at once");
  }
  return status;
}

}  // namespace eventreactor::kube
