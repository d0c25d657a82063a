#include <unistd.h>

#include <algorithm>
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
#include "runtime/report/metrics.h"
#include "runtime/report/rounds.h"
#include "runtime/simulator/simulation.h"
#include "tools/fed-run/checkpoint.h"
#include "tools/fed-run/run.h"

namespace fedrun {
namespace {

using fedrt::Arguments;
using fedrt::Metric;

// `status` with the flag that it is about in front.
absl::Status about(const std::string& flag, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(flag, ": ", std::string(status.message())));
}

class ProcessRun {
 public:
  ProcessRun(std::shared_ptr<const fedrt::Program> program, std::string name, const Flags& flags)
      : program_(std::move(program)), name_(std::move(name)), flags_(flags) {}

  absl::StatusOr<int> run() {
    // Not after hours of rounds.
    for (const auto& [flag, path] :
         {std::pair("--state-out", flags_.state_out), {"--checkpoint", flags_.checkpoint}})
      if (!path.empty())
        if (absl::Status status = about(flag, fedrt::check_writable(path)); !status.ok())
          return status;
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
    if (absl::Status status = prepare(*process); !status.ok()) return status;
    if (absl::Status status = start(&*process); !status.ok()) return status;
    return rounds(&*process, &simulation);
  }

 private:
  // What the clients hold, and what is to be reported.
  absl::Status prepare(const fedrt::Process& process) {
    if (absl::Status status = check_process_args(process, flags_.args, !flags_.init.empty());
        !status.ok())
      return status;
    if (absl::Status status = fedrt::check_host_names(*program_, flags_.host); !status.ok())
      return status;
    absl::StatusOr<Arguments> data = read(process, process.next_function(), flags_.data, "--data");
    if (!data.ok()) return data.status();
    data_ = *std::move(data);
    if (!flags_.eval_data.empty()) {
      if (process.evaluate_function() == nullptr)
        return absl::InvalidArgumentError(
            absl::StrCat("--eval-data: process `", name_, "` has no evaluate"));
      absl::StatusOr<Arguments> held =
          read(process, *process.evaluate_function(), flags_.eval_data, "--eval-data");
      if (!held.ok()) return held.status();
      held_ = *std::move(held);
    }
    cohort_ = flags_.cohort ? flags_.cohort->of(data_.clients) : data_.clients;
    if (cohort_ > data_.clients)
      return absl::InvalidArgumentError(absl::StrCat("--cohort: a round of ", cohort_,
                                                     " clients, but there are ", data_.clients));
    return about("--target", check_target(process));
  }

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

  absl::Status check_target(const fedrt::Process& process) const {
    if (!flags_.target) return absl::OkStatus();
    std::vector<Metric> forms = process.metric_forms(process.next_function());
    if (held_)
      for (Metric& form : process.metric_forms(*process.evaluate_function())) {
        form.name = fedrt::kEvaluated + form.name;
        forms.push_back(std::move(form));
      }
    std::string names;
    for (const Metric& form : forms) {
      if (form.tensor.dims.empty() && form.name == flags_.target->metric()) return absl::OkStatus();
      if (form.tensor.dims.empty())
        absl::StrAppend(&names, names.empty() ? "" : ", ", "`", form.name, "`");
    }
    return absl::InvalidArgumentError(
        absl::StrCat("no round has a number `", flags_.target->metric(), "`; there are ",
                     names.empty() ? "none" : names,
                     held_ || process.evaluate_function() == nullptr
                         ? ""
                         : ", and those of `evaluate` with --eval-data"));
  }

  // The first state, or that of the checkpoint.
  absl::Status start(fedrt::Process* process) {
    target_ = flags_.target;
    settings_ = settings_of(flags_, *program_, name_, data_.clients);
    const bool resumed = flags_.resume && access(flags_.checkpoint.c_str(), F_OK) == 0;
    fedrt::CsvPosition table;
    if (resumed) {
      absl::StatusOr<Progress> progress =
          read_checkpoint(flags_.checkpoint, settings_, data_.clients, process);
      absl::Status status = progress.status();
      if (status.ok() && progress->round > flags_.rounds)
        status = absl::InvalidArgumentError(absl::StrCat(flags_.checkpoint, ": ", progress->round,
                                                         " rounds have ended, and --rounds says ",
                                                         flags_.rounds));
      if (status.ok() && target_) status = target_->restore(progress->target);
      if (!status.ok()) return about("--resume", status);
      table = progress->table;
      std::fprintf(stderr, "note: --resume: going on after round %llu\n",
                   static_cast<unsigned long long>(progress->round));
    } else if (flags_.resume) {
      std::fprintf(stderr, "note: --resume: there is no %s: the run begins\n",
                   flags_.checkpoint.c_str());
    }
    if (!flags_.metrics.empty())
      if (absl::Status status =
              about("--metrics", table.bytes > 0 ? table_.resume(flags_.metrics, table)
                                                 : table_.open(flags_.metrics));
          !status.ok())
        return status;
    for (const auto& [flag, given] :
         {std::pair("--data", &data_), {"--eval-data", held_ ? &*held_ : nullptr}})
      if (const uint64_t idle = given != nullptr ? fedrt::clients_without_data(*given) : 0;
          idle > 0)
        std::fprintf(stderr, "warning: %s: %llu of %llu clients have no data\n", flag,
                     static_cast<unsigned long long>(idle),
                     static_cast<unsigned long long>(given->clients));
    if (resumed) return absl::OkStatus();
    if (absl::Status status = start_process(process, flags_.init, flags_.args, data_.clients);
        !status.ok())
      return status;
    if (const std::string remark = fedrt::restored_remark(*process);
        !flags_.init.empty() && !remark.empty())
      std::fprintf(stderr, "%s\n", remark.c_str());
    return absl::OkStatus();
  }

