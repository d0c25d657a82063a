#include "tools/fed-run/compile.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/codegen/codegen.h"
#include "compiler/driver/compile.h"
#include "compiler/link/link.h"
#include "compiler/manifest/manifest.h"
#include "proto/manifest.pb.h"

// The object of runtime/server/accumulators.c, which compiled server code calls.
extern "C" const unsigned char fed_accumulators_object[];
extern "C" const uint64_t fed_accumulators_object_size;

namespace fedrun {
namespace {

// A file name in a fresh folder; both are gone when it goes.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name) {
    const char* base = std::getenv("TMPDIR");
    folder_ = absl::StrCat(base && *base ? base : "/tmp", "/fed-run.XXXXXX");
    if (!mkdtemp(folder_.data())) folder_.clear();
    path_ = folder_ + "/" + name;
  }
  ~TemporaryFile() {
    if (folder_.empty()) return;
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  bool ok() const { return !folder_.empty(); }
  const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

absl::Status reported(fedc::Compilation& compilation) {
  std::string text = compilation.diagnostics().to_string(compilation.sources());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return absl::InvalidArgumentError(text.empty() ? "the program cannot be compiled" : text);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const fedrt::Program>> compile_and_load(const std::string& path) {
  fedc::Compilation compilation;
  std::string error;
  const bool parsed = compilation.parse_file(path, &error);
  if (!error.empty()) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`: ", error));
  // A file with syntax errors is checked as well: it may have errors of other kinds.
  if (!compilation.check() || !parsed || !compilation.emit() || !compilation.optimise() ||
      !compilation.split() || !compilation.describe())
    return reported(compilation);
  std::vector<fedc::LinkInput> objects;
  for (const fedc::Side side : {fedc::Side::kClient, fedc::Side::kServer}) {
    fedc::CodegenOptions options;
    options.side = side;
    if (side == fedc::Side::kServer) options.manifest = compilation.manifest().SerializeAsString();
    std::optional<std::string> object = fedc::compile_side(compilation.module(), options);
    if (!object) return reported(compilation);
    objects.push_back({side == fedc::Side::kClient ? "client.o" : "server.o", *std::move(object)});
  }
  objects.push_back({"accumulators.o",
                     {reinterpret_cast<const char*>(fed_accumulators_object),
                      static_cast<size_t>(fed_accumulators_object_size)}});
  TemporaryFile file("program.so");
  if (!file.ok())
    return absl::UnavailableError(
        "no temporary folder could be made: set TMPDIR to one that is writable");
  if (!fedc::link_shared(objects, {}, file.path(), &error)) return absl::UnavailableError(error);
  return fedrt::Program::load(file.path());  // what is loaded stays when the file goes
}

}  // namespace fedrun
