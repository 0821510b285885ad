#include "services/kube-adapter/kube/io_loop.h"

#include <algorithm>
#include <utility>

namespace eventreactor::kube {
namespace {

constexpr int kIdleMilliseconds = 10'000;
// Of one connection; the server's own limit counts as well.
constexpr long kMaxStreams = 250;

thread_local bool on_loop_thread = false;

CURLM* NewMulti() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
  return curl_multi_init();
}

}  // namespace

IoLoop::IoLoop(const Options& options) : multi_(NewMulti()) {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING,
                    options.multiplex ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kMaxStreams);
  SetMaxConnections(options.max_connections);
  thread_ = std::thread([this] { Run(); });
}

IoLoop::~IoLoop() {
  Close();
  curl_multi_cleanup(multi_);
}

void IoLoop::Close() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
}

void IoLoop::Post(std::function<void()> task) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    wake = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (wake) curl_multi_wakeup(multi_);
}

IoLoop::Timer IoLoop::After(absl::Duration delay, std::function<void()> task) {
  const auto at = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay);
  return timers_.emplace(at, std::move(task));
}

bool IoLoop::Add(CURL* easy) { return curl_multi_add_handle(multi_, easy) == CURLM_OK; }

void IoLoop::Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

void IoLoop::SetMaxConnections(int max_connections) {
  const long most = max_connections;
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, most);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most);
}

bool IoLoop::OnLoopThread() { return on_loop_thread; }

void IoLoop::Run() {
  on_loop_thread = true;
  while (true) {
    RunTasks();
    FireTimers();
    int running = 0;
    curl_multi_perform(multi_, &running);
    FinishTransfers();
    {
      const std::lock_guard lock(mutex_);
      if (!tasks_.empty()) continue;
      if (closed_) return;
    }
    curl_multi_poll(multi_, nullptr, 0, WaitMilliseconds(), nullptr);
  }
}

void IoLoop::RunTasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void IoLoop::FireTimers() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    // Out of the map first: what it does may forget and add others.
    const auto task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

void IoLoop::FinishTransfers() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode result = message->data.result;
    char* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(multi_, easy);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): libcurl's private pointer
    reinterpret_cast<Transfer*>(transfer)->Done(result);
  }
}

int IoLoop::WaitMilliseconds() const {
  if (timers_.empty()) return kIdleMilliseconds;
  const auto left = timers_.begin()->first - std::chrono::steady_clock::now();
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<int64_t>(milliseconds, 0, kIdleMilliseconds));
}

}  // namespace eventreactor::kube
