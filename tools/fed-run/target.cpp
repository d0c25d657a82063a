#include "tools/fed-run/target.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace fedrun {
namespace {

// The fewest digits that read back as the same value.
std::string shortest(double value) {
  char text[40];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

}  // namespace

absl::StatusOr<Target> Target::parse(const std::string& text) {
  Target target;
  target.text_ = text;
  const size_t sign = text.find_first_of("<>");
  if (sign != std::string::npos && sign > 0 && text.compare(sign + 1, 1, "=") == 0) {
    target.metric_ = text.substr(0, sign);
    target.least_ = text[sign] == '>';
    const char *begin = text.data() + sign + 2, *end = text.data() + text.size();
    const auto [at, error] = std::from_chars(begin, end, target.wanted_);
    if (error == std::errc() && at == end && std::isfinite(target.wanted_)) return target;
  }
  std::string meant;
  if (sign != std::string::npos && sign > 0 && text.compare(sign + 1, 1, "=") != 0) {
    const std::string fixed = absl::StrCat(text.substr(0, sign + 1), "=", text.substr(sign + 1));
    if (parse(fixed).ok()) meant = absl::StrCat("; write --target='", fixed, "'");
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "expected METRIC>=NUMBER or METRIC<=NUMBER, such as 'eval.accuracy>=0.97', found `", text,
      "`", meant));
}

bool Target::see(uint64_t round, double value) {
  if (reached_ || std::isnan(value)) return reached_;
  const bool better = !any_ || (least_ ? value > best_ : value < best_);
  if (least_ ? value >= wanted_ : value <= wanted_) {
    reached_ = true;
    // Within the step from the best value so far to this one; the first value has none before it.
    const double part = any_ && std::isfinite(best_) && std::isfinite(value)
                            ? (wanted_ - best_) / (value - best_)
                            : 1;
    interpolated_ =
        any_ ? static_cast<double>(seen_round_) + part * static_cast<double>(round - seen_round_)
             : static_cast<double>(round);
  }
  if (better) {
    best_ = value;
    best_round_ = round;
  }
  any_ = true;
  seen_round_ = round;
  return reached_;
}

std::string Target::report(uint64_t rounds) const {
  char crossing[40];
  std::snprintf(crossing, sizeof crossing, "%.2f", interpolated_);
  if (reached_)
    return absl::StrCat("target ", text_, " reached in round ", best_round_, ", interpolated ",
                        crossing, ": ", metric_, "=", shortest(best_));
  return absl::StrCat("target ", text_, " not reached in ", rounds, " rounds",
                      any_ ? absl::StrCat(": the best is ", metric_, "=", shortest(best_),
                                          " in round ", best_round_)
                           : absl::StrCat(": ", metric_, " had no value"));
}

std::string Target::save() const {
  return absl::StrCat(any_ ? 1 : 0, " ", reached_ ? 1 : 0, " ", seen_round_, " ", best_round_, " ",
                      shortest(best_), " ", shortest(interpolated_));
}

absl::Status Target::restore(const std::string& text) {
  std::istringstream stream(text);
  std::string best, interpolated, more;
  const auto number = [](const std::string& word, double* out) {
    const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), *out);
    return error == std::errc() && at == word.data() + word.size();
  };
  if (stream >> any_ >> reached_ >> seen_round_ >> best_round_ >> best >> interpolated &&
      number(best, &best_) && number(interpolated, &interpolated_) && !(stream >> more))
    return absl::OkStatus();
  return absl::InvalidArgumentError("what it says of the target cannot be read");
}

}  // namespace fedrun
