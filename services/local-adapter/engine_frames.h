// The Docker Engine API's log stream taken apart: frames of an 8-byte header
// (stream, three zeros, size in big endian) and data. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::local {

class FrameDecoder {
 public:
  using Sink = std::function<bool(const char* data, size_t size)>;

  // Takes the next bytes, cut anywhere, and hands the frames' data on. False
  // once the sink said so. INTERNAL (ENGINE_ERROR) for what is no such stream.
  absl::StatusOr<bool> Feed(const char* data, size_t size, const Sink& sink);

 private:
  static constexpr size_t kHeader = 8;
  std::array<unsigned char, kHeader> header_{};
  size_t header_size_ = 0;
  uint32_t left_ = 0;
};

}  // namespace eventreactor::local
