#include "tests/simulation/fiber.h"

#include <glog/logging.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(ER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace eventreactor::simulation {
namespace {

// Pages that are not touched take no memory.
constexpr size_t kStack = size_t{1} << 20;

Fiber* running = nullptr;

std::vector<void*>& FreeStacks() {
  static auto* const kFree = new std::vector<void*>();
  return *kFree;
}

void* TakeStack() {
  std::vector<void*>& free = FreeStacks();
  if (!free.empty()) {
    void* const stack = free.back();
    free.pop_back();
    return stack;
  }
  void* const stack =
      mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK_NE(stack, MAP_FAILED);
  // What grows beyond its stack ends there.
  CHECK_EQ(mprotect(stack, static_cast<size_t>(getpagesize()), PROT_NONE), 0);
  return stack;
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(TakeStack()) {
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_;
  own_.uc_stack.ss_size = kStack;
  own_.uc_link = nullptr;
  makecontext(&own_, &Fiber::Enter, 0);
#if defined(ER_TSAN)
  sanitizer_own_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#if defined(ER_TSAN)
  __tsan_destroy_fiber(sanitizer_own_);
#endif
  FreeStacks().push_back(stack_);
}

void Fiber::Resume() {
  Fiber* const before = std::exchange(running, this);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&sanitizer_caller_, stack_, kStack);
#elif defined(ER_TSAN)
  sanitizer_caller_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(sanitizer_own_, 0);
#endif
  swapcontext(&caller_, &own_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(sanitizer_caller_, nullptr, nullptr);
#endif
  running = before;
}

void Fiber::Pause() { running->SwitchToCaller(/*for_good=*/false); }

void Fiber::Enter() {
  Fiber& self = *running;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self.caller_stack_, &self.caller_size_);
#endif
  self.body_();
  self.body_ = nullptr;
  self.ended_ = true;
  self.SwitchToCaller(/*for_good=*/true);
}

void Fiber::SwitchToCaller([[maybe_unused]] bool for_good) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &sanitizer_own_, caller_stack_, caller_size_);
#elif defined(ER_TSAN)
  __tsan_switch_to_fiber(sanitizer_caller_, 0);
#endif
  swapcontext(&own_, &caller_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(sanitizer_own_, &caller_stack_, &caller_size_);
#endif
}

}  // namespace eventreactor::simulation
