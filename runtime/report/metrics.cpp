#include "runtime/report/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"

namespace fedrt {
namespace {

constexpr int kBriefDigits = 4;
constexpr int64_t kShown = 16, kBriefShown = 3;  // elements of a tensor on the screen
constexpr int64_t kColumns = 32;                 // of a tensor in the table, at most

std::string element(const Tensor& tensor, int64_t index, bool brief) {
  std::string value = print_element(tensor, static_cast<size_t>(index));
  if (brief && is_float(tensor.element) && value.size() > size_t{kBriefDigits} + 2) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*g", kBriefDigits, std::strtod(value.c_str(), nullptr));
    value = text;
  }
  return value;
}

double number(const Tensor& tensor, int64_t index) {
  const std::string text = print_element(tensor, static_cast<size_t>(index));
  if (text == "true") return 1;
  return text == "false" ? 0 : std::strtod(text.c_str(), nullptr);
}

std::string shortest(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char text[40];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

}  // namespace

std::string one_line(const std::vector<Metric>& metrics, bool brief) {
  std::string text;
  for (const Metric& metric : metrics) {
    absl::StrAppend(&text, text.empty() ? "" : " ", metric.name, metric.name.empty() ? "" : "=");
    if (metric.tensor.dims.empty()) {
      absl::StrAppend(&text, element(metric.tensor, 0, brief));
      continue;
    }
    const int64_t size = metric.tensor.size(), most = brief ? kBriefShown : kShown;
    text.push_back('[');
    for (int64_t i = 0; i < std::min(size, most); ++i)
      absl::StrAppend(&text, i == 0 ? "" : ",", element(metric.tensor, i, brief));
    if (size > most) absl::StrAppend(&text, ",... ", size);
    text.push_back(']');
  }
  return text;
}

double number_of(const Metric& metric) { return number(metric.tensor, 0); }

bool is_summarised(const Metric& metric) {
  return !metric.tensor.dims.empty() && (!metric.fixed_size || metric.tensor.size() > kColumns);
}

void add_columns(const Metric& metric, std::vector<std::string>* names) {
  if (metric.tensor.dims.empty()) return names->push_back(metric.name);
  if (is_summarised(metric)) {
    for (const char* what : {"min", "mean", "max"})
      names->push_back(absl::StrCat(what, "(", metric.name, ")"));
    return;
  }
  for (int64_t i = 0; i < metric.tensor.size(); ++i) {
    std::string index;
    int64_t rest = i;
    for (size_t d = metric.tensor.dims.size(); d-- > 0; rest /= metric.tensor.dims[d])
      index = absl::StrCat(rest % metric.tensor.dims[d], index.empty() ? "" : ",", index);
    names->push_back(absl::StrCat(metric.name, "[", index, "]"));
  }
}

void add_cells(const Metric& metric, std::vector<std::string>* cells) {
  const int64_t size = metric.tensor.size();
  if (!is_summarised(metric)) {
    for (int64_t i = 0; i < size; ++i) cells->push_back(element(metric.tensor, i, false));
    return;
  }
  double least = std::numeric_limits<double>::infinity(), most = -least, sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double value = number(metric.tensor, i);
    // A NaN anywhere is the answer to all three.
    least = std::isnan(value) || value < least ? value : least;
    most = std::isnan(value) || value > most ? value : most;
    sum += value;
    if (std::isnan(value)) break;
  }
  if (size == 0) return cells->insert(cells->end(), 3, ""), void();
  for (const double value : {least, sum / static_cast<double>(size), most})
    cells->push_back(shortest(value));
}

}  // namespace fedrt
