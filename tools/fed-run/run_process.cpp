#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/csv.h"
#include "runtime/data/file.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/exit.h"
#include "runtime/program/host_inputs.h"
#include "runtime/program/process.h"
#include "runtime/program/start_process.h"
#include "runtime/report/metrics.h"
#include "runtime/report/remarks.h"
#include "runtime/report/rounds.h"
#include "runtime/simulator/simulation.h"
#include "tools/fed-run/process_run.h"
#include "tools/fed-run/run.h"

namespace fedrun {
namespace {

using fedrt::Arguments;
using fedrt::Metric;

// Reads what the clients hold, and checks what can be checked before the first of many rounds.
class Preparation {
 public:
  Preparation(const fedrt::Process& process, Experiment* experiment)
      : process_(process), experiment_(*experiment), flags_(*experiment->flags) {}

  absl::Status run() {
    if (absl::Status status = check_process_args(process_, flags_.args, !flags_.init.empty());
        !status.ok())
      return status;
    if (absl::Status status = fedrt::check_host_names(*experiment_.program, flags_.host);
        !status.ok())
      return status;
    if (absl::Status status =
            fedrt::check_host_names(*experiment_.program, flags_.host_rounds, "--host-each-round");
        !status.ok())
      return status;
    absl::StatusOr<Arguments> data =
        read(process_.next_function(), flags_.data, "--data", &experiment_.data_host);
    if (!data.ok()) return data.status();
    experiment_.data = *std::move(data);
    if (!flags_.eval_data.empty()) {
      if (process_.evaluate_function() == nullptr)
        return absl::InvalidArgumentError(
            absl::StrCat("--eval-data: process `", experiment_.name, "` has no evaluate"));
      absl::StatusOr<Arguments> held = read(*process_.evaluate_function(), flags_.eval_data,
                                            "--eval-data", &experiment_.held_host);
      if (!held.ok()) return held.status();
      experiment_.held = *std::move(held);
    }
    const uint64_t clients = experiment_.data.clients;
    experiment_.cohort = flags_.cohort ? flags_.cohort->of(clients) : clients;
    if (experiment_.cohort > clients)
      return absl::InvalidArgumentError(absl::StrCat("--cohort: a round of ", experiment_.cohort,
                                                     " clients, but there are ", clients));
    return about("--target", check_target());
  }

  void remark() const {
    const auto idle = [](const char* flag, const Arguments& given) {
      const std::string text =
          fedrt::idle_remark(fedrt::clients_without_data(given), given.clients);
      if (!text.empty()) std::fprintf(stderr, "warning: %s: %s\n", flag, text.c_str());
    };
    idle("--data", experiment_.data);
    if (experiment_.held) idle("--eval-data", *experiment_.held);
  }

 private:
  absl::StatusOr<Arguments> read(const fedrt::Computation& function, const std::string& spec,
                                 const std::string& flag, fedrt::HostRounds* rounds) const {
    fedrt::SpecRequest request;
    request.computation = &function;
    request.fields = process_.open_fields(function);
    request.spec = spec;
    request.flag = flag;
    request.clients = flags_.clients;
    if (&function == process_.evaluate_function()) {
      request.clients = flags_.eval_clients;
      request.otherwise = flags_.clients;
      request.clients_flag = "--eval-clients";
    }
    request.seed = flags_.seed;
    absl::StatusOr<Arguments> arguments = fedrt::read_spec(request, flags_.args);
    if (!arguments.ok()) return arguments;
    absl::StatusOr<fedrt::HostRounds> each_round =
        fedrt::HostRounds::read(function, flags_.host_rounds, flags_.rounds, &*arguments);
    if (!each_round.ok()) return each_round.status();
    *rounds = *std::move(each_round);
    if (absl::Status status =
            fedrt::read_host_inputs(function, flags_.host, /*own=*/false, &*arguments, *rounds);
        !status.ok())
      return status;
    return arguments;
  }

