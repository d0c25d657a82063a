#include "compiler/link/installation.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace fedc {
namespace {

std::optional<std::string> found(std::string path, std::string* error) {
  if (access(path.c_str(), R_OK) == 0) return path;
  *error = "`" + path +
           "` is missing: executables and libraries are linked by the fedc of a whole "
           "installation, which "
           "`./dev install PREFIX` makes; `--emit=obj` writes objects alone";
  return std::nullopt;
}

}  // namespace

Installation Installation::of_this_program() {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return Installation(program.parent_path().parent_path().string());
}

std::optional<std::string> Installation::library(const std::string& name,
                                                 std::string* error) const {
  return found(libraries() + "/" + name, error);
}

std::optional<std::string> Installation::header(const std::string& name, std::string* error) const {
  return found(headers() + "/" + name, error);
}

}  // namespace fedc
