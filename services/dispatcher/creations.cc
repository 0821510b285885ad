#include "services/dispatcher/creations.h"

#include <utility>

#include "services/dispatcher/gate.h"

namespace eventreactor::dispatcher {
namespace {

// Times the threads that create: an API server ends watches that fall behind
// by some hundred changes, and so many would be stored at one moment.
constexpr size_t kMostActions = 8;
// A message of gRPC may have 4 MiB, one Action 3.
constexpr size_t kMostBytes = size_t{2} << 20;

}  // namespace

void Creations::Add(v1::CreateRequest request, Answered answered) {
  const size_t size = request.ByteSizeLong();
  if (answered_.size() >= kMostActions || bytes_ + size > kMostBytes) Flush();
  bytes_ += size;
  *batch_.add_requests() = std::move(request);
  answered_.push_back(std::move(answered));
}

void Creations::Flush() {
  if (answered_.empty()) return;
  AdapterClient::Answers answers;
  if (failed_.ok()) {
    absl::StatusOr<AdapterClient::Answers> created = adapter_.Create(batch_);
    failed_ = created.status();
    if (created.ok()) answers = *std::move(created);
  }
  if (!failed_.ok()) answers.assign(answered_.size(), failed_);
  for (size_t i = 0; i < answered_.size(); ++i) {
    if (IsAway(answers[i].status())) failed_ = answers[i].status();
    answered_[i](answers[i]);
  }
  batch_.Clear();
  answered_.clear();
  bytes_ = 0;
}

}  // namespace eventreactor::dispatcher