  absl::Status check_target() const {
    if (!flags_.target) return absl::OkStatus();
    const std::string& wanted = flags_.target->metric();
    std::string names, meant;
    const bool has_more = !experiment_.held && process_.evaluate_function() != nullptr;
    size_t left = process_.metric_forms(process_.next_function()).size();  // of next
    for (const Metric& form : metric_forms(process_, experiment_.held || has_more)) {
      const bool reported = !has_more || left > 0;
      left -= left > 0;
      if (!form.tensor.dims.empty()) continue;
      if (reported && form.name == wanted) return absl::OkStatus();
      if (reported) absl::StrAppend(&names, names.empty() ? "" : ", ", "`", form.name, "`");
      if (meant.empty() && (form.name == wanted || form.name.ends_with("." + wanted)))
        meant =
            absl::StrCat("; write --target='", form.name, flags_.target_text.substr(wanted.size()),
                         "'", reported ? "" : ", and --eval-data=SPEC, which it needs");
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "no round has a number `", wanted, "`; there are ", names.empty() ? "none" : names,
        has_more && meant.empty() ? ", and those of `evaluate` with --eval-data" : "", meant));
  }

  const fedrt::Process& process_;
  Experiment& experiment_;
  const Flags& flags_;
};

// The line of a run of a sweep, and its row.
absl::Status report(const SweepPoint& point, const ProcessRun& run, fedrt::CsvWriter* table) {
  const std::string metrics = one_line(run.latest(), false);
  const std::string target = run.target() ? run.target()->report(run.rounds()) : "";
  if (absl::Status status = fedrt::write_standard_output(
          absl::StrCat(to_string(point, " "), ": round ", run.rounds(), ": ", metrics,
                       metrics.empty() || target.empty() ? "" : "; ", target, "\n"));
      !status.ok() || !table->is_open())
    return status;
  std::vector<std::string> names, cells;
  for (const auto& [name, value] : point) {
    names.push_back(name);
    cells.push_back(value);
  }
  names.push_back("round");
  cells.push_back(std::to_string(run.rounds()));
  if (run.target()) {
    const bool reached = run.target()->reached();
    names.insert(names.end(), {"reached", "interpolated"});
    cells.push_back(reached ? std::to_string(run.target()->round()) : "");
    cells.push_back(reached ? absl::StrCat(run.target()->interpolated()) : "");
  }
  for (const Metric& metric : run.latest()) {
    add_columns(metric, &names);
    add_cells(metric, &cells);
  }
  if (table->position().bytes == 0)
    if (absl::Status status = table->row(names); !status.ok()) return status;
  return table->row(cells);
}

}  // namespace

absl::StatusOr<int> run_process(std::shared_ptr<const fedrt::Program> program,
                                const std::string& name, const Flags& flags) {
  Experiment experiment;
  experiment.program = std::move(program);
  experiment.name = name;
  experiment.flags = &flags;
  const absl::StatusOr<std::vector<SweepPoint>> points = sweep_points(flags.sweep);
  if (!points.ok()) return about("--sweep", points.status());
  // Not after hours of rounds.
  for (const SweepPoint& point : *points)
    for (const auto& [flag, path] :
         {std::pair("--state-out", flags.state_out), {"--checkpoint", flags.checkpoint}})
      if (!path.empty())
        if (absl::Status status = about(flag, fedrt::check_writable(path_of(path, point)));
            !status.ok())
          return status;
  absl::StatusOr<fedrt::AlignedBuffer> params;
  for (const SweepPoint& point : *points)
    if (params = params_of(experiment, point); !params.ok()) return params.status();
  fedrt::SimulationOptions options;
  options.threads = flags.threads;
  options.cancelled = &fedrt::interrupted();
  options.failed_clients_drop_out = flags.drop_failed_clients;
  options.debug = print_debug;
  fedrt::Simulation simulation(experiment.program, options);
  const absl::StatusOr<fedrt::Process> process =
      fedrt::Process::make(&simulation, name, &*params, flags.seed);
  if (!process.ok()) return process.status();
  Preparation preparation(*process, &experiment);
  if (absl::Status status = preparation.run(); !status.ok()) return status;
  fedrt::CsvWriter table;
  if (!flags.sweep_table.empty())
    if (absl::Status status = about("--sweep-table", table.open(flags.sweep_table)); !status.ok())
      return status;
  preparation.remark();

  int result = fedrt::kDone;
  for (const SweepPoint& point : *points) {
    ProcessRun run(&experiment, point);
    if (absl::Status status = run.run(&simulation); !status.ok()) return status;
    if (run.target() && !run.target()->reached()) result = fedrt::kMissed;
    absl::Status reported;
    if (!point.empty())
      reported = report(point, run, &table);
    else if (run.target())
      reported = fedrt::write_standard_output(run.target()->report(run.rounds()) + "\n");
    if (!reported.ok()) return reported;
  }
  return result;
}

}  // namespace fedrun
