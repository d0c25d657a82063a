#include "tools/fed-run/compile.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/driver/code.h"
#include "runtime/simulator/load.h"

// The object of runtime/server/accumulators.c, which compiled server code calls.
extern "C" const unsigned char fed_accumulators_object[];
extern "C" const uint64_t fed_accumulators_object_size;

namespace fedrun {
namespace {

// A fresh folder for some files; all of it is gone when it goes.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const char* base = std::getenv("TMPDIR");
    path_ = absl::StrCat(base && *base ? base : "/tmp", "/fed-run.XXXXXX");
    if (!mkdtemp(path_.data())) path_.clear();
  }
  ~TemporaryFolder() {
    for (const std::string& file : files_) unlink(file.c_str());
    if (!path_.empty()) rmdir(path_.c_str());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  bool ok() const { return !path_.empty(); }
  std::string file(const std::string& name) {
    files_.push_back(absl::StrCat(path_, "/", name));
    return files_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const fedrt::Program>> compile_and_load(
    const std::string& path, const std::map<std::string, std::string>& defines,
    const std::vector<std::string>& import_path) {
  TemporaryFolder folder;
  const std::string kernels = folder.file("accumulators.o"), program = folder.file("program.so");
  if (folder.ok())
    std::ofstream(kernels, std::ios::binary)
        .write(reinterpret_cast<const char*>(fed_accumulators_object),
               static_cast<std::streamsize>(fed_accumulators_object_size));
  if (!folder.ok() || !std::ifstream(kernels))
    return absl::UnavailableError(
        "no temporary file could be written: set TMPDIR to a folder with room");
  fedc::CompileOptions options;
  options.defines = defines;
  options.import_path = import_path;
  fedc::Compilation compilation(options);
  std::string error;
  const bool done = fedc::compile_shared(compilation, path, {kernels}, program, &error);
  std::string text = compilation.diagnostics().to_string(compilation.sources());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (!done && !text.empty()) return absl::InvalidArgumentError(text);
  if (!done) return absl::UnavailableError(absl::StrCat("cannot compile `", path, "`: ", error));
  return fedrt::load_program(program);  // what is loaded stays when the file goes
}

}  // namespace fedrun
