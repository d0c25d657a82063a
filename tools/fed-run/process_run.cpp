#include "tools/fed-run/process_run.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/npz.h"
#include "runtime/program/exit.h"
#include "runtime/program/params.h"
#include "runtime/program/start_process.h"
#include "runtime/report/metrics.h"
#include "runtime/report/remarks.h"
#include "tools/fed-run/run.h"

namespace fedrun {

using fedrt::Metric;

absl::Status about(const std::string& flag, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(flag, ": ", std::string(status.message())));
}

absl::StatusOr<fedrt::AlignedBuffer> params_of(const Experiment& experiment,
                                               const SweepPoint& point) {
  std::map<std::string, std::string> values = experiment.flags->set;
  values.insert(point.begin(), point.end());
  absl::StatusOr<fedrt::AlignedBuffer> params =
      fedrt::make_params(experiment.program->manifest(), experiment.program->params(), values);
  if (params.ok()) return params;
  const std::string message(params.status().message()), set = "--set ";
  for (const auto& [name, value] : point)
    if (message.compare(0, set.size() + name.size() + 1, absl::StrCat(set, name, ":")) == 0)
      return absl::InvalidArgumentError(absl::StrCat("--sweep ", message.substr(set.size())));
  return params;
}

std::vector<Metric> metric_forms(const fedrt::Process& process, bool evaluates) {
  std::vector<Metric> forms = process.metric_forms(process.next_function());
  if (!evaluates) return forms;
  for (Metric& form : process.metric_forms(*process.evaluate_function())) {
    form.name = fedrt::evaluated_name(form.name);
    forms.push_back(std::move(form));
  }
  return forms;
}

absl::Status ProcessRun::run(fedrt::Simulation* simulation) {
  absl::StatusOr<fedrt::AlignedBuffer> params = params_of(experiment_, point_);
  if (!params.ok()) return params.status();
  absl::StatusOr<fedrt::Process> process =
      fedrt::Process::make(simulation, experiment_.name, &*params, flags_.seed);
  if (!process.ok()) return process.status();
  if (absl::Status status = start(&*process); !status.ok()) return status;
  return rounds(&*process, simulation);
}

// The first state, or that of the checkpoint.
absl::Status ProcessRun::start(fedrt::Process* process) {
  target_ = flags_.target;
  if (!flags_.checkpoint.empty())
    settings_ = settings_of(flags_, *experiment_.program, experiment_.name,
                            experiment_.data.clients, point_);
  const std::string checkpoint = path(flags_.checkpoint), metrics = path(flags_.metrics);
  const bool is_there = !checkpoint.empty() && access(checkpoint.c_str(), F_OK) == 0;
  const bool resumed = flags_.resume && is_there;
  fedrt::CsvPosition table;
  // The rounds of a run are not lost because a flag was forgotten.
  if (is_there && !flags_.resume)
    return absl::FailedPreconditionError(absl::StrCat("--checkpoint: ", checkpoint,
                                                      " is there already: go on with that run by "
                                                      "--resume, or name another file"));
  if (resumed) {
    if (absl::Status status = about("--resume", resume(process, &table)); !status.ok())
      return status;
  } else if (flags_.resume) {
    std::fprintf(stderr, "note: --resume: there is no %s: the run begins\n", checkpoint.c_str());
  }
  if (!metrics.empty())
    if (absl::Status status = about(
            "--metrics", table.bytes > 0 ? table_.resume(metrics, table) : table_.open(metrics));
        !status.ok())
      return status;
  if (resumed) return absl::OkStatus();
  if (absl::Status status =
          start_process(process, flags_.init, flags_.args, experiment_.data.clients);
      !status.ok())
    return status;
  if (const std::string remark = fedrt::restored_remark(*process);
      !flags_.init.empty() && !remark.empty())
    std::fprintf(stderr, "%s\n", remark.c_str());
  return absl::OkStatus();
}

absl::Status ProcessRun::resume(fedrt::Process* process, fedrt::CsvPosition* table) {
  const std::string checkpoint = path(flags_.checkpoint);
  absl::StatusOr<Progress> progress =
      read_checkpoint(checkpoint, settings_, experiment_.data.clients, process);
  if (!progress.ok()) return progress.status();
  if (progress->round > flags_.rounds)
    return absl::InvalidArgumentError(absl::StrCat(checkpoint, ": ", progress->round,
                                                   " rounds have ended, and --rounds says ",
                                                   flags_.rounds));
  if (target_)
    if (absl::Status status = target_->restore(progress->target); !status.ok())
      return about(checkpoint, status);
  *table = progress->table;
  latest_ = std::move(progress->latest);
  const std::vector<Metric> forms = metric_forms(*process, experiment_.held.has_value());
  for (Metric& metric : latest_)
    for (const Metric& form : forms)
      if (form.name == metric.name) metric.fixed_size = form.fixed_size;
  whole_ = kept_ = progress->round;
  std::fprintf(stderr, "note: --resume: going on after round %llu%s\n",
               static_cast<unsigned long long>(whole_),
               point_.empty() ? "" : absl::StrCat(" of ", checkpoint).c_str());
  return absl::OkStatus();
}

