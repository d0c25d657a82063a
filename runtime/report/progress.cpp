#include "runtime/report/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"

namespace fedrt {

Progress::Progress(uint64_t rounds, uint64_t clients_a_round, bool lines)
    : rounds_(rounds),
      clients_a_round_(std::max<uint64_t>(clients_a_round, 1)),
      terminal_(isatty(STDOUT_FILENO)),
      lines_(lines) {
  if (!terminal_) return;
  painter_ = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopping_) {
      draw();
      wake_.wait_for(lock, std::chrono::milliseconds(100));
    }
  });
}

Progress::~Progress() { stop(); }

void Progress::stop() {
  if (!painter_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    draw();
    std::printf("\n");
    std::fflush(stdout);
  }
  wake_.notify_all();
  painter_.join();
}

absl::Status Progress::round(uint64_t round, const std::string& metrics, const std::string& brief) {
  const std::lock_guard<std::mutex> lock(mutex_);
  rounds_done_ = round;
  metrics_ = brief;
  done_ = 0;
  if (!terminal_ && !lines_) return absl::OkStatus();
  if (!terminal_)
    return write_standard_output(absl::StrCat("round ", round, "/", rounds_, ": ", metrics, "\n"));
  draw();
  return absl::OkStatus();
}

void Progress::note(const std::string& text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (terminal_) {
    std::printf("\r\x1b[K");
    std::fflush(stdout);
  }
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Progress::draw() {
  winsize size{};
  const int columns =
      ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  const double part = std::min(1.0, static_cast<double>(done_.load(std::memory_order_relaxed)) /
                                        static_cast<double>(clients_a_round_));
  const double whole = rounds_done_ >= rounds_ ? 1.0
                                               : (static_cast<double>(rounds_done_) + part) /
                                                     static_cast<double>(rounds_);
  const int64_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_)
          .count();
  constexpr int kWidth = 16;
  const int filled = static_cast<int>(whole * kWidth);
  char time[32];
  std::snprintf(time, sizeof time, "%lld:%02lld", static_cast<long long>(seconds / 60),
                static_cast<long long>(seconds % 60));
  std::string line = absl::StrCat("[", std::string(filled, '#'), std::string(kWidth - filled, '.'),
                                  "] ", rounds_done_, "/", rounds_, " ", time, "  ", metrics_);
  if (static_cast<int>(line.size()) >= columns) line.resize(columns - 1);
  std::printf("\r%s\x1b[K", line.c_str());
  std::fflush(stdout);
}

}  // namespace fedrt
