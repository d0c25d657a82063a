// What is shown and written of a process's rounds: lines or a bar, remarks, and the table of
// --metrics.
#ifndef RUNTIME_REPORT_ROUNDS_H_
#define RUNTIME_REPORT_ROUNDS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "proto/manifest.pb.h"
#include "runtime/data/csv.h"
#include "runtime/program/outcome.h"
#include "runtime/program/process.h"
#include "runtime/report/progress.h"

namespace fedrt {

// What a metric of evaluate is called beside those of next: "eval.loss"; "eval", where it is all
// that evaluate gives.
inline std::string evaluated_name(const std::string& name) {
  return name.empty() ? "eval" : "eval." + name;
}

class RoundReport {
 public:
  // `table`, open or not, must outlive it; one that has rows already has the columns' names.
  // `lines` as for Progress.
  RoundReport(uint64_t rounds, uint64_t clients_a_round, CsvWriter* table, bool lines = true)
      : progress_(rounds, clients_a_round, lines),
        csv_(*table),
        has_names_(table->position().bytes > 0) {}

  Progress& progress() { return progress_; }
  // Evaluation is not in every round: these are the forms of its metrics, whose cells in the table
  // are empty in the others.
  void expect_evaluation(std::vector<Metric> forms) { forms_ = std::move(forms); }

  // What the outcome of round `round` (from 1) is worth remarking upon, whether it succeeded or
  // not.
  void remark(uint64_t round, const Outcome& outcome, const proto::Manifest& manifest);
  // A round has succeeded, with its own metrics and those of its evaluation, if it had one. Where
  // they cannot be written that is said once: what was computed is worth more than its report.
  void round(uint64_t round, std::vector<Metric> metrics, std::vector<Metric> evaluated);
  // All metrics of the last round that has succeeded.
  const std::vector<Metric>& latest() const { return latest_; }
  // After the last round: fails if a report was lost.
  absl::Status finish();

 private:
  absl::Status write(uint64_t round, const std::vector<Metric>& metrics, bool has_evaluation);

  Progress progress_;
  CsvWriter& csv_;
  std::vector<Metric> latest_;
  absl::Status failure_;       // the first
  std::vector<Metric> forms_;  // of evaluation's metrics
  bool has_names_;
};

}  // namespace fedrt

#endif  // RUNTIME_REPORT_ROUNDS_H_
