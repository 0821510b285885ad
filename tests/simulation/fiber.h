// A function with a stack of its own, which can stop in the middle and go on
// later: how several processes take turns in one thread.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>

namespace eventreactor::simulation {

// For one thread. Not destroyed while it has begun and not ended.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Goes on until it pauses, or ends. Nothing may be thrown out of the body.
  void Resume();
  // Called within a fiber: back to whoever resumed it. Not while an exception
  // is handled.
  static void Pause();

  bool ended() const { return ended_; }

 private:
  static void Enter();
  void SwitchToCaller(bool for_good);

  std::function<void()> body_;
  void* const stack_;
  ucontext_t own_{};
  ucontext_t caller_{};
  bool ended_ = false;
  // What sanitizers want to know of a stack.
  const void* caller_stack_ = nullptr;
  size_t caller_size_ = 0;
  void* sanitizer_own_ = nullptr;
  void* sanitizer_caller_ = nullptr;
};

}  // namespace eventreactor::simulation