  absl::StatusOr<int> rounds(fedrt::Process* process, fedrt::Simulation* simulation) {
    uint64_t work = cohort_ * process->next_function().client->phase_count;
    if (held_) work += held_->clients * process->evaluate_function()->client->phase_count;
    fedrt::RoundReport report(flags_.rounds, work, &table_);
    if (held_) report.expect_evaluation(process->metric_forms(*process->evaluate_function()));
    simulation->count_into(report.progress().done());
    absl::Status status;
    bool done = target_ && target_->reached();
    uint64_t round = process->rounds() + 1, whole = process->rounds(), kept = whole;
    for (; !done && round <= flags_.rounds; ++round) {
      std::vector<Metric> metrics, evaluated;
      fedrt::Outcome outcome;
      if (flags_.cohort)
        data_.cohort = fedrt::draw_cohort(flags_.cohort_seed.value_or(flags_.seed), round, cohort_,
                                          data_.clients);
      status = process->next(data_, &metrics, &outcome);
      report.remark(round, outcome, program_->manifest());
      if (!status.ok()) break;
      done = see(round, metrics, "");
      if (held_ && (done || round % flags_.eval_every == 0 || round == flags_.rounds)) {
        status = process->evaluate(*held_, &evaluated, &outcome);
        report.remark(round, outcome, program_->manifest());
        if (!status.ok()) break;
        done = see(round, evaluated, fedrt::kEvaluated);
      }
      report.round(round, std::move(metrics), std::move(evaluated));
      whole = round;
      if (round % flags_.checkpoint_every == 0) kept = keep(*process, whole, &report);
    }
    simulation->count_into(nullptr);
    // A round whose evaluation did not succeed is none to go on after.
    if (kept != whole && process->rounds() == whole) keep(*process, whole, &report);
    absl::Status reported = report.finish();
    if (absl::IsCancelled(status))
      status = absl::CancelledError(absl::StrCat("cancelled in round ", round));
    else if (!status.ok())
      std::fprintf(stderr, "round %llu failed; the state is that before it\n",
                   static_cast<unsigned long long>(round));
    // What was learned until then is not lost.
    if (!flags_.state_out.empty())
      if (absl::Status saved = fedrt::write_npz(flags_.state_out, process->save()); !saved.ok())
        return about("--state-out", saved);
    if (status.ok() && target_)
      if (absl::Status said = fedrt::write_standard_output(target_->report(whole) + "\n");
          reported.ok())
        reported = said;
    for (const absl::Status& each : {status, reported, not_kept_})
      if (!each.ok()) return each;
    return target_ && !target_->reached() ? fedrt::kMissed : fedrt::kDone;
  }

  // Whether the target is reached.
  bool see(uint64_t round, const std::vector<Metric>& metrics, const std::string& prefix) {
    if (!target_) return false;
    for (const Metric& metric : metrics)
      if (prefix + metric.name == target_->metric()) target_->see(round, number_of(metric));
    return target_->reached();
  }

  // Writes the checkpoint. Where it cannot be written that is said once, and the rounds go on.
  // The round.
  uint64_t keep(const fedrt::Process& process, uint64_t round, fedrt::RoundReport* report) {
    if (flags_.checkpoint.empty()) return round;
    const Progress progress{round, table_.position(), target_ ? target_->save() : ""};
    const absl::Status status =
        about("--checkpoint", write_checkpoint(flags_.checkpoint, settings_, progress, process));
    if (status.ok() || !not_kept_.ok()) return round;
    not_kept_ = status;
    report->progress().note(absl::StrCat(
        "round ", round, ": warning: ", std::string(status.message()), "; the rounds go on"));
    return round;
  }

  std::shared_ptr<const fedrt::Program> program_;
  const std::string name_;
  const Flags& flags_;
  Arguments data_;
  std::optional<Arguments> held_;
  uint64_t cohort_ = 0;  // clients in a round
  std::optional<Target> target_;
  Settings settings_;
  fedrt::CsvWriter table_;
  absl::Status not_kept_;  // the first checkpoint that could not be written
};

}  // namespace

absl::StatusOr<int> run_process(std::shared_ptr<const fedrt::Program> program,
                                const std::string& name, const Flags& flags) {
  return ProcessRun(std::move(program), name, flags).run();
}

}  // namespace fedrun
