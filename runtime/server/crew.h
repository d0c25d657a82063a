// Threads that wait for work between the phases of a computation.
#ifndef RUNTIME_SERVER_CREW_H_
#define RUNTIME_SERVER_CREW_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fedrt {

class Crew {
 public:
  // `others`: threads beside the one that calls run().
  explicit Crew(size_t others);
  ~Crew();
  Crew(const Crew&) = delete;

  // Calls work(0) here, and meanwhile work(1), ... in at most `most` - 1 other threads. Those that
  // have not begun when work(0) has ended do not: a busy system that has not given them a processor
  // yet is not waited for. So work(0) must do all that the others leave.
  void run(size_t most, const std::function<void(size_t)>& work);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable begins_, ends_;
  const std::function<void(size_t)>* work_ = nullptr;  // null: there is none to begin
  size_t next_ = 0, most_ = 0;                         // of the calls of work_
  size_t at_work_ = 0;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_CREW_H_
