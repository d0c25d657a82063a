#include "tools/fed-run/compile.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/driver/code.h"
#include "runtime/simulator/load.h"

namespace fedrun {
namespace {

// Loads it from memory: there is no file that could be left behind.
absl::StatusOr<std::shared_ptr<const fedrt::Program>> load(std::string_view object) {
  const int file = memfd_create("program", MFD_CLOEXEC);
  while (file >= 0 && !object.empty()) {
    const ssize_t n = write(file, object.data(), object.size());
    if (n < 0 && errno != EINTR) break;
    if (n > 0) object.remove_prefix(n);
  }
  absl::StatusOr<std::shared_ptr<const fedrt::Program>> program =
      absl::ResourceExhaustedError("there is no memory for the compiled program");
  if (file >= 0 && object.empty())
    program = fedrt::load_program(absl::StrCat("/proc/self/fd/", file));
  if (file >= 0) close(file);  // what is loaded stays
  return program;
}

}  // namespace

std::optional<fed::proto::Manifest> manifest_of(const std::string& path,
                                                const std::map<std::string, std::string>& defines,
                                                const std::vector<std::string>& import_path) {
  fedc::CompileOptions options;
  options.defines = defines;
  options.import_path = import_path;
  fedc::Compilation compilation(options);
  std::string error;
  if (!compilation.parse_file(path, &error) || !compilation.check() || !compilation.emit() ||
      !compilation.optimise() || !compilation.split() || !compilation.describe())
    return std::nullopt;
  return compilation.manifest();
}

absl::StatusOr<std::shared_ptr<const fedrt::Program>> compile_and_load(
    const std::string& path, const std::map<std::string, std::string>& defines,
    const std::vector<std::string>& import_path, const std::string& cpu, bool check_nan) {
#if defined(__x86_64__)
  if (cpu == "x86-64-v4" && !__builtin_cpu_supports("x86-64-v4"))
    return absl::InvalidArgumentError(
        "--cpu: this machine has no AVX-512, so it cannot run what is made for `x86-64-v4`");
#endif
  fedc::CompileOptions options;
  options.cpu = cpu;
  options.defines = defines;
  options.import_path = import_path;
  options.inspection = {.debug = true, .check_finite = check_nan};
  fedc::Compilation compilation(options);
  std::string error;
  const std::optional<std::string> object = fedc::compile_shared(compilation, path, &error);
  std::string text = compilation.diagnostics().to_string(compilation.sources());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (!object && !text.empty()) return absl::InvalidArgumentError(text);
  if (!object)
    return absl::UnavailableError(
        absl::StrCat("cannot compile `", path, "`: ", error,
                     access((path + ".fed").c_str(), R_OK) == 0
                         ? absl::StrCat("; did you mean `", path, ".fed`?")
                         : ""));
  if (!text.empty()) std::fprintf(stderr, "%s\n", text.c_str());  // warnings
  return load(*object);
}

}  // namespace fedrun
