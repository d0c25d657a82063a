#include "runtime/data/file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace fedrt {

absl::StatusOr<std::string> read_file(const std::string& path) {
  const auto failed = [&](int why) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read: ", std::strerror(why)));
  };
  // Not a stream: those throw where a folder is read.
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return failed(errno);
  std::string text;
  char block[1 << 16];
  size_t got = 0;
  while ((got = std::fread(block, 1, sizeof block, file)) > 0) text.append(block, got);
  const int why = std::ferror(file) ? errno : 0;
  std::fclose(file);
  if (why != 0) return failed(why);
  return text;
}

absl::Status check_writable(const std::string& path) {
  const auto failed = [&](int why) {
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(why)));
  };
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return failed(EISDIR);
  const std::string temporary = path + ".part";
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) return failed(errno);
  std::fclose(file);
  std::remove(temporary.c_str());
  return absl::OkStatus();
}

}  // namespace fedrt
