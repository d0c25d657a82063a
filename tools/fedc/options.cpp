#include "tools/fedc/options.h"

#include <algorithm>
#include <string_view>

#include "compiler/codegen/targets.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/define.h"

namespace fedc {
namespace {

struct EmitName {
  std::string_view name;
  Emit emit;
};
constexpr EmitName kEmits[] = {
    {"ast", Emit::kAst},     {"core", Emit::kCore},       {"fed", Emit::kFed},
    {"split", Emit::kSplit}, {"llvm", Emit::kLlvm},       {"asm", Emit::kAsm},
    {"obj", Emit::kObjects}, {"exe", Emit::kExecutables}, {"lib", Emit::kLibrary}};
struct ReportName {
  std::string_view name;
  Report report;
};
constexpr ReportName kReports[] = {{"privacy", Report::kPrivacy},
                                   {"memory", Report::kMemory},
                                   {"cost", Report::kCost},
                                   {"cost-json", Report::kCostJson}};

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

// "; did you mean `x`?" or ": it is one of a, b".
template <class Names>
std::string choices(std::string_view word, const Names& names) {
  std::vector<std::string_view> candidates(std::begin(names), std::end(names));
  std::string nearest = nearest_name(word, candidates);
  if (!nearest.empty()) return "; did you mean " + quoted(nearest) + "?";
  std::string list;
  for (std::string_view name : candidates) list += (list.empty() ? "" : ", ") + std::string(name);
  return "; it can be " + list;
}

bool set_emit(const std::string& value, Options* options, std::string* error) {
  std::vector<std::string_view> names;
  for (const EmitName& known : kEmits) {
    names.push_back(known.name);
    if (known.name == value) {
      options->emit = known.emit;
      return true;
    }
  }
  *error = "there is no `--emit=" + value + "`" + choices(value, names);
  return false;
}

bool set_target(const std::string& value, Options* options, std::string* error) {
  options->target = value;
  if (find_target(value)) return true;
  *error = "unknown target " + quoted(value) + choices(value, target_names());
  return false;
}

bool set_cpu(const std::string& value, Options* options, std::string*) {
  options->cpu = value;
  return true;
}

// Whether the target has such processors.
bool check_cpu(const Options& options, std::string* error) {
  if (find_target(options.target, options.cpu)) return true;
  *error = quoted(options.target) + " has no processors " + quoted(options.cpu) +
           choices(options.cpu, profile_names(options.target));
  return false;
}

bool set_report(const std::string& value, Options* options, std::string* error) {
  std::vector<std::string_view> names;
  for (const ReportName& known : kReports) {
    names.push_back(known.name);
    if (known.name == value) {
      options->report = known.report;
      return true;
    }
  }
  *error = "there is no `--report=" + value + "`" + choices(value, names);
  return false;
}

bool set_diagnostics(const std::string& value, Options* options, std::string* error) {
  if (value != "text" && value != "json") {
    *error = "there is no `--diagnostics=" + value + "`; it can be text, json";
    return false;
  }
  options->json_diagnostics = value == "json";
  return true;
}

bool set_explain(const std::string& value, Options* options, std::string*) {
  options->explain = value;
  return true;
}

bool set_output(const std::string& value, Options* options, std::string*) {
  options->output = value;
  return true;
}

bool set_import(const std::string& value, Options* options, std::string*) {
  options->import_path.push_back(value);
  return true;
}

bool set_define(const std::string& value, Options* options, std::string* error) {
  return add_define(value, &options->defines, error);
}

struct Flag {
  std::string_view name;
  char letter;  // 0: none
  bool (*set)(const std::string& value, Options* options, std::string* error);
  bool repeats = false;
};
constexpr Flag kFlags[] = {
    {"--output", 'o', set_output},
    {"--target", 0, set_target},
    {"--cpu", 0, set_cpu},
    {"--emit", 0, set_emit},
    {"--report", 0, set_report},
    {"--define", 'D', set_define, true},
    {"--import", 'I', set_import, true},
    {"--diagnostics", 0, set_diagnostics},
    {"--explain", 0, set_explain},
};

}  // namespace

bool parse_options(const std::vector<std::string>& arguments, Options* options,
                   std::string* error) {
  bool only_files = false;
  std::vector<const Flag*> given;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_files || argument.size() < 2 || argument[0] != '-') {
      if (argument.empty()) {
        *error = "the name of the file is empty";
        return false;
      }
      if (!options->file.empty()) {
        *error = "one file at a time: " + quoted(options->file) + " and " + quoted(argument) +
                 " are given";
        return false;
      }
      options->file = argument;
      continue;
    }
    if (argument == "--") {
      only_files = true;
      continue;
    }
    if (argument == "--help" || argument == "-h") {
      options->help = true;
      return true;
    }
    if (argument == "--version") {
      options->version = true;
      return true;
    }
    if (argument == "--timing") {
      options->timing = true;
      continue;
    }
    if (argument == "--locations") {
      options->locations = true;
      continue;
    }
    size_t equals = argument.rfind("--", 0) == 0 ? argument.find('=') : 2;
    std::string name = argument.substr(0, equals);
    const Flag* found = nullptr;
    for (const Flag& flag : kFlags) {
      if (name == flag.name || (flag.letter != 0 && name == std::string("-") + flag.letter)) {
        found = &flag;
      }
    }
    if (found == nullptr) {
      if (argument[1] == 'O') {
        *error = "there are no levels of optimisation, and so no " + quoted(argument) +
                 ": all code is optimised, in the one way that gives every target the same bits";
        return false;
      }
      // What a program is run with, not compiled.
      for (std::string_view runs : {"--args", "--clients", "--data", "--entry", "--eval-data",
                                    "--process", "--rounds", "--seed", "--set", "--state-out"}) {
        if (name != runs) continue;
        *error = quoted(name) + " is for running a program: fed-run, or the server that fedc makes";
        return false;
      }
      std::vector<std::string_view> names = {"--help", "--locations", "--timing", "--version"};
      for (const Flag& flag : kFlags) names.push_back(flag.name);
      std::string nearest = nearest_name(name, names);
      *error = "unknown option " + quoted(name);
      if (!nearest.empty()) *error += "; did you mean " + quoted(nearest) + "?";
      return false;
    }
    // `--name=value`, `--name value`, `-ovalue`, `-o value`
    std::string value;
    if (name.size() < argument.size()) {
      value = argument.substr(name[1] == '-' ? equals + 1 : equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    }
    if (value.empty()) {
      *error = quoted(name) + " needs a value";
      return false;
    }
    if (!found->repeats && std::find(given.begin(), given.end(), found) != given.end()) {
      *error = quoted(name) + " is given twice" +
               (found->set == set_report ? ": one report at a time" : "");
      return false;
    }
    given.push_back(found);
    if (!found->set(value, options, error)) return false;
  }
  if (options->file.empty() && options->explain.empty()) {
    *error = "no file is given";
    return false;
  }
  if (!check_cpu(*options, error)) return false;
  if (options->emit == Emit::kExecutables && options->report == Report::kNone &&
      !find_target(options->target)->is_linux) {
    *error =
        "executables are made for Linux alone: write `--emit=lib` to get the library and its "
        "header for " +
        quoted(options->target) + ", which go into an app";
    return false;
  }
  return true;
}

