#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"
#include "runtime/server/params.h"
#include "runtime/simulator/data_spec.h"
#include "runtime/simulator/simulation.h"
#include "tools/fed-run/remarks.h"
#include "tools/fed-run/run.h"

namespace fedrun {
namespace {

using fedrt::Computation;

absl::StatusOr<const Computation*> choose(const fedrt::Program& program, const std::string& name) {
  std::vector<const Computation*> entries;
  std::string names, processes;
  for (const Computation& computation : program.computations()) {
    const auto& manifest = *computation.manifest;
    if (manifest.role() == fed::proto::ONE_SHOT) {
      entries.push_back(&computation);
      absl::StrAppend(&names, names.empty() ? "" : ", ", "`", manifest.name(), "`");
    } else if (manifest.role() == fed::proto::NEXT) {
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

}  // namespace

absl::Status run_once(std::shared_ptr<const fedrt::Program> program, const Flags& flags,
                      const std::atomic<bool>& cancelled) {
  absl::StatusOr<const Computation*> chosen = choose(*program, flags.entry);
  if (!chosen.ok()) return chosen.status();
  const Computation& computation = **chosen;
  const fed::proto::Type& argument = computation.manifest->argument();
  fedrt::SpecRequest request;
  request.computation = &computation;
  for (int i = 0; i < argument.struct_().fields_size(); ++i) request.fields.push_back(i);
  request.spec = flags.args;
  request.flag = "--args";
  request.clients = flags.clients;
  absl::StatusOr<fedrt::Arguments> arguments = fedrt::read_spec(request, "");
  if (!arguments.ok()) return arguments.status();
  absl::StatusOr<fedrt::AlignedBuffer> params =
      fedrt::make_params(program->manifest(), program->server().params, flags.set);
  if (!params.ok()) return params.status();

  fedrt::SimulationOptions options;
  options.threads = flags.threads;
  options.cancelled = &cancelled;
  options.failed_clients_drop_out = flags.drop_failed_clients;
  fedrt::Simulation simulation(program, options);
  fedrt::Outcome outcome;
  absl::Status status = simulation.run(computation, *arguments, *params, nullptr, &outcome);
  if (const std::string text = remarks(outcome, program->manifest()); !text.empty())
    std::fprintf(stderr, "%s\n", text.c_str());
  if (!status.ok()) return status;
  const size_t finished = std::count(outcome.finished.begin(), outcome.finished.end(), 1);
  absl::StatusOr<std::vector<fedrt::Leaf>> leaves =
      fedrt::result_leaves(computation, std::move(outcome));
  if (!leaves.ok()) return leaves.status();
  absl::StatusOr<fedrt::Value> value =
      fedrt::unflatten(*std::move(leaves), computation.manifest->result(), finished);
  if (!value.ok()) return value.status();
  const std::string json = fedrt::print_json(*value, computation.manifest->result());
  if (std::printf("%s\n", json.c_str()) < 0 || std::fflush(stdout) != 0)
    return absl::UnavailableError("standard output cannot be written");
  return absl::OkStatus();
}

}  // namespace fedrun
