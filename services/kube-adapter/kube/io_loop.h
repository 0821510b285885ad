// One thread that moves the bytes of many transfers, by libcurl's multi
// interface, and keeps their time.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace eventreactor::kube {

// What a loop drives; its thread's own.
class Transfer {
 public:
  virtual ~Transfer() = default;
  // It has ended and was removed from the loop.
  virtual void Done(CURLcode result) = 0;
};

class IoLoop {
 public:
  struct Options {
    // Several requests on one connection, where the server takes it.
    bool multiplex = true;
    int max_connections = 64;
  };
  explicit IoLoop(const Options& options);
  // Closes, on another thread than its own.
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Runs what was posted, then stops; no transfer is there any more. What is
  // posted later is dropped. Repeatable.
  void Close();

  // Runs `task` on the loop's thread. Any thread.
  void Post(std::function<void()> task);

  // The rest is for the loop's thread.
  using Timer =
      std::multimap<std::chrono::steady_clock::time_point, std::function<void()>>::iterator;
  Timer After(absl::Duration delay, std::function<void()> task);
  // Not one that has fired.
  void Forget(Timer timer) { timers_.erase(timer); }

  // `easy` has CURLOPT_PRIVATE set to its Transfer. False if libcurl refuses.
  bool Add(CURL* easy);
  // Before Done was called; not from one of its callbacks.
  void Remove(CURL* easy);

  void SetMaxConnections(int max_connections);

  // True on any loop's thread.
  static bool OnLoopThread();

 private:
  void Run();
  void RunTasks();
  void FireTimers();
  void FinishTransfers();
  int WaitMilliseconds() const;

  CURLM* const multi_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> timers_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace eventreactor::kube
