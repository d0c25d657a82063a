#include "runtime/data/partition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/excerpt.h"

// Not on every machine would a product and a sum be rounded together.
#pragma STDC FP_CONTRACT OFF

namespace fedrt {
namespace {

constexpr double kLog2 = 0.693147180559945309417232121458;

// Where part `index` of `parts` equal ones of `size` begins.
uint64_t cut(uint64_t size, uint64_t index, uint64_t parts) {
  return static_cast<uint64_t>(static_cast<__uint128_t>(size) * index / parts);
}

// Logarithm and exponential by the operations that all machines round alike: libraries differ in
// the last bit. Accurate to a few units of it.
double log_of(double x) {  // x > 0 and finite
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.707106781186547524) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double series = 0;
  for (int n = 27; n >= 1; n -= 2) series = series * square + 1.0 / n;
  return 2 * s * series + exponent * kLog2;
}

double exp_of(double x) {  // x <= 0
  if (x < -700) return 0;
  const double k = std::floor(x / kLog2 + 0.5), r = x - k * kLog2;
  double series = 1;
  for (int n = 20; n >= 1; --n) series = 1 + r * series / n;
  return std::ldexp(series, static_cast<int>(k));
}

// Uniform in (0, 1).
double uniform(std::mt19937_64* rng) {
  return (static_cast<double>((*rng)() >> 11) + 0.5) * 0x1p-53;
}

// Standard normal, by the polar method: G. Marsaglia and T. A. Bray, SIAM Review 6(3), 1964. One of
// each pair is used.
double normal(std::mt19937_64* rng) {
  for (;;) {
    const double u = 2 * uniform(rng) - 1, v = 2 * uniform(rng) - 1;
    const double s = u * u + v * v;
    if (s < 1 && s > 0) return u * std::sqrt(-2 * log_of(s) / s);
  }
}

// The logarithm of a gamma variate: G. Marsaglia and W. W. Tsang, "A simple method for generating
// gamma variables", ACM TOMS 26(3), 2000, for shape + 1, and Gamma(a) = Gamma(a + 1) U^(1/a), whose
// values underflow for small shapes where their logarithms do not.
double log_gamma_variate(double shape, std::mt19937_64* rng) {
  const double d = shape + 2.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(rng), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root, log_v = log_of(v);
    if (log_of(uniform(rng)) < x * x / 2 + d - d * v + d * log_v)
      return log_of(d) + log_v + log_of(uniform(rng)) / shape;
  }
}

// What is left of each label, in order.
struct Stock {
  explicit Stock(size_t labels) : places(labels), taken(labels) {}
  std::vector<std::vector<uint32_t>> places;  // in the order
  std::vector<size_t> taken;

  size_t labels() const { return places.size(); }
  uint64_t left(size_t label) const { return places[label].size() - taken[label]; }
};

// A label that there is still one of, by weights; by what is left where those have none for it.
size_t draw_label(const Stock& stock, const std::vector<double>& weights, std::mt19937_64* rng) {
  double total = 0;
  uint64_t left = 0;
  for (size_t l = 0; l < stock.labels(); ++l) {
    left += stock.left(l);
    if (stock.left(l) > 0) total += weights[l];
  }
  if (total > 0) {
    double at = uniform(rng) * total;
    size_t last = 0;
    for (size_t l = 0; l < stock.labels(); ++l) {
      if (stock.left(l) == 0 || weights[l] == 0) continue;
      last = l;
      if (at < weights[l]) return l;
      at -= weights[l];
    }
    return last;  // of the rounding
  }
  uint64_t at = draw_below(rng, left);
  for (size_t l = 0;; ++l) {
    if (at < stock.left(l)) return l;
    at -= stock.left(l);
  }
}