std::string help_text() {
  return R"(usage: fedc FILE.fed [options]

Compiles a federated computation: checks it, splits it into what the server does and what each
client does, and compiles both to native code.

  -o DIR, --output=DIR   where files go (made if missing; without it the current folder):
                           NAME_server        the server, for this machine: NAME_server --help
                           NAME_client        the client, for the target: NAME_client --help
                           libNAME_client.a   the client for a program of yours, for the target ...
                           NAME_client.h      ... and its header, typed by the program
  --target=TARGET        what client code is made for: x86_64-linux-gnu (the default),
                         aarch64-linux-gnu; with --emit=lib and --emit=obj also
                         arm64-apple-macosx (Mach-O) and wasm32 (with SIMD)
  --cpu=PROFILE          for which processors of the target at least: x86-64-v3 (AVX2, the
                         default) or x86-64-v4 (AVX-512); armv8-a; apple-m1; simd128. All but
                         the last give the same bits
  --emit=STAGE           stop after a stage and print it:
                           ast     the syntax tree
                           core    the checked program, generics resolved
                           fed     the federated program in MLIR
                           split   server steps and client phases
                           llvm    LLVM IR of both sides
                           asm     assembly of both sides
                         with -o DIR it goes to a file there instead: NAME.ast, NAME.core,
                         NAME.fed.mlir, NAME.split.mlir, NAME_client.ll and NAME_server.ll,
                         NAME_client.s and NAME_server.s; or
                           exe     the default: write the files above
                           lib     only libNAME_client.a and NAME_client.h
                           obj     NAME_client.o: client code for the target, no allocation, no
                                   libc; NAME_server.o: server code for this machine, with the
                                   manifest; NAME.manifest: proto/manifest.proto, binary
  --locations            with --emit=ast, fed or split: print source locations too
  --report=privacy       print what leaves the device: name, type, bytes, source line, through
                         which aggregation
  --report=memory        print the arena of each phase: what lies where in it, and when; the stack
  --report=cost          print floating-point operations, bytes moved, sent and received, memory and
                         size of the code, phase by phase; --report=cost-json: the same as JSON
  --timing               print how long each stage took, on standard error
  -D NAME=VALUE, --define=NAME=VALUE
                         the value of a `const` of FILE, instead of the one written there
  -I DIR, --import=DIR   look for imported files in DIR too
  --diagnostics=json     errors for tools: one JSON object a line, on standard error
  --explain CODE         explain an error: its code (F0226) or its name (shape-mismatch)
  -h, --help             print this
  --version              print the version

The exit status is 0, or 1 if the program has errors, or 2 if the command line is wrong.

examples:
  fedc average.fed                          check and compile into the current folder
  fedc average.fed -o out/                  ... into out/
  fedc average.fed --target=aarch64-linux-gnu -o out/arm64/
  fedc average.fed --emit=split             see what runs where, phase by phase
  fedc average.fed --report=privacy         see what leaves a device
  fedc --explain F0226                      what an error means, with an example

An installation has the pages on the language and the tools in share/fedc/docs, README.md first.
)";
}

}  // namespace fedc
