// fedc: from a .fed file to client and server programs.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/print.h"
#include "compiler/check/core.h"
#include "compiler/diagnostics/explain.h"
#include "compiler/driver/code.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/executables.h"
#include "compiler/driver/library.h"
#include "compiler/link/installation.h"
#include "compiler/manifest/manifest.h"
#include "compiler/timing/timing.h"
#include "llvm/Config/llvm-config.h"
#include "runtime/abi/fed_version.h"
#include "runtime/data/file.h"
#include "tools/fedc/options.h"
#include "tools/fedc/output.h"
#include "tools/fedc/reports.h"

namespace fedc {
namespace {

constexpr int kErrors = 1;
constexpr int kUsage = 2;

int usage(const std::string& message) {
  std::cerr << "fedc: " << message << "\nTry `fedc --help`.\n";
  return kUsage;
}

int failed(const std::string& message) {
  std::cerr << "fedc: " << message << "\n";
  return kErrors;
}

// Of what is asked for alone.
int print(const std::string& text) {
  const absl::Status status = fedrt::write_standard_output(text);
  return status.ok() ? 0 : failed(std::string(status.message()));
}

bool write_texts(Compilation& compilation, CodeForm form, const std::string& suffix, Output& output,
                 std::string* error) {
  const std::optional<std::string> client = client_code(compilation, form);
  if (!client) return false;
  const std::optional<std::string> server = server_code(compilation, form);
  return server && output.text("_client" + suffix, *client, error) &&
         output.text("_server" + suffix, *server, error);
}

// Whether the program has more than functions that an app calls by itself.
bool is_federated(const Compilation& compilation) {
  for (const fed::proto::Computation& computation : compilation.manifest().computations())
    if (computation.role() != fed::proto::EXPORT) return true;
  return false;
}

bool write_library(const ClientLibrary& library, Output& output, std::string* error) {
  return output.named("lib", "_client.a", library.archive, error) &&
         output.file("_client.h", library.header, error);
}

// Objects, or what is made of them: nothing is written before all of it is there.
bool write_programs(Compilation& compilation, const Options& options, Output& output,
                    std::string* error) {
  if (options.emit != Emit::kObjects && compilation.manifest().computations().empty()) {
    if (report_helpers(compilation)) return false;
    *error = "`" + options.file +
             "` has nothing to run: no process, and no function of placed values; `--emit=core` "
             "checks and prints it";
    return false;
  }
  CodeFacts facts;
  const std::optional<std::string> client = client_code(compilation, CodeForm::kObject, &facts);
  if (!client) return false;
  const Installation installation = Installation::of_this_program();
  if (options.emit == Emit::kLibrary ||
      (options.emit == Emit::kExecutables && !is_federated(compilation))) {
    // Its code is not written, but a budget of it is a promise of the program's.
    const auto& limits = compilation.program().limits;
    if (is_federated(compilation) &&
        std::any_of(limits.begin(), limits.end(), [](const auto& limit) { return limit.server; }) &&
        !server_code(compilation, CodeForm::kObject))
      return false;
    const auto library = client_library(compilation, *client, facts, installation, error);
    return library && write_library(*library, output, error);
  }
  const std::optional<std::string> server = server_code(compilation, CodeForm::kObject);
  if (!server) return false;
  if (options.emit == Emit::kObjects) {
    return output.file("_client.o", *client, error) && output.file("_server.o", *server, error) &&
           output.file(".manifest", compilation.manifest().SerializeAsString(), error);
  }
  const auto server_program = server_executable(compilation, *server, installation, error);
  if (!server_program) return false;
  const auto client_program = client_executable(compilation, *client, installation, error);
  if (!client_program) return false;
  const auto library = client_library(compilation, *client, facts, installation, error);
  return library && output.program("_server", *server_program, error) &&
         output.program("_client", *client_program, error) &&
         write_library(*library, output, error);
}

// Runs the stages that the options ask for. False: something was reported or `*error` is set.
bool run(Compilation& compilation, const Options& options, std::string* error) {
  Output output(options);
  const bool report = options.report != Report::kNone;
  if (options.emit == Emit::kAst && !report) {
    SourceManager* sources = options.locations ? &compilation.sources() : nullptr;
    return output.text(".ast", ast::to_string(compilation.syntax(), sources), error);
  }
  if (!compilation.check()) return false;
  if (options.emit == Emit::kCore && !report) {
    return output.text(".core", core::print(compilation.program()), error);
  }
  if (!compilation.emit()) return false;
  if (options.emit == Emit::kFed && !report) {
    return output.text(".fed.mlir", compilation.module_text(options.locations), error);
  }
  if (!compilation.optimise() || !compilation.split()) return false;
  if (options.emit == Emit::kSplit && !report) {
    return output.text(".split.mlir", compilation.module_text(options.locations), error);
  }
  if (!compilation.describe()) return false;
  if (report) {
    std::string suffix;
    const std::optional<std::string> text = report_text(compilation, options.report, &suffix);
    return text && output.text(suffix, *text, error);
  }
  switch (options.emit) {
    case Emit::kLlvm:
      return write_texts(compilation, CodeForm::kLlvm, ".ll", output, error);
    case Emit::kAsm:
      return write_texts(compilation, CodeForm::kAssembly, ".s", output, error);
    default:
      return write_programs(compilation, options, output, error);
  }
}

int main(const std::vector<std::string>& arguments) {
  Options options;
  std::string error;
  if (!parse_options(arguments, &options, &error)) return usage(error);
  if (options.help) {
    return print(help_text());
  }
  if (options.version) {
    return print("fedc " FEDC_VERSION " (LLVM " LLVM_VERSION_STRING ")\n");
  }
  if (!options.explain.empty()) {
    const std::optional<std::string> text = explanation(options.explain, &error);
    if (!text) return usage(error);
    return print(*text);
  }
  StageTimes times;
  CompileOptions settings{options.target, options.cpu, options.defines, options.import_path};
  if (options.timing) settings.times = &times;
  Compilation compilation(settings);
  bool parsed = compilation.parse_file(options.file, &error);
  if (!error.empty()) {
    const std::string whole = options.file + ".fed";
    return failed("cannot read `" + options.file + "`: " + error +
                  (std::ifstream(whole).good() ? "; did you mean `" + whole + "`?" : ""));
  }
  // A file with syntax errors is checked as well: it may have errors of other kinds.
  bool done = parsed ? run(compilation, options, &error)
                     : options.emit != Emit::kAst && compilation.check();
  if (options.json_diagnostics) {
    compilation.diagnostics().print_json(std::cerr, compilation.sources());
  } else {
    compilation.diagnostics().print(std::cerr, compilation.sources());
  }
  if (options.timing) {
    times.ended(options.emit == Emit::kExecutables ? "link and write" : "write");
    std::cerr << times.table();
  }
  if (!error.empty()) return failed(error);
  return done && !compilation.diagnostics().has_errors() ? 0 : kErrors;
}

}  // namespace
}  // namespace fedc

int main(int argc, char** argv) {
  return fedc::main(std::vector<std::string>(argv + 1, argv + argc));
}
