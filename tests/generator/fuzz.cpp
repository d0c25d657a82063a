// Compares generated programs with the interpreter: `fuzz --programs=N --seed=S`.
//
// What each file is compiled for is drawn from a seed of its own, `--machines=S`, or said for all:
// `--machine=cpu=x86-64-v4,parts=20` (tests/generator/machine.h). A failure says how it is had
// again.
//
// `fuzz --file=FILE.fed --calls=N` does the same with the functions of programs that are there, of
// random arguments; unknown dimensions of one bound have one size in what a participant holds.
//
// Each file is compiled and run in a child process, so that a crash or a hang of compiled code (or
// of the compiler) is a failure like any other. A failing case is made smaller and printed as a
// .fed file, with its arguments and its seed.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "compiler/lower/lower.h"
#include "runtime/data/json.h"
#include "tests/generator/generate.h"
#include "tests/generator/harness.h"
#include "tests/generator/replay.h"
#include "tests/generator/shrink.h"

namespace fedc::generator {
namespace {

struct Flags {
  int programs = 200;
  uint64_t seed = 1;
  int entries = 8;
  int calls = 3;
  int aarch64_every = 0;  // one of so many files, as drawn; 0: never
  int layers = Style().layers;
  uint64_t machines = 1;
  std::optional<Machine> machine;
  std::vector<std::string> files;
  int shrink = 150;  // attempts
  int seconds = 0;   // 0: no limit
  int failures = 3;  // after which it stops
  bool functions = true, gradients = true;
};

// What `body` returns, from a child process; or how that ended.
std::string in_child(const std::function<std::string()>& body, int seconds) {
  int fds[2];
  if (pipe(fds) != 0) return "no pipe\n";
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(fds[0]);
    alarm(seconds);
    const std::string said = body();
    for (size_t at = 0; at < said.size();) {
      const ssize_t n = write(fds[1], said.data() + at, said.size() - at);
      if (n <= 0) break;
      at += n;
    }
    close(fds[1]);
    _exit(0);
  }
  close(fds[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t n; (n = read(fds[0], buffer, sizeof buffer)) > 0;) said.append(buffer, n);
  close(fds[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    said += WTERMSIG(status) == SIGALRM
                ? "ran out of time\n"
                : std::string("crashed: ") + strsignal(WTERMSIG(status)) + "\n";
  }
  return said;
}

std::string arguments_json(const Entry& entry, const Call& call) {
  const fed::proto::Type type = argument_type(entry);
  const auto value = fedrt::unflatten(call.leaves, type, call.clients);
  if (!value.ok()) return value.status().ToString();
  return fedrt::print_json(*value, type);
}

// Everything that goes wrong with these calls of a program's entries: calls[e] of entry e. Lines
// that begin a failure start with "ENTRY e CALL c".
std::string check(Compiled& compiled, const std::vector<Entry>& entries,
                  const std::vector<std::vector<Call>>& calls, uint64_t seed,
                  const interpret::MathLibrary& math, const Machine& machine) {
  Recording recording(compiled);
  std::string report;
  for (size_t e = 0; e < entries.size(); ++e) {
    for (size_t c = 0; c < calls[e].size(); ++c) {
      if (machine.aarch64) recording.begin();
      const std::string found =
          difference(compiled, entries[e], calls[e][c], math, seed + e * 64 + c);
      if (!found.empty()) {
        report += "ENTRY " + std::to_string(e) + " CALL " + std::to_string(c) + "\n" + found;
      }
    }
  }
  if (machine.aarch64) report += recording.replay(compiled.aarch64_client);
  return report;
}

std::string check_file(const File& file, const std::vector<std::vector<Call>>& calls,
                       const interpret::MathLibrary& math, const Machine& machine) {
  std::string error;
  const auto compiled = compile(print(file), machine, &error);
  if (!compiled) return "the compiler refuses it:\n" + error;
  return check(*compiled, file.entries, calls, file.seed, math, machine);
}

File one_entry(const File& file, size_t entry) {
  File result = file;
  result.entries = {file.entries[entry]};
  return without_unused(result);
}

void print_case(const Case& failing, const std::string& report) {
  std::printf("---- failing case\n%s---- arguments\n%s\n", print(failing.file).c_str(),
              arguments_json(failing.file.entries[0], failing.call).c_str());
  for (size_t phase = 0; phase < failing.call.lost.size(); ++phase) {
    for (const size_t client : failing.call.lost[phase]) {
      std::printf("client %zu is lost in phase %zu\n", client, phase + 1);
    }
  }
  for (const auto& [name, value] : failing.call.params) {
    std::printf("--set %s=%g\n", name.c_str(), interpret::number(value));
  }
  std::printf("---- difference\n%s----\n", report.c_str());
}

// The first failing call, made smaller, is printed.
void explain(const File& file, const std::vector<std::vector<Call>>& calls,
             const interpret::MathLibrary& math, const Flags& flags, const Machine& machine) {
  const auto check_one = [&](const Case& one) {
    return in_child([&] { return check_file(one.file, {{one.call}}, math, machine); }, 60);
  };
  // What a smaller case must have in common with this one: how it fails, and of what the compiler
  // says the kind, which stands behind the first message.
  const auto kind = [](const std::string& report) -> std::string {
    if (const size_t refuses = report.find("refuses"); refuses != std::string::npos) {
      const size_t code = report.find(" [F", refuses);
      return "refuses" + (code == std::string::npos ? "" : report.substr(code, 7));
    }
    for (const char* word : {"crashed", "out of time", "aarch64"}) {
      if (report.find(word) != std::string::npos) return word;
    }
    return report.empty() ? "" : "other";
  };
  for (size_t e = 0; e < file.entries.size(); ++e) {
    for (const Call& call : calls[e]) {
      const Case one{one_entry(file, e), call};
      const std::string report = check_one(one);
      if (report.empty()) continue;
      const std::string wanted = kind(report);
      const Case smallest =
          shrink(one, [&](const Case& c) { return kind(check_one(c)) == wanted; }, flags.shrink);
      print_case(smallest, check_one(smallest));
      return;
    }
  }
  std::printf("no single entry fails; the whole file:\n%s", print(file).c_str());
}

// A computation as far as its arguments go: a parameter for each leaf.
Entry entry_of(const fedrt::Computation& computation) {
  const auto of = [](const fed::proto::TensorType& tensor) {
    std::vector<Dim> dims;
    for (const auto& dim : tensor.dims()) {
      dims.push_back({static_cast<int64_t>(dim.size()), dim.unknown() ? 1 + int(dim.size()) : 0});
    }
    return tensor_type(static_cast<ElementType>(tensor.element()), std::move(dims));
  };
  Entry entry;
  entry.name = computation.manifest->name();
  for (const fedrt::LeafType& leaf : computation.argument_leaves) {
    FedTy type;
    type.place = leaf.per_client()                      ? Place::kClients
                 : leaf.placement == fed::proto::SERVER ? Place::kServer
                                                        : Place::kAllEqual;
    if (leaf.sequence) {
      std::vector<std::pair<std::string, TyPtr>> fields;
      for (size_t i = 0; i < leaf.tensors.size(); ++i) {
        fields.emplace_back(leaf.element_paths[i], of(*leaf.tensors[i]));
      }
      type.member = sequence_type(struct_type(std::move(fields)));
    } else {
      type.member = of(*leaf.tensors[0]);
    }
    entry.parameters.emplace_back(leaf.path, type);
  }
  return entry;
}

// The functions of a file that is there, of random arguments.
std::string check_file(const std::string& path, const Flags& flags,
                       const interpret::MathLibrary& math, const Machine& machine) {
  std::ifstream stream(path);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::string error;
  const auto compiled = compile(text, machine, &error);
  if (!compiled) return "the compiler refuses it:\n" + error;
  std::vector<Entry> entries;
  std::vector<std::vector<Call>> calls;
  for (const fedrt::Computation& one : compiled->program->computations()) {
    const size_t e = entries.size();
    entries.push_back(entry_of(one));
    calls.emplace_back();
    for (int c = 0; c < flags.calls; ++c) {
      calls[e].push_back(generate_call({}, entries[e], flags.seed * 1000003 + e * 101 + c));
    }
  }
  return check(*compiled, entries, calls, flags.seed, math, machine);
}

int run_files(const Flags& flags, const interpret::MathLibrary& math) {
  int failed = 0;
  for (size_t i = 0; i < flags.files.size(); ++i) {
    const std::string& path = flags.files[i];
    const Machine machine = flags.machine
                                ? *flags.machine
                                : draw_machine(flags.machines * 1000003 + i, flags.aarch64_every);
    const std::string report =
        in_child([&] { return check_file(path, flags, math, machine); }, 300);
    std::printf("%s --seed=%llu --calls=%d --machine=%s: %s\n%.3000s", path.c_str(),
                static_cast<unsigned long long>(flags.seed), flags.calls,
                to_string(machine).c_str(), report.empty() ? "agrees" : "fails", report.c_str());
    std::fflush(stdout);
    failed += !report.empty();
  }
  return failed ? 1 : 0;
}

int run(const Flags& flags) {
  std::string error;
  const auto functions = CompiledMath::make(&error);
  if (!functions) {
    std::printf("the functions cannot be compiled:\n%s\n", error.c_str());
    return 1;
  }
  const interpret::MathLibrary math = [&](interpret::Function function, ElementType element,
                                          double x, double y) {
    return (*functions)(function, element, x, y);
  };
  if (!flags.files.empty()) return run_files(flags, math);
  Style style;
  style.entries = flags.entries;
  style.functions = flags.functions;
  style.gradients = flags.gradients;
  style.layers = flags.layers;
  const time_t start = time(nullptr);
  int failed = 0, programs = 0, replayed = 0, wide = 0;
  for (uint64_t file_number = 0; programs < flags.programs; ++file_number) {
    if (flags.seconds && time(nullptr) - start >= flags.seconds) break;
    const uint64_t seed = flags.seed + file_number;
    const File file = generate(seed, style);
    std::vector<std::vector<Call>> calls(file.entries.size());
    for (size_t e = 0; e < calls.size(); ++e) {
      for (int c = 0; c < flags.calls; ++c) {
        calls[e].push_back(generate_call(file, file.entries[e], seed * 1000003 + e * 101 + c));
      }
    }
    const Machine machine =
        flags.machine ? *flags.machine
                      : draw_machine(flags.machines * 1000003 + file_number, flags.aarch64_every);
    replayed += machine.aarch64;
    wide += machine.cpu == "x86-64-v4";
    const std::string report =
        in_child([&] { return check_file(file, calls, math, machine); }, 300);
    programs += static_cast<int>(file.entries.size());
    if (report.empty()) continue;
    std::printf(
        "seed %llu fails: fuzz --programs=1 --seed=%llu --entries=%d --calls=%d --layers=%d "
        "--machine=%s\n%.3000s\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed), flags.entries,
        flags.calls, flags.layers, to_string(machine).c_str(), report.c_str());
    std::fflush(stdout);
    if (flags.shrink > 0) explain(file, calls, math, flags, machine);
    if (++failed >= flags.failures) break;
  }
  std::printf(
      "%d programs from seed %llu, machines from %llu, %d calls each, %d files with AVX-512, %d "
      "also as aarch64: %s\n",
      programs, static_cast<unsigned long long>(flags.seed),
      static_cast<unsigned long long>(flags.machines), flags.calls, wide, replayed,
      failed ? (std::to_string(failed) + " files fail").c_str() : "all agree");
  return failed ? 1 : 0;
}

bool parse_flag(const char* argument, Flags* flags) {
  const char* value = std::strchr(argument, '=');
  if (std::strncmp(argument, "--", 2) != 0 || !value) return false;
  const std::string name(argument + 2, value);
  if (name == "file") {
    flags->files.emplace_back(value + 1);
    return true;
  }
  if (name == "machine") {
    return parse_machine(value + 1, &flags->machine.emplace()) && can_run(*flags->machine);
  }
  const long long number = std::atoll(value + 1);
  const std::pair<const char*, int*> kNumbers[] = {
      {"programs", &flags->programs}, {"entries", &flags->entries},
      {"calls", &flags->calls},       {"aarch64-every", &flags->aarch64_every},
      {"shrink", &flags->shrink},     {"seconds", &flags->seconds},
      {"failures", &flags->failures}, {"layers", &flags->layers}};
  for (const auto& [known, target] : kNumbers) {
    if (name == known) {
      *target = static_cast<int>(number);
      return true;
    }
  }
  const std::pair<const char*, bool*> kSwitches[] = {{"functions", &flags->functions},
                                                     {"gradients", &flags->gradients}};
  for (const auto& [known, target] : kSwitches) {
    if (name == known) {
      *target = number != 0;
      return true;
    }
  }
  for (const auto& [known, target] :
       {std::pair{"seed", &flags->seed}, {"machines", &flags->machines}}) {
    if (name == known) {
      *target = static_cast<uint64_t>(number);
      return true;
    }
  }
  return false;
}

}  // namespace
}  // namespace fedc::generator

int main(int argc, char** argv) {
  fedc::generator::Flags flags;
  for (int i = 1; i < argc; ++i) {
    if (fedc::generator::parse_flag(argv[i], &flags)) continue;
    std::fprintf(stderr,
                 "usage: fuzz [--programs=N | --file=FILE.fed...] [--seed=S] [--entries=N] "
                 "[--calls=N] [--shrink=N]\n"
                 "            [--machines=S | --machine=NAME=VALUE,...] [--aarch64-every=FILES]\n"
                 "            [--seconds=N] [--failures=N] [--layers=PERCENT] [--functions=0]\n"
                 "            [--gradients=0]\n");
    return 2;
  }
  return fedc::generator::run(flags);
}