absl::Status ProcessRun::rounds(fedrt::Process* process, fedrt::Simulation* simulation) {
  fedrt::catch_signals();
  fedrt::Arguments& data = experiment_.data;
  std::optional<fedrt::Arguments>& held = experiment_.held;
  uint64_t work = experiment_.cohort * process->next_function().client->phase_count;
  if (held) work += held->clients * process->evaluate_function()->client->phase_count;
  fedrt::RoundReport report(flags_.rounds, work, &table_, /*lines=*/point_.empty());
  if (held) report.expect_evaluation(process->metric_forms(*process->evaluate_function()));
  simulation->count_into(report.progress().done());
  simulation->show_debug([&](const std::string& lines) { report.progress().note(lines); });
  absl::Status status;
  bool done = target_ && target_->reached();
  const uint64_t begun = whole_;  // rounds before these
  uint64_t round = whole_ + 1;
  for (; !done && round <= flags_.rounds; ++round) {
    std::vector<Metric> metrics, evaluated;
    fedrt::Outcome outcome;
    if (flags_.cohort)
      data.cohort = fedrt::draw_cohort(flags_.cohort_seed.value_or(flags_.seed), round,
                                       experiment_.cohort, data.clients);
    status = experiment_.data_host.fill(process->next_function(), round, &data);
    if (status.ok() && held)
      status = experiment_.held_host.fill(*process->evaluate_function(), round, &*held);
    if (!status.ok()) break;
    status = process->next(data, &metrics, &outcome);
    remark(round, outcome, process->next_function(), status.ok() ? &metrics : nullptr, data,
           &report);
    vacuous_ += status.ok() && fedrt::averaged_nothing(outcome);
    if (!status.ok()) break;
    done = see(round, metrics);
    if (held && (done || round % flags_.eval_every == 0 || round == flags_.rounds)) {
      status = process->evaluate(*held, &evaluated, &outcome);
      std::vector<Metric> named = evaluated;
      for (Metric& metric : named) metric.name = fedrt::evaluated_name(metric.name);
      remark(round, outcome, *process->evaluate_function(), status.ok() ? &named : nullptr, *held,
             &report);
      if (!status.ok()) break;
      done = see(round, named);
    }
    report.round(round, std::move(metrics), std::move(evaluated));
    latest_ = report.latest();
    whole_ = round;
    if (round % flags_.checkpoint_every == 0) keep(*process, &report);
  }
  if (vacuous_ > 1)
    report.progress().note(absl::StrCat("warning: in ", vacuous_, " of ", whole_ - begun,
                                        " rounds no client had a weight other than 0"));
  simulation->count_into(nullptr);
  simulation->show_debug(print_debug);
  // A round whose evaluation did not succeed is none to go on after.
  if (kept_ != whole_ && process->rounds() == whole_) keep(*process, &report);
  const absl::Status reported = report.finish();
  const std::string which = point_.empty() ? "" : to_string(point_) + ": ";
  if (absl::IsCancelled(status))
    status = absl::CancelledError(absl::StrCat(which, "cancelled in round ", round));
  else if (!status.ok())
    std::fprintf(stderr, "%sround %llu failed; the state is that before it\n", which.c_str(),
                 static_cast<unsigned long long>(round));
  // What was learned until then is not lost.
  if (!flags_.state_out.empty())
    if (absl::Status saved =
            about("--state-out", fedrt::write_npz(path(flags_.state_out), process->save()));
        !saved.ok())
      return saved;
  for (const absl::Status& each : {status, reported, not_kept_})
    if (!each.ok()) return each;
  return absl::OkStatus();
}

void ProcessRun::remark(uint64_t round, const fedrt::Outcome& outcome,
                        const fedrt::Computation& function, const std::vector<Metric>* metrics,
                        const fedrt::Arguments& arguments, fedrt::RoundReport* report) {
  report->remark(round, outcome, experiment_.program->manifest());
  if (metrics != nullptr && !experiment_.noted_nothing) {
    std::vector<std::string> nan;
    for (const Metric& metric : *metrics)
      if (metric.tensor.dims.empty() && std::isnan(fedrt::number_of(metric)))
        nan.push_back(metric.name);
    const std::string text =
        fedrt::nothing_remark(outcome, *function.manifest, experiment_.program->manifest(), nan);
    if (!text.empty()) report->progress().note(absl::StrCat("round ", round, ": ", text));
    experiment_.noted_nothing = !text.empty();
  }
  if (experiment_.noted_nan) return;
  const std::string note = note_of_nan(outcome, flags_, function, arguments);
  if (!note.empty()) report->progress().note(note);
  experiment_.noted_nan = !note.empty();
}

// Whether the target is reached.
bool ProcessRun::see(uint64_t round, const std::vector<Metric>& metrics) {
  if (!target_) return false;
  for (const Metric& metric : metrics)
    if (metric.name == target_->metric()) target_->see(round, number_of(metric));
  return target_->reached();
}

// Writes the checkpoint. Where it cannot be written that is said once, and the rounds go on.
void ProcessRun::keep(const fedrt::Process& process, fedrt::RoundReport* report) {
  kept_ = whole_;
  if (flags_.checkpoint.empty()) return;
  const Progress progress{whole_, table_.position(), latest_, target_ ? target_->save() : ""};
  const absl::Status status = about(
      "--checkpoint", write_checkpoint(path(flags_.checkpoint), settings_, progress, process));
  if (status.ok() || !not_kept_.ok()) return;
  not_kept_ = status;
  report->progress().note(absl::StrCat(
      "round ", whole_, ": warning: ", std::string(status.message()), "; the rounds go on"));
}

}  // namespace fedrun
