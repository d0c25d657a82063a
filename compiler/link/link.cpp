#include "compiler/link/link.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

extern char** environ;

namespace fedc {
namespace {

// A directory that takes its files with it when it goes.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* base = getenv("TMPDIR");
    path_ = std::string(base && *base ? base : "/tmp") + "/fedc.XXXXXX";
    if (!mkdtemp(path_.data())) path_.clear();
  }
  ~TemporaryDirectory() {
    for (const std::string& file : files_) unlink(file.c_str());
    if (!path_.empty()) rmdir(path_.c_str());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  bool ok() const { return !path_.empty(); }
  std::string file(const std::string& name) {
    files_.push_back(path_ + "/" + name);
    return files_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

}  // namespace

int run_tool(const std::vector<std::string>& command, std::string* output) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
  posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(fds[1]);
  if (failed) {
    close(fds[0]);
    if (output) *output = strerror(failed);
    return -1;
  }
  char buffer[4096];
  for (;;) {
    ssize_t n = read(fds[0], buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (output) output->append(buffer, n);
  }
  close(fds[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool link_shared(const std::vector<LinkInput>& objects, const std::vector<std::string>& files,
                 const std::string& output, std::string* error) {
  TemporaryDirectory directory;
  if (!directory.ok()) {
    *error = "no temporary directory could be made: set TMPDIR to one that is writable";
    return false;
  }
  std::vector<std::string> command = {"clang-22",       "-shared", "-fuse-ld=lld", "-nostdlib",
                                      "-Wl,-Bsymbolic", "-o",      output};
  for (size_t i = 0; i < objects.size(); ++i) {
    std::string path = directory.file(std::to_string(i) + ".o");
    std::ofstream out(path, std::ios::binary);
    out << objects[i].bytes;
    out.close();
    if (!out) {
      *error = "cannot write `" + path + "`: is the disk full?";
      return false;
    }
    command.push_back(path);
  }
  command.insert(command.end(), files.begin(), files.end());
  command.push_back("-lc");  // memcpy, memmove and memset, and nothing else
  std::string said;
  int status = run_tool(command, &said);
  if (status == 0) return true;
  if (status == -1) {
    *error =
        "`clang-22` could not be run (" + said + "): install the packages `clang-22` and `lld-22`";
  } else if (said.find("invalid linker name") != std::string::npos) {
    *error = "`ld.lld` is missing: install the package `lld-22`";
  } else {
    *error = "linking `" + output + "` failed:\n" + said;
  }
  return false;
}

}  // namespace fedc
