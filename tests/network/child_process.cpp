#include "tests/network/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

extern char** environ;

namespace fedrt {
namespace {

using Clock = std::chrono::steady_clock;

// With these pipes as its output; the parent's ends of them are not inherited.
pid_t spawn(const std::vector<std::string>& words, int out, int err) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out);
  close(err);
  if (error != 0) {
    ADD_FAILURE() << words[0] << " cannot be started: " << error;
    std::abort();
  }
  return pid;
}

}  // namespace

ChildProcess::Reader::Reader(int fd)
    : thread_([this, fd] {
        char buffer[4096];
        ssize_t got;
        while ((got = read(fd, buffer, sizeof buffer)) > 0) {
          const std::lock_guard<std::mutex> lock(mutex_);
          text_.append(buffer, static_cast<size_t>(got));
        }
        close(fd);
      }) {}

void ChildProcess::Reader::join() {
  if (thread_.joinable()) thread_.join();
}

std::string ChildProcess::Reader::text() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return text_;
}

ChildProcess::Pipes::Pipes() {
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) std::abort();
}

ChildProcess::ChildProcess(const std::vector<std::string>& words) : ChildProcess(words, Pipes()) {}

ChildProcess::ChildProcess(const std::vector<std::string>& words, Pipes pipes)
    : pid_(spawn(words, pipes.out[1], pipes.err[1])), out_(pipes.out[0]), err_(pipes.err[0]) {}

ChildProcess::~ChildProcess() {
  if (!reap(false)) {
    signal(SIGKILL);
    reap(true);
  }
}

bool ChildProcess::reap(bool block) {
  if (ended_) return true;
  rusage usage{};
  if (wait4(pid_, &status_, block ? 0 : WNOHANG, &usage) != pid_) return false;
  ended_ = true;
  peak_bytes_ = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  out_.join();
  err_.join();
  return true;
}

void ChildProcess::signal(int number) const {
  if (!ended_) ::kill(pid_, number);
}

bool ChildProcess::says(const std::string& text) {
  const auto deadline = Clock::now() + std::chrono::minutes(1);
  while (err().find(text) == std::string::npos) {
    if (reap(false)) return err().find(text) != std::string::npos;
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

int ChildProcess::wait() {
  const auto deadline = Clock::now() + std::chrono::minutes(2);
  while (!reap(false)) {
    if (Clock::now() >= deadline) {
      ADD_FAILURE() << "it does not end; it said\n" << err();
      signal(SIGKILL);
      reap(true);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return WIFSIGNALED(status_) ? -WTERMSIG(status_) : WEXITSTATUS(status_);
}

HandServer::HandServer(std::vector<std::string> flags, int port)
    : ChildProcess([&] {
        std::vector<std::string> words = {"tests/network/hand_server",
                                          "--listen=127.0.0.1:" + std::to_string(port)};
        words.insert(words.end(), flags.begin(), flags.end());
        return words;
      }()) {
  const std::string start = "listening on ";
  EXPECT_TRUE(says(start)) << err();
  while (says(start) && err().find('\n', err().find(start)) == std::string::npos) {
  }
  const std::string text = err();
  const size_t at = text.find(start) + start.size();
  address_ = text.substr(at, text.find('\n', at) - at);
}

int HandServer::port() const { return std::stoi(address_.substr(address_.rfind(':') + 1)); }

std::string HandServer::met() const {
  const std::string start = "in all: met ", text = err();
  const size_t at = text.find(start);
  if (at == std::string::npos) return "";
  return text.substr(at + start.size(), text.find('\n', at) - at - start.size());
}

}  // namespace fedrt
