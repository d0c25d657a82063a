#include "runtime/report/remarks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "runtime/data/excerpt.h"
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

std::string idle_remark(const std::vector<uint64_t>& idle, uint64_t clients) {
  if (clients == 0) return "there are no clients";
  if (idle.empty()) return "";
  if (idle.size() == clients)
    return clients == 1 ? "the only client has no data"
                        : absl::StrCat("none of the ", clients, " clients has data");
  std::string names;
  for (size_t i = 0; i < std::min(idle.size(), kMostRefusals); ++i)
    absl::StrAppend(&names, i == 0 ? "" : ", ", idle[i]);
  return absl::StrCat(some_of(idle.size(), clients, false), idle.size() == 1 ? " has" : " have",
                      " no data (client", idle.size() == 1 ? " " : "s ", names,
                      idle.size() > kMostRefusals ? ", ...)" : ")");
}

namespace {

bool averaged_nothing(const Tally& phase) {
  return phase.weightless > 0 && phase.weightless == phase.accepted();
}

}  // namespace

bool averaged_nothing(const Outcome& outcome) {
  return std::any_of(outcome.phases.begin(), outcome.phases.end(),
                     [](const Tally& phase) { return averaged_nothing(phase); });
}

std::string nothing_remark(const Outcome& outcome, const proto::Computation& computation,
                           const proto::Manifest& manifest, const std::vector<std::string>& nan) {
  std::vector<std::string> places;
  uint64_t clients = 0;
  for (const proto::Aggregation& aggregation : computation.aggregations()) {
    const size_t phase = aggregation.level() - 1;
    if (phase >= outcome.phases.size() || !averaged_nothing(outcome.phases[phase])) continue;
    clients = std::max(clients, outcome.phases[phase].accepted());
    for (const proto::Reduction& reduction : aggregation.reductions())
      if (const std::string place = place_of(reduction.site(), manifest);
          reduction.has_weight() && std::find(places.begin(), places.end(), place) == places.end())
        places.push_back(place);
  }
  if (places.empty()) return "";
  return absl::StrCat(
      "warning: ",
      clients == 1 ? "the weights of the only client are 0"
                   : absl::StrCat("the weights of all ", clients, " clients are 0"),
      ", as those of a client without data: the means at ", absl::StrJoin(places, ", "),
      " are of nothing, and their `if_empty` stands for them",
      nan.empty() ? ""
                  : absl::StrCat("; ", list_names(nan), nan.size() == 1 ? " is" : " are", " NaN"));
}

}  // namespace fedrt
