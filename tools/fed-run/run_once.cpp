#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/json.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/entry.h"
#include "runtime/program/exit.h"
#include "runtime/program/host_inputs.h"
#include "runtime/program/keys.h"
#include "runtime/program/not_finite.h"
#include "runtime/program/params.h"
#include "runtime/report/remarks.h"
#include "runtime/simulator/simulation.h"
#include "tools/fed-run/run.h"

namespace fedrun {

std::string note_of_nan(const fedrt::Outcome& outcome, const Flags& flags,
                        const fedrt::Computation& computation, const fedrt::Arguments& arguments) {
  std::optional<fedrt::Refusal> first;  // whose message was not finite
  for (const fedrt::Refusal& refusal : outcome.refused) {
    if (refusal.reason != FED_REJECT_NOT_FINITE) continue;
    if (!first) first = refusal;
    if (const std::string found = fedrt::not_finite_in_data(computation, arguments, refusal.client);
        !found.empty())
      return "note: " + found;
  }
  if (!first) return "";
  if (first->product)
    return absl::StrCat("note: what client ", first->client,
                        " sends is finite, but not times its weight, which is more than float64 "
                        "holds: smaller weights, all by the same factor, give the same mean");
  if (flags.check_nan || !flags.program.empty()) return "";
  return absl::StrCat("note: the data of client ", first->client,
                      " are finite, and what is made of them is not, as by a learning rate that is "
                      "too large, or of a label that is no class; --check-nan shows the operation");
}

namespace {

// Default values are for calls in the program, which whoever reads it may not think of.
absl::Status check_defaults(const fed::proto::Computation& computation, const std::string& args) {
  if (computation.defaults_size() == 0 || args.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> text = fedrt::text_of(args, "--args");
  if (!text.ok()) return absl::OkStatus();  // that is told of where it is read
  const absl::StatusOr<std::vector<std::string>> keys = fedrt::json_keys(*text, "");
  if (!keys.ok()) return absl::OkStatus();
  for (int i = 0; i < computation.defaults_size(); ++i) {
    const auto& field = computation.argument().struct_().fields(i);
    const std::string& value = computation.defaults(i);
    if (value.empty() || std::find(keys->begin(), keys->end(), field.name()) != keys->end())
      continue;
    return absl::InvalidArgumentError(
        absl::StrCat(fedrt::source_of(args, "--args"), ": field `", field.name(),
                     "` is missing: its default value, `", value,
                     "`, is for calls in the program, and here it has to be given as well"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status run_once(std::shared_ptr<const fedrt::Program> program,
                      const fedrt::Computation& computation, const Flags& flags) {
  const fed::proto::Type& argument = computation.manifest->argument();
  fedrt::SpecRequest request;
  request.computation = &computation;
  for (int i = 0; i < argument.struct_().fields_size(); ++i)
    if (fedrt::origin_of(*computation.manifest, i) == fed::proto::FROM_ARGUMENT)
      request.fields.push_back(i);
  request.spec = flags.args;
  request.flag = "--args";
  request.clients = flags.clients;
  request.seed = flags.seed;
  if (absl::Status status = check_defaults(*computation.manifest, flags.args); !status.ok())
    return status;
  absl::StatusOr<fedrt::Arguments> arguments = fedrt::read_spec(request, "");
  if (!arguments.ok()) return arguments.status();
  absl::Status host = fedrt::check_host_names(*program, flags.host);
  if (host.ok())
    host = fedrt::read_host_inputs(computation, flags.host, /*own=*/false, &*arguments);
  if (!host.ok()) return host;
  arguments->key = fedrt::run_key(flags.seed, computation.manifest->role(), 0);
  absl::StatusOr<fedrt::AlignedBuffer> params =
      fedrt::make_params(program->manifest(), program->params(), flags.set);
  if (!params.ok()) return params.status();

  fedrt::SimulationOptions options;
  options.threads = flags.threads;
  options.cancelled = &fedrt::interrupted();
  options.failed_clients_drop_out = flags.drop_failed_clients;
  options.debug = print_debug;
  fedrt::Simulation simulation(program, options);
  fedrt::Outcome outcome;
  fedrt::catch_signals();
  absl::Status status = simulation.run(computation, *arguments, *params, nullptr, &outcome);
  if (const std::string text = fedrt::remarks(outcome, program->manifest()); !text.empty())
    std::fprintf(stderr, "%s\n", text.c_str());
  if (const std::string note = note_of_nan(outcome, flags, computation, *arguments); !note.empty())
    std::fprintf(stderr, "%s\n", note.c_str());
  if (!status.ok()) return status;
  if (const std::string text =
          fedrt::nothing_remark(outcome, *computation.manifest, program->manifest(), {});
      !text.empty())
    std::fprintf(stderr, "%s\n", text.c_str());
  const size_t finished = std::count(outcome.finished.begin(), outcome.finished.end(), 1);
  absl::StatusOr<std::vector<fedrt::Leaf>> leaves =
      fedrt::result_leaves(computation, std::move(outcome));
  if (!leaves.ok()) return leaves.status();
  absl::StatusOr<fedrt::Value> value =
      fedrt::unflatten(*std::move(leaves), computation.manifest->result(), finished);
  if (!value.ok()) return value.status();
  return fedrt::write_standard_output(fedrt::print_json(*value, computation.manifest->result()) +
                                      "\n");
}

}  // namespace fedrun
