#include "runtime/data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

absl::Status cannot_write(const std::string& path, int why) {
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(why)));
}

// The bytes that pipes gave, by their paths.
std::mutex pipes_lock;
std::map<std::string, std::string> pipes;

bool is_pipe(int file) {
  struct stat status;
  return fstat(file, &status) == 0 && S_ISFIFO(status.st_mode);
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// What has a new name in the folder of `path` keeps it. Not every file system can say so.
void keep_name(const std::string& path) {
  const int folder = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

// What `path`, which is no link, will be written through: a new, empty file next to it, under a
// name that no other process uses; or a device itself, which nothing must replace, and an empty
// name.
absl::Status open_beside(const std::string& path, int mode, std::string* name, int* file) {
  struct stat status;
  const bool exists = stat(path.c_str(), &status) == 0;
  if (!exists && errno == ELOOP) return cannot_write(path, errno);
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

// The error, with the link's name where one led to the path that it is about.
absl::Status through(const std::string& given, const std::string& path,
                     const absl::Status& status) {
  if (status.ok() || given == path) return status;
  return absl::Status(status.code(),
                      absl::StrCat(given, " leads to ", std::string(status.message())));
}

}  // namespace

absl::StatusOr<std::string> read_file(const std::string& path, size_t most,
                                      std::string_view begins) {
  const auto failed = [&](int why) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read: ", std::strerror(why)));
  };
  {
    const std::lock_guard<std::mutex> lock(pipes_lock);
    if (const auto found = pipes.find(path); found != pipes.end()) return found->second;
  }
  // Not a stream: those throw where a folder is read.
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return failed(errno);
  const bool pipe = is_pipe(fileno(file));
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
  if (pipe) {
    const std::lock_guard<std::mutex> lock(pipes_lock);
    pipes[path] = text;
  }
  return text;
}

absl::Status write_file(const std::string& path, std::string_view bytes, int mode) {
  return write_file(path, std::vector<std::string_view>{bytes}, mode);
}

absl::Status write_file(const std::string& given, const std::vector<std::string_view>& parts,
                        int mode, bool lasting) {
  const std::string path = behind_links(given);
  std::string temporary;
  int file = -1;
  if (absl::Status status = open_beside(path, mode, &temporary, &file); !status.ok())
    return through(given, path, status);
  int why = 0;
  for (std::string_view bytes : parts)
    while (!bytes.empty() && why == 0) {
      const ssize_t n = write(file, bytes.data(), bytes.size());
      if (n >= 0)
        bytes.remove_prefix(n);
      else if (errno != EINTR)
        why = errno;
    }
  if (why == 0 && lasting && !temporary.empty() && fsync(file) != 0) why = errno;
  if (close(file) != 0 && why == 0) why = errno;
  if (why == 0 && !temporary.empty() && std::rename(temporary.c_str(), path.c_str()) != 0)
    why = errno;
  if (why == 0 && lasting && !temporary.empty()) keep_name(path);
  if (why == 0) return absl::OkStatus();
  if (!temporary.empty()) std::remove(temporary.c_str());
  return through(given, path, cannot_write(path, why));
}

std::string behind_links(const std::string& path) {
  struct stat status;
  // Links of the system to pipes and devices name nothing that there is.
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return path;
  constexpr int kMostLinks = 40;  // as systems have it
  std::string end = path;
  char target[PATH_MAX];
  for (int links = 0; links < kMostLinks; ++links) {
    const ssize_t length = readlink(end.c_str(), target, sizeof target);
    if (length <= 0 || static_cast<size_t>(length) == sizeof target) break;
    const std::string next(target, static_cast<size_t>(length));
    end = next[0] == '/' ? next : end.substr(0, end.rfind('/') + 1) + next;
    if (links + 1 == kMostLinks) return path;
  }
  return end;
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
  const std::string target = behind_links(path);
  std::string temporary;
  int file = -1;
  if (absl::Status status = open_beside(target, 0666, &temporary, &file); !status.ok())
    return through(path, target, status);
  close(file);
  if (!temporary.empty()) std::remove(temporary.c_str());
  return absl::OkStatus();
}

}  // namespace fedrt
