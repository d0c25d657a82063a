// What this client keeps of processes from round to round, and over restarts.
#ifndef RUNTIME_CLIENT_MAIN_OWN_STATE_H_
#define RUNTIME_CLIENT_MAIN_OWN_STATE_H_

#include <unistd.h>

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/flat.h"
#include "runtime/program/program.h"

namespace fedrt {

// A descriptor, closed at the end.
class File {
 public:
  explicit File(int fd = -1) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The state of each process, as the compiled code lays it out. In a file it is an archive of
// tensors named PROCESS.LEAF, and `program`, the hash of the program whose state it is.
class OwnState {
 public:
  // With what is in the file; it need not be there yet. Fails where it cannot be read or written,
  // or holds another program's state, or where another client uses it. An empty path: no file.
  // With `adopt` another program's state is taken as long as its tensors fit, and so is, ever,
  // that of a file without a hash, which earlier versions wrote.
  static absl::StatusOr<OwnState> open(const Program& program, const std::string& path, bool adopt);

  // The `client_state` of a process; null where its clients keep nothing.
  const Computation* maker(const std::string& process) const;
  // Null: there is none yet.
  const AlignedBuffer* find(const std::string& process) const;
  // Replaces a process's state, first in the file. Fails, and changes nothing, where that fails.
  absl::Status replace(const std::string& process, const void* state);

 private:
  OwnState(const Program& program, std::string path);
  absl::Status lock();
  absl::Status load(bool adopt);
  absl::Status check_program(const Tensor& hash) const;

  const uint64_t bytes_;  // of the largest, which is what the client library wants
  const Tensor hash_;     // of the program
  std::string path_;
  File lock_;  // while this is there no other client uses the file
  std::map<std::string, const Computation*> makers_;  // by process
  std::map<std::string, AlignedBuffer> states_;
};

}  // namespace fedrt

#endif  // RUNTIME_CLIENT_MAIN_OWN_STATE_H_
