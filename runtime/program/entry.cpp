#include "runtime/program/entry.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace fedrt {

absl::StatusOr<const Computation*> choose_entry(const Program& program, const std::string& name) {
  std::vector<const Computation*> entries;
  std::string names, processes;
  for (const Computation& computation : program.computations()) {
    const auto& manifest = *computation.manifest;
    if (manifest.role() == proto::ONE_SHOT) {
      entries.push_back(&computation);
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
  if (name.empty() && entries.size() == 1) return entries[0];
  if (entries.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        "no function of the program runs once",
        processes.empty() ? "" : "; run its process with --process, which can be " + processes));
  return absl::InvalidArgumentError(
      absl::StrCat(name.empty() ? "which function? Name one with --entry: "
                                : "--entry: no function `" + name + "` runs once; there are ",
                   names));
}

}  // namespace fedrt
