#include "runtime/report/rounds.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/report/metrics.h"
#include "runtime/report/remarks.h"

namespace fedrt {
namespace {

constexpr char kEvaluated[] = "eval.";  // before the names of evaluate's metrics

}  // namespace

void RoundReport::remark(uint64_t round, const Outcome& outcome, const proto::Manifest& manifest) {
  if (const std::string text = remarks(outcome, manifest); !text.empty())
    progress_.note(absl::StrCat("round ", round, ": ", text));
}

absl::Status RoundReport::round(uint64_t round, std::vector<Metric> metrics,
                                std::vector<Metric> evaluated) {
  for (Metric& metric : evaluated) {
    metric.name = kEvaluated + metric.name;
    metrics.push_back(std::move(metric));
  }
  progress_.round(round, one_line(metrics, false), one_line(metrics, true));
  return csv_.is_open() ? write(round, metrics) : absl::OkStatus();
}

absl::Status RoundReport::write(uint64_t round, const std::vector<Metric>& metrics) {
  if (!std::exchange(has_names_, true)) {
    std::vector<std::string> names = {"round"};
    for (const Metric& metric : metrics) {
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
  return csv_.row(cells);
}

}  // namespace fedrt
