#include "runtime/program/entry.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace fedrt {
namespace {

// The names of the program's processes, and whether a function runs once.
std::vector<std::string> processes_of(const Program& program, bool* runs_once) {
  std::vector<std::string> processes;
  *runs_once = false;
  for (const Computation& computation : program.computations()) {
    if (computation.manifest->role() == proto::NEXT)
      processes.push_back(computation.manifest->process());
    *runs_once |= computation.manifest->role() == proto::ONE_SHOT;
  }
  return processes;
}

absl::StatusOr<const Computation*> choose_function(const Program& program, const std::string& name,
                                                   bool with_exports) {
  std::vector<const Computation*> entries;
  std::string names, processes;
  size_t exported = 0;
  for (const Computation& computation : program.computations()) {
    const auto& manifest = *computation.manifest;
    const bool is_exported = manifest.role() == proto::EXPORT;
    if (manifest.role() == proto::ONE_SHOT || (is_exported && with_exports)) {
      // What an app calls stands behind the federated computations: alone it is a choice.
      entries.insert(is_exported ? entries.end() : entries.end() - exported, &computation);
      exported += is_exported;
      absl::StrAppend(&names, names.empty() ? "" : ", ", "`", manifest.name(), "`");
    } else if (manifest.role() == proto::NEXT) {
      absl::StrAppend(&processes, processes.empty() ? "" : ", ", "`", manifest.process(), "`");
    }
  }
  const std::string& wanted = name.empty() ? program.manifest().name() : name;
  for (const Computation* entry : entries)
    if (entry->manifest->name() == wanted) return entry;
  for (const Computation& computation : program.computations()) {
    const std::string& process = computation.manifest->process();
    if (!name.empty() && !process.empty() &&
        (name == process || name == computation.manifest->name()))
      return absl::InvalidArgumentError(
          absl::StrCat("--entry: `", name, "` is ", name == process ? "" : "part of ",
                       "a process, whose functions run together: --process=", process));
  }
  const size_t federated = entries.size() - exported;
  if (name.empty() && (federated == 1 || (entries.size() == 1 && processes.empty())))
    return entries[0];
  if (program.computations().empty())
    return absl::InvalidArgumentError(
        "nothing of the program runs by itself: it has no process and no function of placed values "
        "(`fn f(x: {float32}@CLIENTS) -> float32@SERVER`); `export fn` lets a plain function run "
        "here, on one device");
  if (entries.empty() || (name.empty() && federated == 0 && !processes.empty()))
    return absl::InvalidArgumentError(absl::StrCat(
        "no function of the program runs once",
        processes.empty() ? "" : "; run its process with --process, which can be " + processes));
  return absl::InvalidArgumentError(
      absl::StrCat(name.empty() ? "which function? Name one with --entry: "
                                : "--entry: no function `" + name + "` runs once; there are ",
                   names));
}

}  // namespace

absl::StatusOr<Choice> choose(const Program& program, const Wanted& wanted) {
  Choice choice;
  choice.process = wanted.process;
  bool runs_once = false;
  const std::vector<std::string> processes = processes_of(program, &runs_once);
  if (choice.process.empty() && wanted.entry.empty() && processes.size() == 1 &&
      (!runs_once || !wanted.process_flag.empty()))
    choice.process = processes[0];
  if (!choice.process.empty()) return choice;
  if (!wanted.process_flag.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        wanted.process_flag, " is for processes",
        processes.empty() ? ", and the program has none"
                          : ": which one says --process=" + absl::StrJoin(processes, " or ")));
  absl::StatusOr<const Computation*> once = choose_function(program, wanted.entry, wanted.exports);
  if (!once.ok()) return once.status();
  choice.once = *once;
  return choice;
}

}  // namespace fedrt
