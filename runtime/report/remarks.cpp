#include "runtime/report/remarks.h"

#include "absl/strings/str_cat.h"
#include "runtime/program/describe.h"

namespace fedrt {

namespace {

// "1 of 3 clients was", "2 of 3 clients were", "1 of 1 client was".
std::string some_of(uint64_t some, uint64_t all, bool verb) {
  return absl::StrCat(some, " of ", all, all == 1 ? " client" : " clients",
                      !verb       ? ""
                      : some == 1 ? " was"
                                  : " were");
}

// " (clients 3, 4, ...)", where that is known.
std::string who(const Outcome& outcome, size_t phase, int32_t reason, uint64_t count) {
  std::string clients;
  uint64_t named = 0;
  for (const Refusal& refusal : outcome.refused)
    if (refusal.phase == phase && refusal.reason == reason)
      absl::StrAppend(&clients, named++ == 0 ? "" : ", ", refusal.client);
  if (named == 0) return "";
  return absl::StrCat(count == 1 ? " (client " : " (clients ", clients,
                      named < count ? ", ...)" : ")");
}

}  // namespace

std::string remarks(const Outcome& outcome, const proto::Manifest& manifest) {
  std::string text;
  for (size_t phase = 0; phase < outcome.phases.size(); ++phase) {
    const Tally& tally = outcome.phases[phase];
    if (tally.rejected() == 0) continue;
    std::string reasons;
    for (int reason = 1; reason < Tally::kReasons; ++reason)
      if (tally.by_reason[reason] != 0)
        absl::StrAppend(&reasons, reasons.empty() ? "" : ", ", tally.by_reason[reason], " ",
                        std::string(reason_name(reason)),
                        who(outcome, phase + 1, reason, tally.by_reason[reason]));
    absl::StrAppend(&text, text.empty() ? "" : "\n", "warning: phase ", phase + 1, ": ",
                    some_of(tally.rejected(), tally.accepted() + tally.rejected(), true),
                    " not added: ", reasons);
  }
  if (outcome.failed_clients != 0) {
    absl::StrAppend(&text, text.empty() ? "" : "\n",
                    "warning: ", some_of(outcome.failed_clients, outcome.finished.size(), false),
                    " failed and dropped out");
    if (outcome.first_failure)
      absl::StrAppend(&text, ", the first with\n", describe(*outcome.first_failure, manifest));
  }
  if (outcome.late_clients != 0)
    absl::StrAppend(&text, text.empty() ? "" : "\n",
                    "warning: ", some_of(outcome.late_clients, outcome.finished.size(), false),
                    " did not answer within the time limit");
  return text;
}

}  // namespace fedrt
