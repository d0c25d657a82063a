#include "runtime/report/remarks.h"

#include "absl/strings/str_cat.h"
#include "runtime/program/describe.h"

namespace fedrt {

std::string remarks(const Outcome& outcome, const proto::Manifest& manifest) {
  std::string text;
  for (size_t phase = 0; phase < outcome.phases.size(); ++phase) {
    const Tally& tally = outcome.phases[phase];
    if (tally.rejected() == 0) continue;
    std::string reasons;
    for (int reason = 1; reason < Tally::kReasons; ++reason)
      if (tally.by_reason[reason] != 0)
        absl::StrAppend(&reasons, reasons.empty() ? "" : ", ", tally.by_reason[reason], " ",
                        std::string(reason_name(reason)));
    absl::StrAppend(&text, text.empty() ? "" : "\n", "warning: phase ", phase + 1, ": ",
                    tally.rejected(), " of ", tally.accepted() + tally.rejected(),
                    " clients were not added: ", reasons);
  }
  if (outcome.failed_clients != 0) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", "warning: ", outcome.failed_clients, " of ",
                    outcome.finished.size(), " clients failed and dropped out");
    if (outcome.first_failure)
      absl::StrAppend(&text, ", the first with\n", describe(*outcome.first_failure, manifest));
  }
  if (outcome.late_clients != 0)
    absl::StrAppend(&text, text.empty() ? "" : "\n", "warning: ", outcome.late_clients, " of ",
                    outcome.finished.size(), " clients did not answer within the time limit");
  return text;
}

}  // namespace fedrt
