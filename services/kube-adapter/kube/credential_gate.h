// Gives credentials to many requests at once: waits for a slow source on a
// thread of its own, and asks it once for all who wait.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/credentials.h"

namespace eventreactor::kube {

// Thread-safe.
class CredentialGate {
 public:
  using Then = std::function<void(const absl::StatusOr<Credential>& credential)>;

  explicit CredentialGate(std::shared_ptr<CredentialSource> source) : source_(std::move(source)) {}
  ~CredentialGate() { Close(); }
  CredentialGate(const CredentialGate&) = delete;
  CredentialGate& operator=(const CredentialGate&) = delete;

  // Waits for a source that is being asked; nobody is told any more.
  // Repeatable.
  void Close();

  // Calls `then` before it returns, or later from another thread.
  void Get(Then then);
  // The server refused it. True if Get may have another.
  bool Refused(const Credential& credential) { return source_->Refused(credential); }

 private:
  void Fetch();

  const std::shared_ptr<CredentialSource> source_;
  std::mutex mutex_;
  std::vector<Then> waiting_;
  std::thread fetching_;
  bool is_fetching_ = false;
  bool closed_ = false;
};

}  // namespace eventreactor::kube
