#include "runtime/data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

absl::Status cannot_write(const std::string& path, int why) {
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(why)));
}

// What `path` will be written through: a new, empty file next to it, under a name that no other
// process uses; or a device itself, which nothing must replace, and an empty name.
absl::Status open_beside(const std::string& path, int mode, std::string* name, int* file) {
  struct stat status;
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return cannot_write(path, EISDIR);
  if (exists && S_ISCHR(status.st_mode)) {
    name->clear();
    *file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return *file < 0 ? cannot_write(path, errno) : absl::OkStatus();
  }
  if (exists && !S_ISREG(status.st_mode))
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written: it is no regular file"));
  static std::atomic<unsigned> count{0};
  do {
    *name = absl::StrCat(path, ".", getpid(), ".", count++, ".part");
    *file = open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  } while (*file < 0 && errno == EEXIST);
  return *file < 0 ? cannot_write(path, errno) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> read_file(const std::string& path, size_t most,
                                      std::string_view begins) {
  const auto failed = [&](int why) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read: ", std::strerror(why)));
  };
  // Not a stream: those throw where a folder is read.
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return failed(errno);
  std::string text;
  char block[1 << 16];
  size_t got = 0;
  while ((got = std::fread(block, 1, sizeof block, file)) > 0 && text.size() <= most) {
    text.append(block, got);
    if (text.compare(0, begins.size(), begins) != 0) break;
  }
  const int why = std::ferror(file) ? errno : 0;
  std::fclose(file);
  if (why != 0) return failed(why);
  if (text.size() > most)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is longer than ", most >> 20, " MiB, the most that is read"));
  return text;
}

absl::Status write_file(const std::string& path, std::string_view bytes, int mode) {
  return write_file(path, std::vector<std::string_view>{bytes}, mode);
}

absl::Status write_file(const std::string& path, const std::vector<std::string_view>& parts,
                        int mode) {
  std::string temporary;
  int file = -1;
  if (absl::Status status = open_beside(path, mode, &temporary, &file); !status.ok()) return status;
  int why = 0;
  for (std::string_view bytes : parts)
    while (!bytes.empty() && why == 0) {
      const ssize_t n = write(file, bytes.data(), bytes.size());
      if (n >= 0)
        bytes.remove_prefix(n);
      else if (errno != EINTR)
        why = errno;
    }
  if (close(file) != 0 && why == 0) why = errno;
  if (why == 0 && !temporary.empty() && std::rename(temporary.c_str(), path.c_str()) != 0)
    why = errno;
  if (why == 0) return absl::OkStatus();
  if (!temporary.empty()) std::remove(temporary.c_str());
  return cannot_write(path, why);
}

absl::Status write_standard_output(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("standard output cannot be written: ", std::strerror(errno)));
}

uint64_t hash_bytes(std::string_view bytes, uint64_t so_far) {
  for (const char c : bytes) so_far = (so_far ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return so_far;
}

absl::Status check_writable(const std::string& path) {
  std::string temporary;
  int file = -1;
  if (absl::Status status = open_beside(path, 0666, &temporary, &file); !status.ok()) return status;
  close(file);
  if (!temporary.empty()) std::remove(temporary.c_str());
  return absl::OkStatus();
}

}  // namespace fedrt
