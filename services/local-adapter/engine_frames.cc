#include "services/local-adapter/engine_frames.h"

#include <algorithm>

#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

constexpr unsigned char kLastStream = 2;  // 0 stdin, 1 stdout, 2 stderr

}  // namespace

absl::StatusOr<bool> FrameDecoder::Feed(const char* data, size_t size, const Sink& sink) {
  while (size > 0) {
    if (left_ > 0) {
      const size_t take = std::min<size_t>(left_, size);
      if (!sink(data, take)) return false;
      left_ -= static_cast<uint32_t>(take);
      data += take;
      size -= take;
      continue;
    }
    header_[header_size_++] = static_cast<unsigned char>(*data++);
    --size;
    if (header_size_ < kHeader) continue;
    header_size_ = 0;
    if (header_[0] > kLastStream || header_[1] != 0 || header_[2] != 0 || header_[3] != 0) {
      return MakeStatus(absl::StatusCode::kInternal, "ENGINE_ERROR",
                        "the container engine sent a log that is not in frames");
    }
    left_ = uint32_t{header_[4]} << 24 | uint32_t{header_[5]} << 16 | uint32_t{header_[6]} << 8 |
            uint32_t{header_[7]};
  }
  return true;
}

}  // namespace eventreactor::local
