#include "runtime/program/entry.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace fedrt {

absl::StatusOr<const Computation*> choose_entry(const Program& program, const std::string& name,
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
  if (entries.empty() || (name.empty() && federated == 0 && !processes.empty()))
    return absl::InvalidArgumentError(absl::StrCat(
        "no function of the program runs once",
        processes.empty() ? "" : "; run its process with --process, which can be " + processes));
  return absl::InvalidArgumentError(
      absl::StrCat(name.empty() ? "which function? Name one with --entry: "
                                : "--entry: no function `" + name + "` runs once; there are ",
                   names));
}

}  // namespace fedrt
