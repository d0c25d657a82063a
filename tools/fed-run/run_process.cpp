#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/npz.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/exit.h"
#include "runtime/program/host_inputs.h"
#include "runtime/program/params.h"
#include "runtime/program/process.h"
#include "runtime/program/start_process.h"
#include "runtime/report/rounds.h"
#include "runtime/simulator/simulation.h"
#include "tools/fed-run/run.h"

namespace fedrun {
namespace {

using fedrt::Arguments;
using fedrt::Metric;

class ProcessRun {
 public:
  ProcessRun(std::shared_ptr<const fedrt::Program> program, std::string name, const Flags& flags)
      : program_(std::move(program)), name_(std::move(name)), flags_(flags) {}

  absl::Status run() {
    // Not after hours of rounds.
    if (!flags_.state_out.empty())
      if (absl::Status status = fedrt::check_writable(flags_.state_out); !status.ok())
        return absl::UnavailableError(absl::StrCat("--state-out: ", std::string(status.message())));
    absl::StatusOr<fedrt::AlignedBuffer> params =
        fedrt::make_params(program_->manifest(), program_->params(), flags_.set);
    if (!params.ok()) return params.status();
    fedrt::SimulationOptions options;
    options.threads = flags_.threads;
    options.cancelled = &fedrt::interrupted();
    options.failed_clients_drop_out = flags_.drop_failed_clients;
    fedrt::Simulation simulation(program_, options);
    absl::StatusOr<fedrt::Process> process =
        fedrt::Process::make(&simulation, name_, &*params, flags_.seed);
    if (!process.ok()) return process.status();
    if (absl::Status status = check_process_args(*process, flags_.args, !flags_.init.empty());
        !status.ok())
      return status;
    if (absl::Status status = fedrt::check_host_names(*program_, flags_.host); !status.ok())
      return status;

    absl::StatusOr<Arguments> data =
        read(*process, process->next_function(), flags_.data, "--data");
    if (!data.ok()) return data.status();
    std::optional<Arguments> held;
    if (!flags_.eval_data.empty()) {
      if (process->evaluate_function() == nullptr)
        return absl::InvalidArgumentError(
            absl::StrCat("--eval-data: process `", name_, "` has no evaluate"));
      absl::StatusOr<Arguments> read_held =
          read(*process, *process->evaluate_function(), flags_.eval_data, "--eval-data");
      if (!read_held.ok()) return read_held.status();
      held = *std::move(read_held);
    }
    if (!flags_.metrics.empty())
      if (absl::Status status = table_.open(flags_.metrics); !status.ok())
        return absl::UnavailableError(absl::StrCat("--metrics: ", std::string(status.message())));
    for (const auto& [flag, given] :
         {std::pair("--data", &*data), {"--eval-data", held ? &*held : nullptr}})
      if (const uint64_t idle = given != nullptr ? fedrt::clients_without_data(*given) : 0;
          idle > 0)
        std::fprintf(stderr, "warning: %s: %llu of %llu clients have no data\n", flag,
                     static_cast<unsigned long long>(idle),
                     static_cast<unsigned long long>(given->clients));
    if (flags_.cohort && flags_.cohort->of(data->clients) > data->clients)
      return absl::InvalidArgumentError(absl::StrCat("--cohort: a round of ",
                                                     flags_.cohort->of(data->clients),
                                                     " clients, but there are ", data->clients));
    if (absl::Status status = start_process(&*process, flags_.init, flags_.args, data->clients);
        !status.ok())
      return status;
    if (const std::string remark = fedrt::restored_remark(*process);
        !flags_.init.empty() && !remark.empty())
      std::fprintf(stderr, "%s\n", remark.c_str());
    return rounds(&*process, &simulation, &*data, held);
  }

 private:
  absl::StatusOr<Arguments> read(const fedrt::Process& process, const fedrt::Computation& function,
                                 const std::string& spec, const std::string& flag) {
    fedrt::SpecRequest request;
    request.computation = &function;
    request.fields = process.open_fields(function);
    request.spec = spec;
    request.flag = flag;
    request.clients = flags_.clients;
    request.seed = flags_.seed;
    absl::StatusOr<Arguments> arguments = fedrt::read_spec(request, flags_.args);
    if (!arguments.ok()) return arguments;
    if (absl::Status status =
            fedrt::read_host_inputs(function, flags_.host, /*own=*/false, &*arguments);
        !status.ok())
      return status;
    return arguments;
  }

  absl::Status rounds(fedrt::Process* process, fedrt::Simulation* simulation, Arguments* data,
                      const std::optional<Arguments>& held) {
    const uint64_t cohort = flags_.cohort ? flags_.cohort->of(data->clients) : data->clients;
    uint64_t work = cohort * process->next_function().client->phase_count;
    if (held) work += held->clients * process->evaluate_function()->client->phase_count;
    fedrt::RoundReport report(flags_.rounds, work, &table_);
    if (held) report.expect_evaluation(process->metric_forms(*process->evaluate_function()));
    simulation->count_into(report.progress().done());
    absl::Status status;
    uint64_t round = 1;
    for (; round <= flags_.rounds; ++round) {
      std::vector<Metric> metrics, evaluated;
      fedrt::Outcome outcome;
      if (flags_.cohort)
        data->cohort = fedrt::draw_cohort(flags_.cohort_seed.value_or(flags_.seed), round, cohort,
                                          data->clients);
      status = process->next(*data, &metrics, &outcome);
      report.remark(round, outcome, program_->manifest());
      if (!status.ok()) break;
      if (held && (round % flags_.eval_every == 0 || round == flags_.rounds)) {
        status = process->evaluate(*held, &evaluated, &outcome);
        report.remark(round, outcome, program_->manifest());
        if (!status.ok()) break;
      }
      report.round(round, std::move(metrics), std::move(evaluated));
    }
    simulation->count_into(nullptr);
    const absl::Status reported = report.finish();
    if (absl::IsCancelled(status))
      status = absl::CancelledError(absl::StrCat("cancelled in round ", round));
    else if (!status.ok())
      std::fprintf(stderr, "round %llu failed; the state is that before it\n",
                   static_cast<unsigned long long>(round));
    // What was learned until then is not lost.
    if (!flags_.state_out.empty())
      if (absl::Status saved = fedrt::write_npz(flags_.state_out, process->save()); !saved.ok())
        return absl::UnavailableError(absl::StrCat("--state-out: ", std::string(saved.message())));
    return status.ok() ? reported : status;
  }

  std::shared_ptr<const fedrt::Program> program_;
  const std::string name_;
  const Flags& flags_;
  fedrt::CsvWriter table_;
};

}  // namespace

absl::Status run_process(std::shared_ptr<const fedrt::Program> program, const std::string& name,
                         const Flags& flags) {
  return ProcessRun(std::move(program), name, flags).run();
}

}  // namespace fedrun
