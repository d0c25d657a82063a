#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/npz.h"
#include "runtime/program/params.h"
#include "runtime/program/process.h"
#include "runtime/program/start_process.h"
#include "runtime/report/rounds.h"
#include "runtime/server/round.h"
#include "runtime/server/serve.h"

namespace fedrt {
namespace {

class ProcessServer {
 public:
  ProcessServer(const std::string& name, const ServerFlags& flags, NetworkServer* server)
      : name_(name), flags_(flags), server_(*server) {}

  absl::Status serve() {
    // Not after hours of rounds.
    if (!flags_.state_out.empty())
      if (absl::Status status = check_writable(flags_.state_out); !status.ok())
        return absl::UnavailableError(absl::StrCat("--state-out: ", std::string(status.message())));
    const Program& program = server_.program();
    absl::StatusOr<AlignedBuffer> params =
        make_params(program.manifest(), program.params(), flags_.set);
    if (!params.ok()) return params.status();
    absl::StatusOr<Process> process = Process::make(&server_, name_, &*params, flags_.seed);
    if (!process.ok()) return process.status();
    if (flags_.evaluate && process->evaluate_function() == nullptr)
      return absl::InvalidArgumentError(
          absl::StrCat("--evaluate: process `", name_, "` has no evaluate"));
    if (absl::Status status = check_process_args(*process, flags_.args, !flags_.init.empty());
        !status.ok())
      return status;
    absl::StatusOr<Arguments> data =
        server_arguments(process->next_function(), process->open_fields(process->next_function()),
                         flags_.args, true);
    if (!data.ok()) return data.status();
    absl::StatusOr<Arguments> held = Arguments();
    if (flags_.evaluate)
      held =
          server_arguments(*process->evaluate_function(),
                           process->open_fields(*process->evaluate_function()), flags_.args, true);
    if (!held.ok()) return held.status();
    for (const Computation* function :
         {&process->next_function(), flags_.evaluate ? process->evaluate_function() : nullptr})
      if (function != nullptr)
        if (absl::Status status =
                check_cohort(program.manifest(), *function->manifest, *flags_.clients);
            !status.ok())
          return status;
    if (!flags_.metrics.empty())
      if (absl::Status status = table_.open(flags_.metrics); !status.ok())
        return absl::UnavailableError(absl::StrCat("--metrics: ", std::string(status.message())));
    // The first state, too, is there before anybody comes, unless it is made over clients.
    const bool alone = !flags_.init.empty() ||
                       process->initialize_function().manifest->client().phases_size() == 0;
    if (!alone)
      if (absl::Status status = open_port(&server_); !status.ok()) return status;
    if (absl::Status status = start_process(&*process, flags_.init, flags_.args, 0); !status.ok())
      return status;
    if (const std::string remark = restored_remark(*process);
        !flags_.init.empty() && !remark.empty())
      std::fprintf(stderr, "%s\n", remark.c_str());
    if (alone)
      if (absl::Status status = open_port(&server_); !status.ok()) return status;
    return rounds(&*process, *data, *held);
  }

 private:
  absl::Status rounds(Process* process, const Arguments& data, const Arguments& held) {
    const auto phases = [](const Computation& function) {
      return static_cast<uint64_t>(function.manifest->client().phases_size());
    };
    uint64_t work = *flags_.clients * phases(process->next_function());
    if (flags_.evaluate) work += *flags_.clients * phases(*process->evaluate_function());
    RoundReport report(flags_.rounds, work, &table_);
    server_.count_into(report.progress().done());
    absl::Status status;
    uint64_t round = 1;
    for (; round <= flags_.rounds; ++round)
      if (status = one_round(round, process, data, held, &report); !status.ok()) break;
    server_.count_into(nullptr);
    const absl::Status reported = report.finish();
    if (absl::IsCancelled(status))
      status = absl::CancelledError(absl::StrCat("cancelled in round ", round));
    else if (!status.ok())
      std::fprintf(stderr, "round %llu failed; the state is that before it\n",
                   static_cast<unsigned long long>(round));
    // If no round was whole there is still the state to begin with.
    if (!status.ok() && !lost_)
      if (absl::Status saved = save(*process); !saved.ok()) return saved;
    return status.ok() ? reported : status;
  }

  absl::Status one_round(uint64_t round, Process* process, const Arguments& data,
                         const Arguments& held, RoundReport* report) {
    std::vector<Metric> metrics, evaluated;
    server_.label(round);
    const auto run = [&](auto&& function) {
      absl::Status status;
      Retries retries;
      do {
        const Counts::Snapshot before = server_.counts().snapshot();
        Outcome outcome;
        status = function(&outcome);
        report->remark(round, outcome, server_.program().manifest());
        if (const std::string refused = server_.counts().since(before); !refused.empty())
          report->progress().note(absl::StrCat("round ", round, ": met ", refused));
      } while (!status.ok() && retries.again(status));
      return status;
    };
    absl::Status status = run([&](Outcome* out) { return process->next(data, &metrics, out); });
    if (!status.ok()) return status;
    // Saved first: what clients commit is never of a round that the server has lost.
    if (status = save(*process); !status.ok()) {
      lost_ = true;
      server_.withdraw("the server could not save what the round made");
      return status;
    }
    server_.conclude();
    if (flags_.evaluate) {
      status = run([&](Outcome* out) { return process->evaluate(held, &evaluated, out); });
      if (!status.ok()) return status;
    }
    report->round(round, std::move(metrics), std::move(evaluated));
    return absl::OkStatus();
  }

  absl::Status save(const Process& process) const {
    if (flags_.state_out.empty()) return absl::OkStatus();
    absl::Status status = write_npz(flags_.state_out, process.save());
    if (status.ok()) return status;
    return absl::UnavailableError(absl::StrCat("--state-out: ", std::string(status.message())));
  }

  const std::string name_;
  const ServerFlags& flags_;
  NetworkServer& server_;
  CsvWriter table_;
  bool lost_ = false;  // a round succeeded and could not be saved: the file is that before it
};

}  // namespace

absl::Status serve_process(const std::string& process, const ServerFlags& flags,
                           NetworkServer* server) {
  return ProcessServer(process, flags, server).serve();
}

}  // namespace fedrt
