// Real processes for the tests of the network: started, listened to, killed.
#ifndef TESTS_NETWORK_CHILD_PROCESS_H_
#define TESTS_NETWORK_CHILD_PROCESS_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fedrt {

class ChildProcess {
 public:
  // Runs `words`, the program first, with standard input closed.
  explicit ChildProcess(const std::vector<std::string>& words);
  // Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // What it has written so far.
  std::string out() const { return out_.text(); }
  std::string err() const { return err_.text(); }
  // Waits until standard error has `text`; false if it ends, or a minute goes by, without.
  bool says(const std::string& text);
  void signal(int number) const;
  // Waits for its end: the exit status, or minus the signal that ended it. Fails the test, and
  // kills it, after two minutes.
  int wait();
  // The most memory that it had resident, in bytes, after its end.
  uint64_t peak_bytes() const { return peak_bytes_; }

 private:
  // Reads a pipe to its end.
  class Reader {
   public:
    explicit Reader(int fd);
    ~Reader() { join(); }
    void join();
    std::string text() const;

   private:
    mutable std::mutex mutex_;
    std::string text_;
    std::thread thread_;
  };
  struct Pipes {
    Pipes();
    int out[2], err[2];
  };

  ChildProcess(const std::vector<std::string>& words, Pipes pipes);
  bool reap(bool block);

  pid_t pid_;
  Reader out_, err_;
  bool ended_ = false;
  int status_ = 0;
  uint64_t peak_bytes_ = 0;
};

// The server of the program of tests/simulator/hand.fed; listens when this returns.
class HandServer : public ChildProcess {
 public:
  // On a free port, or on `port`.
  explicit HandServer(std::vector<std::string> flags, int port = 0);
  const std::string& address() const { return address_; }  // "127.0.0.1:PORT"
  int port() const;
  // What it says at its end that it met: "2 stale messages"; empty if nothing.
  std::string met() const;

 private:
  std::string address_;
};

}  // namespace fedrt

#endif  // TESTS_NETWORK_CHILD_PROCESS_H_