// The places of each part from 0 to `end` - 1.
std::vector<std::vector<uint32_t>> dirichlet(double alpha, std::span<const uint32_t> order,
                                             std::span<const uint32_t> labels, uint32_t count,
                                             uint64_t parts, uint64_t end, std::mt19937_64* rng) {
  Stock stock(count);
  for (size_t p = 0; p < order.size(); ++p)
    stock.places[labels[order[p]]].push_back(static_cast<uint32_t>(p));
  std::vector<double> prior(count);
  for (size_t l = 0; l < stock.labels(); ++l)
    prior[l] = static_cast<double>(stock.places[l].size()) / static_cast<double>(order.size());
  std::vector<std::vector<uint32_t>> made(end);
  for (uint64_t part = 0; part < end; ++part) {
    const uint64_t size = cut(order.size(), part + 1, parts) - cut(order.size(), part, parts);
    if (size == 0) continue;
    std::vector<double> weights(count);
    double most = -std::numeric_limits<double>::infinity();
    for (size_t l = 0; l < stock.labels(); ++l)
      if (prior[l] > 0)
        most = std::max(most, weights[l] = log_gamma_variate(alpha * prior[l], rng));
    for (size_t l = 0; l < stock.labels(); ++l)
      weights[l] = prior[l] > 0 ? exp_of(weights[l] - most) : 0;
    for (uint64_t e = 0; e < size; ++e) {
      const size_t label = draw_label(stock, weights, rng);
      made[part].push_back(stock.places[label][stock.taken[label]++]);
    }
  }
  return made;
}

std::vector<std::vector<uint32_t>> by_labels(uint64_t each, std::span<const uint32_t> order,
                                             std::span<const uint32_t> labels, uint64_t parts,
                                             uint64_t end, std::mt19937_64* rng) {
  std::vector<uint32_t> sorted(order.size());
  std::iota(sorted.begin(), sorted.end(), 0u);
  std::sort(sorted.begin(), sorted.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(labels[order[a]], a) < std::pair(labels[order[b]], b);
  });
  const uint64_t shards = parts * each;
  std::vector<uint32_t> dealt(shards);
  std::iota(dealt.begin(), dealt.end(), 0u);
  shuffle(rng, dealt);
  std::vector<std::vector<uint32_t>> made(end);
  for (uint64_t s = 0; s < end * each; ++s)
    made[s / each].insert(made[s / each].end(),
                          sorted.begin() + cut(sorted.size(), dealt[s], shards),
                          sorted.begin() + cut(sorted.size(), dealt[s] + uint64_t{1}, shards));
  return made;
}

std::vector<std::vector<uint32_t>> by_column(std::span<const uint32_t> order,
                                             std::span<const uint32_t> ranks, uint64_t end) {
  std::vector<uint32_t> present;
  for (const uint32_t record : order) present.push_back(ranks[record]);
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  std::vector<std::vector<uint32_t>> made(end);
  for (size_t p = 0; p < order.size(); ++p) {
    const auto at = std::lower_bound(present.begin(), present.end(), ranks[order[p]]);
    if (const uint64_t part = static_cast<uint64_t>(at - present.begin()); part < end)
      made[part].push_back(static_cast<uint32_t>(p));
  }
  return made;
}

// "NUMBER" or "NUMBER:COLUMN".
template <typename T>
bool parse_by_label(std::string_view text, T* number, std::string* column) {
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    *column = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && !column->empty();
}

}  // namespace

