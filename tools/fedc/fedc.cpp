// fedc: from a .fed file to client and server code.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "compiler/ast/print.h"
#include "compiler/driver/code.h"
#include "compiler/driver/compile.h"
#include "compiler/manifest/manifest.h"
#include "compiler/manifest/report.h"
#include "tools/fedc/options.h"

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

// Prints to standard output, or into a file of the output folder.
class Output {
 public:
  explicit Output(const Options& options)
      : folder_(options.output), stem_(std::filesystem::path(options.file).stem().string()) {}

  // True: done. `suffix` makes the file's name: `_client.o` gives out/average_client.o.
  bool write_file(const std::string& suffix, const std::string& bytes, std::string* error) {
    std::filesystem::path folder = folder_.empty() ? "." : folder_;
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    std::filesystem::path path = folder / (stem_ + suffix);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) *error = "cannot write `" + path.string() + "`";
    return static_cast<bool>(file);
  }
  bool text(const std::string& suffix, const std::string& text, std::string* error) {
    if (!folder_.empty()) return write_file(suffix, text, error);
    std::cout << text << std::flush;
    if (!std::cout) *error = "cannot write to standard output";
    return static_cast<bool>(std::cout);
  }

 private:
  std::string folder_, stem_;
};

// Both sides, as text or as the files of the default output.
bool write_code(Compilation& compilation, const Options& options, Output& output,
                std::string* error) {
  CodeForm form = options.emit == Emit::kLlvm  ? CodeForm::kLlvm
                  : options.emit == Emit::kAsm ? CodeForm::kAssembly
                                               : CodeForm::kObject;
  std::optional<std::string> client = client_code(compilation, form);
  if (!client) return false;
  std::optional<std::string> server = server_code(compilation, form);
  if (!server) return false;
  if (form == CodeForm::kObject) {
    return output.write_file("_client.o", *client, error) &&
           output.write_file("_server.o", *server, error) &&
           output.write_file(".manifest", compilation.manifest().SerializeAsString(), error);
  }
  std::string suffix = form == CodeForm::kLlvm ? ".ll" : ".s";
  return output.text("_client" + suffix, *client, error) &&
         output.text("_server" + suffix, *server, error);
}

// Runs the stages that the options ask for. False: something was reported or `*error` is set.
bool run(Compilation& compilation, const Options& options, std::string* error) {
  Output output(options);
  if (options.emit == Emit::kAst && !options.privacy_report) {
    SourceManager* sources = options.locations ? &compilation.sources() : nullptr;
    return output.text(".ast", ast::to_string(compilation.syntax(), sources), error);
  }
  if (!compilation.check()) return false;
  if (options.emit == Emit::kCore && !options.privacy_report) {
    return output.text(".core", core::print(compilation.program()), error);
  }
  if (!compilation.emit()) return false;
  if (options.emit == Emit::kFed && !options.privacy_report) {
    return output.text(".fed.mlir", compilation.module_text(options.locations), error);
  }
  if (!compilation.optimise() || !compilation.split()) return false;
  if (options.emit == Emit::kSplit && !options.privacy_report) {
    return output.text(".split.mlir", compilation.module_text(options.locations), error);
  }
  if (!compilation.describe()) return false;
  if (options.privacy_report) {
    return output.text(".privacy.txt", manifest::privacy_report(compilation.manifest()), error);
  }
  return write_code(compilation, options, output, error);
}

int main(const std::vector<std::string>& arguments) {
  Options options;
  std::string error;
  if (!parse_options(arguments, &options, &error)) return usage(error);
  if (options.help) {
    std::cout << help_text();
    return 0;
  }
  Compilation compilation({options.target, options.defines, options.import_path});
  bool parsed = compilation.parse_file(options.file, &error);
  if (!error.empty()) return failed("cannot read `" + options.file + "`: " + error);
  // A file with syntax errors is checked as well: it may have errors of other kinds.
  bool done = parsed ? run(compilation, options, &error)
                     : options.emit != Emit::kAst && compilation.check();
  compilation.diagnostics().print(std::cerr, compilation.sources());
  if (!error.empty()) return failed(error);
  return done && !compilation.diagnostics().has_errors() ? 0 : kErrors;
}

}  // namespace
}  // namespace fedc

int main(int argc, char** argv) {
  return fedc::main(std::vector<std::string>(argv + 1, argv + argc));
}
