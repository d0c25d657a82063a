#include "runtime/report/rounds.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/report/metrics.h"
#include "runtime/report/remarks.h"

namespace fedrt {
void RoundReport::remark(uint64_t round, const Outcome& outcome, const proto::Manifest& manifest) {
  if (const std::string text = remarks(outcome, manifest); !text.empty())
    progress_.note(absl::StrCat("round ", round, ": ", text));
}

void RoundReport::round(uint64_t round, std::vector<Metric> metrics,
                        std::vector<Metric> evaluated) {
  const bool has_evaluation = !evaluated.empty() || forms_.empty();
  for (Metric& metric : evaluated) {
    metric.name = evaluated_name(metric.name);
    metrics.push_back(std::move(metric));
  }
  absl::Status shown = progress_.round(round, one_line(metrics, false), one_line(metrics, true));
  if (csv_.is_open())
    if (absl::Status written = write(round, metrics, has_evaluation); !written.ok())
      shown = std::move(written);
  latest_ = std::move(metrics);
  if (shown.ok() || !failure_.ok()) return;
  const std::string why(shown.message());
  progress_.note(absl::StrCat("round ", round, ": warning: ", why, "; the rounds go on"));
  failure_ = absl::UnavailableError(
      absl::StrCat("metrics are missing, the first of them of round ", round, ": ", why));
}

absl::Status RoundReport::finish() {
  progress_.stop();
  return failure_;
}

absl::Status RoundReport::write(uint64_t round, const std::vector<Metric>& metrics,
                                bool has_evaluation) {
  std::vector<Metric> missing;
  if (!has_evaluation)
    for (const Metric& form : forms_)
      missing.push_back({evaluated_name(form.name), form.tensor, form.fixed_size});
  if (!std::exchange(has_names_, true)) {
    std::vector<std::string> names = {"round"};
    std::vector<Metric> all = metrics;
    all.insert(all.end(), missing.begin(), missing.end());
    for (const Metric& metric : all) {
      if (is_summarised(metric))
        progress_.note(absl::StrCat("note: --metrics: `", metric.name, "` has ",
                                    metric.fixed_size ? "many elements" : "no fixed size",
                                    ": the table has its minimum, mean and maximum"));
      add_columns(metric, &names);
    }
    if (absl::Status status = csv_.row(names); !status.ok()) return status;
  }
  std::vector<std::string> cells = {std::to_string(round)};
  for (const Metric& metric : metrics) add_cells(metric, &cells);
  std::vector<std::string> empty;
  for (const Metric& metric : missing) add_columns(metric, &empty);
  cells.resize(cells.size() + empty.size());
  return csv_.row(cells);
}

}  // namespace fedrt
