#include "runtime/server/crew.h"

#include <memory>

namespace fedrt {

Crew::Crew(size_t others) {
  for (size_t t = 0; t < others; ++t) threads_.emplace_back([this] { loop(); });
}

Crew::~Crew() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    over_ = true;
  }
  begins_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::run(size_t most, const std::function<void(size_t)>& work) {
  if (most > 1 && !threads_.empty()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_ = &work;
    next_ = 1;
    most_ = most;
    begins_.notify_all();
  }
  // Also where work(0) throws: what the others use is the caller's.
  const std::unique_ptr<Crew, void (*)(Crew*)> end(this, [](Crew* crew) {
    std::unique_lock<std::mutex> lock(crew->mutex_);
    crew->work_ = nullptr;
    crew->ends_.wait(lock, [crew] { return crew->at_work_ == 0; });
  });
  work(0);
}

void Crew::loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    begins_.wait(lock, [this] { return over_ || (work_ != nullptr && next_ < most_); });
    if (over_) return;
    const std::function<void(size_t)>& work = *work_;
    const size_t number = next_++;
    ++at_work_;
    lock.unlock();
    work(number);
    lock.lock();
    if (--at_work_ == 0) ends_.notify_all();
  }
}

}  // namespace fedrt
