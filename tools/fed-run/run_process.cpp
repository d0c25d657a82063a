#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/csv.h"
#include "runtime/data/file.h"
#include "runtime/data/json.h"
#include "runtime/data/npz.h"
#include "runtime/server/params.h"
#include "runtime/simulator/data_spec.h"
#include "runtime/simulator/process.h"
#include "tools/fed-run/metrics.h"
#include "tools/fed-run/progress.h"
#include "tools/fed-run/remarks.h"
#include "tools/fed-run/run.h"

namespace fedrun {
namespace {

using fedrt::Arguments;
using fedrt::Metric;

constexpr char kEvaluated[] = "eval.";  // before the names of evaluate's metrics

class ProcessRun {
 public:
  ProcessRun(std::shared_ptr<const fedrt::Program> program, const Flags& flags,
             const std::atomic<bool>& cancelled)
      : program_(std::move(program)), flags_(flags), cancelled_(cancelled) {}

  absl::Status run() {
    // Not after hours of rounds.
    if (!flags_.state_out.empty())
      if (absl::Status status = fedrt::check_writable(flags_.state_out); !status.ok())
        return absl::UnavailableError(absl::StrCat("--state-out: ", std::string(status.message())));
    absl::StatusOr<fedrt::AlignedBuffer> params =
        fedrt::make_params(program_->manifest(), program_->server().params, flags_.set);
    if (!params.ok()) return params.status();
    fedrt::SimulationOptions options;
    options.threads = flags_.threads;
    options.cancelled = &cancelled_;
    options.failed_clients_drop_out = flags_.drop_failed_clients;
    fedrt::Simulation simulation(program_, options);
    absl::StatusOr<fedrt::Process> process =
        fedrt::Process::make(&simulation, flags_.process, &*params);
    if (!process.ok()) return process.status();
    if (absl::Status status = check_args(*process); !status.ok()) return status;

    absl::StatusOr<Arguments> data =
        read(*process, process->next_function(), flags_.data, "--data");
    if (!data.ok()) return data.status();
    std::optional<Arguments> held;
    if (!flags_.eval_data.empty()) {
      if (process->evaluate_function() == nullptr)
        return absl::InvalidArgumentError(
            absl::StrCat("--eval-data: process `", flags_.process, "` has no evaluate"));
      absl::StatusOr<Arguments> read_held =
          read(*process, *process->evaluate_function(), flags_.eval_data, "--eval-data");
      if (!read_held.ok()) return read_held.status();
      held = *std::move(read_held);
    }
    if (absl::Status status = start(&*process, data->clients); !status.ok()) return status;
    fedrt::CsvWriter csv;
    if (!flags_.metrics.empty())
      if (absl::Status status = csv.open(flags_.metrics); !status.ok()) return status;
    return rounds(&*process, &simulation, *data, held, &csv);
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
    return fedrt::read_spec(request, flags_.args);
  }

  // --args serves all functions, each of which takes its own: what none takes is a mistake.
  absl::Status check_args(const fedrt::Process& process) {
    if (flags_.args.empty()) return absl::OkStatus();
    absl::StatusOr<std::string> text = fedrt::text_of(flags_.args, "--args");
    if (!text.ok()) return text.status();
    absl::StatusOr<std::vector<std::string>> keys = fedrt::json_keys(*text, "--args");
    if (!keys.ok()) return keys.status();
    const auto takes = [&](const fedrt::Computation* function, const std::string& key) {
      if (function == nullptr) return false;
      for (const int field : process.open_fields(*function))
        if (function->manifest->argument().struct_().fields(field).name() == key) return true;
      return false;
    };
    for (const std::string& key : *keys) {
      if (takes(&process.next_function(), key) || takes(process.evaluate_function(), key)) continue;
      if (!takes(&process.initialize_function(), key))
        return absl::InvalidArgumentError(
            absl::StrCat("--args: no function of the process takes `", key, "`"));
      if (!flags_.init.empty())
        return absl::InvalidArgumentError(absl::StrCat(
            "--args: `", key, "` is for `initialize`, which does not run with --init"));
    }
    return absl::OkStatus();
  }

