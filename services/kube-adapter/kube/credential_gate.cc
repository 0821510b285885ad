#include "services/kube-adapter/kube/credential_gate.h"

#include <optional>
#include <utility>

namespace eventreactor::kube {

void CredentialGate::Close() {
  std::thread fetching;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    fetching = std::move(fetching_);
  }
  if (fetching.joinable()) fetching.join();
}

void CredentialGate::Get(Then then) {
  const absl::StatusOr<std::optional<Credential>> current = source_->Current();
  if (!current.ok()) return then(current.status());
  if (*current) return then(**current);
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(then));
  if (is_fetching_ || closed_) return;
  is_fetching_ = true;
  // The one before has told everybody and is about to end.
  if (fetching_.joinable()) fetching_.join();
  fetching_ = std::thread([this] { Fetch(); });
}

void CredentialGate::Fetch() {
  const absl::StatusOr<Credential> credential = source_->Fetch();
  std::vector<Then> waiting;
  {
    const std::lock_guard lock(mutex_);
    is_fetching_ = false;
    if (closed_) return;
    waiting.swap(waiting_);
  }
  for (const Then& then : waiting) then(credential);
}

}  // namespace eventreactor::kube
