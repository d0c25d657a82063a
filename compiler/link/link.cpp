#include "compiler/link/link.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include "compiler/link/missing.h"

extern char** environ;

namespace fedc {
namespace {

// A file without a name, which is gone when nobody has it open: nothing can be left behind.
class MemoryFile {
 public:
  // Inherited by the programs that are started, under the same number, which is none of the three
  // standard files'.
  MemoryFile() {
    const int made = memfd_create("fedc", MFD_CLOEXEC);
    if (made < 0) return;
    fd_ = fcntl(made, F_DUPFD, 3);
    close(made);
  }
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const { return fd_; }
  std::string path() const { return "/dev/fd/" + std::to_string(fd_); }
  bool write(const std::string& bytes) {
    size_t done = 0;
    while (fd_ >= 0 && done < bytes.size()) {
      const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      done += n;
    }
    return fd_ >= 0 && done == bytes.size();
  }
  std::optional<std::string> read() const {
    struct stat status;
    if (fd_ < 0 || fstat(fd_, &status) != 0) return std::nullopt;
    std::string bytes(status.st_size, '\0');
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = pread(fd_, bytes.data() + done, bytes.size() - done, done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::nullopt;
      done += n;
    }
    return bytes;
  }

 private:
  int fd_ = -1;
};

// Runs `command`; its standard error, and unless `out` is a file for it its standard output, is
// appended to `said`.
int run(const std::vector<std::string>& command, int out, std::string* said) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
  posix_spawn_file_actions_adddup2(&actions, out >= 0 ? out : fds[1], 1);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(fds[1]);
  if (failed) {
    close(fds[0]);
    if (said) *said = strerror(failed);
    return -1;
  }
  char buffer[4096];
  for (;;) {
    ssize_t n = read(fds[0], buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (said) said->append(buffer, n);
  }
  close(fds[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void replace_all(std::string* text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
    text->replace(at, from.size(), to);
}

// Runs clang with `flags`, the objects and `rest`, in this order, to do `task`, such as "linking".
std::optional<std::string> clang(const std::string& task, const std::string& name,
                                 const std::string& target, const std::vector<std::string>& flags,
                                 const std::vector<LinkInput>& objects,
                                 const std::vector<std::string>& rest, std::string* error) {
  // `-o -` is standard output, which is a file in memory here.
  std::vector<std::string> command = {"clang-22", "-o", "-"};
  command.insert(command.end(), flags.begin(), flags.end());
  std::deque<MemoryFile> files;
  for (const LinkInput& object : objects) {
    if (!files.emplace_back().write(object.bytes)) {
      *error = std::string("there is no memory for the linker's input: ") + strerror(errno);
      return std::nullopt;
    }
    command.push_back(files.back().path());
  }
  command.insert(command.end(), rest.begin(), rest.end());
  MemoryFile linked;
  std::string said;
  const int status = run(command, linked.fd(), &said);
  if (status == 0) {
    std::optional<std::string> bytes = linked.read();
    if (!bytes) *error = std::string("the linker's output is lost: ") + strerror(errno);
    return bytes;
  }
  for (size_t i = objects.size(); i-- > 0;) replace_all(&said, files[i].path(), objects[i].name);
  if (status == -1) {
    *error =
        "`clang-22` could not be run (" + said + "): install the packages `clang-22` and `lld-22`";
  } else if (said.find("invalid linker name") != std::string::npos) {
    *error = "`ld.lld` is missing: install the package `lld-22`";
  } else if (std::string missing = missing_packages(said, target); !missing.empty()) {
    *error = "cannot link `" + name + "`: " + missing;
  } else {
    while (!said.empty() && said.back() == '\n') said.pop_back();
    *error = task + " `" + name + "` failed:\n" + said;
  }
  return std::nullopt;
}

std::optional<std::string> link(const std::string& name, const std::string& target,
                                std::vector<std::string> flags,
                                const std::vector<LinkInput>& objects,
                                const std::vector<std::string>& rest, std::string* error) {
  flags.insert(flags.begin(), "-fuse-ld=lld");
  return clang("linking", name, target, flags, objects, rest, error);
}

}  // namespace

int run_tool(const std::vector<std::string>& command, std::string* output) {
  return run(command, -1, output);
}

std::optional<std::string> link_shared(const std::vector<LinkInput>& objects, std::string* error) {
  return link("the program", "", {"-shared", "-nostdlib", "-Wl,-Bsymbolic"}, objects,
              {"-lc"},  // memcpy, memmove and memset
              error);
}

std::optional<std::string> link_executable(const Executable& executable, std::string* error) {
  std::vector<std::string> flags = {"--target=" + executable.target, "-Wl,--gc-sections"};
  for (const std::string& folder : executable.library_path) {
    flags.push_back("-Xlinker");
    flags.push_back("-rpath=" + folder);
  }
  std::vector<std::string> rest = executable.files;
  rest.push_back("-Wl,--as-needed");
  for (const std::string& library : executable.libraries) rest.push_back("-l" + library);
  return link(executable.name, executable.target, flags, executable.objects, rest, error);
}

std::optional<std::string> compile_c(const LinkInput& code, const std::string& triple,
                                     const std::string& include, std::string* error) {
  // Without line tables and unwinding, which an app has of the .fed file's code alone.
  std::vector<std::string> flags = {"--target=" + triple,  "-std=c99",
                                    "-ffreestanding",      "-Oz",
                                    "-ffunction-sections", "-fno-stack-protector",
                                    "-I" + include,        "-fno-asynchronous-unwind-tables"};
  // A module of WebAssembly is linked as a whole.
  if (triple.rfind("wasm", 0) != 0) flags.push_back("-fPIC");
  flags.insert(flags.end(), {"-c", "-x", "c"});
  return clang("compiling", code.name, triple, flags, {code}, {}, error);
}

std::optional<std::string> link_relocatable(const Executable& executable, std::string* error) {
  return link(executable.name, executable.target,
              {"--target=" + executable.target, "-r", "-nostdlib"}, executable.objects,
              executable.files, error);
}

}  // namespace fedc