  absl::Status start(fedrt::Process* process, uint64_t clients) {
    if (!flags_.init.empty()) {
      absl::StatusOr<fedrt::NamedTensors> tensors = fedrt::read_npz(flags_.init);
      if (!tensors.ok())
        return absl::InvalidArgumentError(
            absl::StrCat("--init: ", std::string(tensors.status().message())));
      return process->restore(*tensors, "--init: " + flags_.init, clients);
    }
    fedrt::SpecRequest request;
    request.computation = &process->initialize_function();
    request.fields = process->open_fields(process->initialize_function());
    request.flag = "--args";
    absl::StatusOr<Arguments> arguments = fedrt::read_spec(request, flags_.args);
    if (!arguments.ok()) return arguments.status();
    return process->initialize(*arguments, clients);
  }

  absl::Status rounds(fedrt::Process* process, fedrt::Simulation* simulation, const Arguments& data,
                      const std::optional<Arguments>& held, fedrt::CsvWriter* csv) {
    uint64_t work = data.clients * process->next_function().client->phase_count;
    if (held) work += held->clients * process->evaluate_function()->client->phase_count;
    Progress progress(flags_.rounds, work);
    simulation->count_into(progress.done());
    absl::Status status;
    uint64_t round = 1;
    for (; round <= flags_.rounds; ++round) {
      std::vector<Metric> metrics, evaluated;
      fedrt::Outcome outcome;
      status = process->next(data, &metrics, &outcome);
      remark(&progress, round, outcome);
      if (!status.ok()) break;
      if (held) {
        status = process->evaluate(*held, &evaluated, &outcome);
        remark(&progress, round, outcome);
        if (!status.ok()) break;
      }
      for (Metric& metric : evaluated) {
        metric.name = kEvaluated + metric.name;
        metrics.push_back(std::move(metric));
      }
      progress.round(round, one_line(metrics, false), one_line(metrics, true));
      if (csv->is_open())
        if (status = write(&progress, round, metrics, csv); !status.ok()) break;
    }
    simulation->count_into(nullptr);
    progress.stop();
    if (absl::IsCancelled(status))
      status = absl::CancelledError(absl::StrCat("cancelled in round ", round));
    else if (!status.ok())
      std::fprintf(stderr, "round %llu failed; the state is that before it\n",
                   static_cast<unsigned long long>(round));
    // What was learned until then is not lost.
    if (!flags_.state_out.empty())
      if (absl::Status saved = fedrt::write_npz(flags_.state_out, process->save()); !saved.ok())
        return saved;
    return status;
  }

  void remark(Progress* progress, uint64_t round, const fedrt::Outcome& outcome) {
    if (const std::string text = remarks(outcome, program_->manifest()); !text.empty())
      progress->note(absl::StrCat("round ", round, ": ", text));
  }

  static absl::Status write(Progress* progress, uint64_t round, const std::vector<Metric>& metrics,
                            fedrt::CsvWriter* csv) {
    if (round == 1) {
      std::vector<std::string> names = {"round"};
      for (const Metric& metric : metrics) {
        if (is_summarised(metric))
          progress->note(absl::StrCat("note: --metrics: `", metric.name, "` has ",
                                      metric.fixed_size ? "many elements" : "no fixed size",
                                      ": the table has its minimum, mean and maximum"));
        add_columns(metric, &names);
      }
      if (absl::Status status = csv->row(names); !status.ok()) return status;
    }
    std::vector<std::string> cells = {std::to_string(round)};
    for (const Metric& metric : metrics) add_cells(metric, &cells);
    return csv->row(cells);
  }

  std::shared_ptr<const fedrt::Program> program_;
  const Flags& flags_;
  const std::atomic<bool>& cancelled_;
};

}  // namespace

absl::Status run_process(std::shared_ptr<const fedrt::Program> program, const Flags& flags,
                         const std::atomic<bool>& cancelled) {
  return ProcessRun(std::move(program), flags, cancelled).run();
}

}  // namespace fedrun