absl::StatusOr<Partition> parse_partition(const std::string& text) {
  const std::string_view all = text,
                         labels = "labels:", by_draws = "dirichlet:", by_value = "column:";
  Partition partition;
  if (text == "iid") return partition;
  if (all.substr(0, labels.size()) == labels) {
    partition.kind = Partition::Kind::kLabels;
    partition.column = kLabelColumn;
    if (parse_by_label(all.substr(labels.size()), &partition.shards, &partition.column) &&
        partition.shards > 0)
      return partition;
  }
  if (all.substr(0, by_draws.size()) == by_draws) {
    partition.kind = Partition::Kind::kDirichlet;
    partition.column = kLabelColumn;
    if (parse_by_label(all.substr(by_draws.size()), &partition.alpha, &partition.column) &&
        partition.alpha >= 1e-6 && partition.alpha <= 1e6)
      return partition;
  }
  if (all.substr(0, by_value.size()) == by_value) {
    partition.kind = Partition::Kind::kColumn;
    partition.column = all.substr(by_value.size());
    if (!partition.column.empty()) return partition;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("partition: expected `iid`, `labels:K` (K from 1 on), `dirichlet:ALPHA` "
                   "(ALPHA from 0.000001 to 1000000) or `column:NAME`, found `",
                   excerpt(text, kMostQuotedWord), "`"));
}

std::string no_column(const Partition& partition, const std::vector<std::string>& names) {
  std::string text =
      absl::StrCat("there is no column `", excerpt(partition.column, kMostQuotedWord), "`; ",
                   names.empty() ? "the record has none" : "the columns are " + list_names(names));
  if (partition.column != kLabelColumn || names.empty()) return text;
  if (partition.kind == Partition::Kind::kLabels)
    absl::StrAppend(&text, "; partition=labels:", partition.shards, ":COLUMN goes by another");
  if (partition.kind == Partition::Kind::kDirichlet)
    absl::StrAppend(&text, "; partition=dirichlet:", partition.alpha, ":COLUMN goes by another");
  return text;
}

uint64_t draw_below(std::mt19937_64* rng, uint64_t below) {
  return static_cast<uint64_t>(static_cast<__uint128_t>((*rng)()) * below >> 64);
}

void shuffle(std::mt19937_64* rng, std::span<uint32_t> order) {
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw_below(rng, i)]);
}

absl::StatusOr<std::vector<uint32_t>> make_parts(const Partition& partition,
                                                 std::span<const uint32_t> order,
                                                 std::span<const uint32_t> ranks, uint64_t parts,
                                                 uint64_t first, uint64_t count,
                                                 std::mt19937_64* rng,
                                                 std::vector<uint64_t>* begins) {
  begins->assign(1, 0);
  if (partition.kind == Partition::Kind::kEven) {
    const uint64_t begin = cut(order.size(), first, parts);
    for (uint64_t c = 1; c <= count; ++c)
      begins->push_back(cut(order.size(), first + c, parts) - begin);
    return std::vector<uint32_t>(order.begin() + begin, order.begin() + begin + begins->back());
  }
  const uint64_t each = partition.kind == Partition::Kind::kLabels ? partition.shards : 1;
  if (parts > kMostParts / each)
    return absl::InvalidArgumentError(absl::StrCat("partition: ", each, " shards for each of ",
                                                   parts, " clients are more than ", kMostParts,
                                                   ", the most there can be"));
  // Only the parts up to ours: they are drawn one after the other.
  const uint64_t end = first + count;
  std::vector<std::vector<uint32_t>> made;
  if (partition.kind == Partition::Kind::kColumn) {
    made = by_column(order, ranks, end);
  } else {
    const uint32_t labels = ranks.empty() ? 0 : 1 + *std::max_element(ranks.begin(), ranks.end());
    if (labels > kMostLabels)
      return absl::InvalidArgumentError(
          absl::StrCat("partition: column `", excerpt(partition.column), "` has ", labels,
                       " values, more than the ", kMostLabels, " labels there can be"));
    made = partition.kind == Partition::Kind::kLabels
               ? by_labels(each, order, ranks, parts, end, rng)
               : dirichlet(partition.alpha, order, ranks, labels, parts, end, rng);
  }
  std::vector<uint32_t> examples;
  for (uint64_t part = first; part < first + count; ++part) {
    std::sort(made[part].begin(), made[part].end());
    for (const uint32_t place : made[part]) examples.push_back(order[place]);
    begins->push_back(examples.size());
  }
  return examples;
}

}  // namespace fedrt
