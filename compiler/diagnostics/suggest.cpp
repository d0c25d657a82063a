#include "compiler/diagnostics/suggest.h"

#include <algorithm>
#include <cctype>
#include <climits>
#include <utility>

namespace fedc {
namespace {

// Names longer than this are not worth the quadratic comparison.
constexpr size_t kLongest = 64;

// Edit distance in half steps: an insertion, deletion, replacement or swap of neighbours is 2, a
// difference in case 1.
int distance(std::string_view a, std::string_view b) {
  std::vector<int> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(2 * j);
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = static_cast<int>(2 * i);
    for (size_t j = 1; j <= b.size(); ++j) {
      int change = 2;
      if (a[i - 1] == b[j - 1]) {
        change = 0;
      } else if (std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                 std::tolower(static_cast<unsigned char>(b[j - 1]))) {
        change = 1;
      }
      next[j] = std::min({row[j - 1] + change, row[j] + 2, next[j - 1] + 2});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        next[j] = std::min(next[j], before[j - 2] + 2);
      }
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

// The length of the words, each with the `_` behind it, with which both begin.
size_t shared_words(std::string_view a, std::string_view b) {
  size_t shared = 0;
  for (size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i) {
    if (a[i] == '_') shared = i + 1;
  }
  return shared;
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > kLongest) return "";
  int best = INT_MAX;
  std::string_view nearest;
  for (std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongest || candidate == word) continue;
    // The first word of several, as in `federated_mean`, says little: what differs counts.
    const size_t shared = shared_words(word, candidate);
    // A slip changes about one character in three; short words must agree almost wholly.
    const int most = static_cast<int>(2 * std::max<size_t>(1, (word.size() - shared) / 3));
    // Nothing in common is no slip: `x` is not `y`.
    const int d = distance(word, candidate);
    if (d >= static_cast<int>(2 * (std::max(word.size(), candidate.size()) - shared))) continue;
    if (d <= most && d < best) {
      best = d;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

std::string element_type_called(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"bf16", "bfloat16"},   {"boolean", "bool"}, {"byte", "uint8"},  {"char", "uint8"},
      {"double", "float64"},  {"f16", "float16"},  {"f32", "float32"}, {"f64", "float64"},
      {"float", "float32"},   {"half", "float16"}, {"i1", "bool"},     {"i16", "int16"},
      {"i32", "int32"},       {"i64", "int64"},    {"i8", "int8"},     {"int", "int32"},
      {"integer", "int32"},   {"long", "int64"},   {"short", "int16"}, {"str", "uint8[n]"},
      {"string", "uint8[n]"}, {"u16", "uint16"},   {"u32", "uint32"},  {"u64", "uint64"},
      {"u8", "uint8"},        {"uint", "uint32"},
  };
  for (const auto& [name, type] : kNames) {
    if (name == word) return std::string(type);
  }
  return "";
}

}  // namespace fedc
