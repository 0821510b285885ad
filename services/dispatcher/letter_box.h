// The letters of ER_DEAD: shown, put back, thrown away. Thread-safe.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/dispatch_service.pb.h"
#include "libs/bus/bus.h"

namespace eventreactor::dispatcher {

// How many letters one call puts back or throws away, and how many it looks at.
inline constexpr int kMaxHandled = 100;
inline constexpr int kMaxLookedAt = 1000;
// How many bytes of letters it reads.
inline constexpr size_t kMaxLetterBytes = size_t{32} << 20;

class LetterBox {
 public:
  explicit LetterBox(bus::Bus& bus) : bus_(bus) {}

  // As DispatchService has them. UNAVAILABLE (BUS_DOWN).
  absl::Status List(const v1::ListDeadLettersRequest& request,
                    v1::ListDeadLettersResponse& response);
  absl::Status Get(const v1::GetDeadLetterRequest& request, v1::GetDeadLetterResponse& response);
  // Each is removed once it is stored where it came from: a crash in between
  // puts it back twice, which creates nothing more.
  absl::Status Replay(const v1::DeadLetterSelection& selection,
                      v1::ReplayDeadLettersResponse& response);
  absl::Status Purge(const v1::DeadLetterSelection& selection,
                     v1::PurgeDeadLettersResponse& response);

 private:
  // What is done with one letter.
  using Deed = std::function<absl::Status(const bus::StoredMessage&)>;
  // What is told of one: OK, or why it stays.
  using Tell = std::function<void(uint64_t, const absl::Status&)>;

  absl::StatusOr<bus::StoredMessage> Find(const std::string& ns, uint64_t sequence);
  absl::Status ForSelected(const v1::DeadLetterSelection& selection, const Deed& deed,
                           const Tell& tell, std::string& next_page_token);
  absl::Status ForAll(const v1::DeadLetterSelection& selection, const Deed& deed, const Tell& tell,
                      std::string& next_page_token);
  absl::Status Remove(uint64_t sequence);

  bus::Bus& bus_;
};

}  // namespace eventreactor::dispatcher
