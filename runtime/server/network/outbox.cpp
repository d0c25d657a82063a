#include "runtime/server/network/outbox.h"

#include <utility>

namespace fedrt {

Outbox::Outbox(std::chrono::milliseconds period, std::function<void()> tick)
    : period_(period), tick_(std::move(tick)), thread_([this] { loop(); }) {}

Outbox::~Outbox() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Outbox::post(std::function<void()> action) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    actions_.push_back(std::move(action));
  }
  wake_.notify_one();
}

void Outbox::loop() {
  auto next = std::chrono::steady_clock::now() + period_;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait_until(lock, next, [this] { return !actions_.empty() || stopping_; });
    std::vector<std::function<void()>> actions;
    actions.swap(actions_);
    if (actions.empty() && stopping_) return;
    lock.unlock();
    for (const auto& action : actions) action();
    actions.clear();  // what they hold goes before the lock is taken
    if (const auto now = std::chrono::steady_clock::now(); now >= next) {
      tick_();
      next = now + period_;
    }
    lock.lock();
  }
}

}  // namespace fedrt
