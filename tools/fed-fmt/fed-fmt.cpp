// fed-fmt: formats .fed files. What a file looks like is decided in compiler/format.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "compiler/diagnostics/suggest.h"
#include "compiler/format/format.h"
#include "runtime/abi/fed_version.h"
#include "runtime/data/file.h"

namespace {

constexpr char kHelp[] = R"(usage: fed-fmt [--check] FILE...

Formats .fed files in place, and names those that it changed. Comments are kept. A file with syntax errors is left
as it is; the errors are shown.

  --check      change nothing; name each file that is not formatted
  -            as a file: read the standard input and write the standard output
  -h, --help   print this
  --version    print the version

The exit status is 0; or 1 if a file has errors or cannot be read or written, or with --check is not
formatted; or 2 if the command line is wrong.

examples:
  fed-fmt average.fed mnist.fed
  fed-fmt --check *.fed
  fed-fmt - < average.fed
)";

int usage(const std::string& message) {
  std::cerr << "fed-fmt: " << message << "\nfed-fmt --help lists the options\n";
  return 2;
}

bool fail(const std::string& message) {
  std::cerr << "fed-fmt: " << message << "\n";
  return false;
}

bool print(const std::string& text) {
  const absl::Status status = fedrt::write_standard_output(text);
  return status.ok() || fail(std::string(status.message()));
}

// False: something was reported, or with `check` the file is not formatted.
bool format_one(const std::string& path, bool check) {
  const bool is_stdin = path == "-";
  fedc::SourceManager sources;
  fedc::FileId file = 0;
  if (is_stdin) {
    std::string text(std::istreambuf_iterator<char>(std::cin), {});
    if (text.size() > fedc::SourceManager::kMaxFileSize) {
      return fail("the standard input is longer than 64 MiB");
    }
    file = sources.add_file("<stdin>", std::move(text));
  } else {
    std::string error;
    file = sources.add_from_disk(path, &error);
    if (file == 0) return fail("cannot read `" + path + "`: " + error);
  }
  fedc::DiagnosticEngine diagnostics;
  const std::optional<std::string> text = fedc::format(sources, file, diagnostics);
  if (!text) {
    if (!diagnostics.has_errors()) {
      return fail("`" + sources.path(file) +
                  "` cannot be formatted without changing its meaning, "
                  "which is a mistake of fed-fmt; the file is left as it is");
    }
    diagnostics.print(std::cerr, sources);
    return false;
  }
  const bool same = *text == sources.text(file);
  if (check) {
    if (!same) std::cerr << sources.path(file) << ": not formatted\n";
    return same;
  }
  if (is_stdin) return print(*text);
  if (same) return true;
  // The file itself, not a link to it, with the permissions that it has.
  std::error_code failed;
  const std::filesystem::path target = std::filesystem::canonical(path, failed);
  if (failed) return fail("cannot write `" + path + "`: " + failed.message());
  const auto mode = static_cast<int>(std::filesystem::status(target, failed).permissions());
  const absl::Status status = fedrt::write_file(target.string(), *text, mode);
  if (!status.ok()) return fail(std::string(status.message()));
  std::cerr << "formatted " << sources.path(file) << "\n";
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bool check = false;
  std::vector<std::string> files;
  bool only_files = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (only_files || argument == "-" || argument.empty() || argument[0] != '-') {
      if (argument.empty()) return usage("the name of a file is empty");
      files.push_back(argument);
    } else if (argument == "--") {
      only_files = true;
    } else if (argument == "--check") {
      check = true;
    } else if (argument == "--version") {
      return print("fed-fmt " FEDC_VERSION "\n") ? 0 : 1;
    } else if (argument == "--help" || argument == "-h") {
      return print(kHelp) ? 0 : 1;
    } else {
      const std::string nearest = fedc::nearest_name(argument, {"--check", "--help", "--version"});
      return usage("unknown option `" + argument + "`" +
                   (nearest.empty() ? "" : "; did you mean `" + nearest + "`?"));
    }
  }
  if (files.empty()) return usage("no file is given");
  bool ok = true;
  for (const std::string& file : files) ok &= format_one(file, check);
  return ok ? 0 : 1;
}
