#include "tools/fed-run/sweep.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace fedrun {
namespace {

constexpr size_t kMostRuns = 100000;

// The list that `values` is meant to be, where it is written as other languages have lists, with
// brackets, spaces or a colon; "" where it is not.
std::string written_otherwise(const std::string& values) {
  if (values.find(':') != std::string::npos && values.find('"') == std::string::npos)
    return "V,W,... with every value";
  if (values.find_first_of("[](){} ;") == std::string::npos) return "";
  std::string list;
  for (const char c : values) {
    const bool between = c == ',' || c == ' ' || c == ';';
    if (between && !list.empty() && list.back() != ',') list.push_back(',');
    if (!between && std::string_view("[](){}").find(c) == std::string_view::npos) list.push_back(c);
  }
  if (!list.empty() && list.back() == ',') list.pop_back();
  return list.empty() ? "V,W" : list;
}

}  // namespace

absl::StatusOr<SweepAxis> parse_sweep(const std::string& text) {
  const size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0)
    return absl::InvalidArgumentError(
        absl::StrCat("expected NAME=VALUE,VALUE..., such as rate=0.1,0.2, found `", text, "`"));
  SweepAxis axis{text.substr(0, sign), {}};
  if (const std::string list = written_otherwise(text.substr(sign + 1)); !list.empty())
    return absl::InvalidArgumentError(absl::StrCat("the values of `", axis.parameter,
                                                   "` are a list with commas alone: write --sweep ",
                                                   axis.parameter, "=", list));
  for (size_t begin = sign + 1, end = 0; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find(',', begin), text.size());
    const std::string value = text.substr(begin, end - begin);
    if (value.empty())
      return absl::InvalidArgumentError(absl::StrCat("a value is missing in `", text, "`"));
    if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end())
      return absl::InvalidArgumentError(absl::StrCat("`", value, "` stands twice in `", text, "`"));
    axis.values.push_back(value);
  }
  return axis;
}

absl::StatusOr<std::vector<SweepPoint>> sweep_points(const std::vector<SweepAxis>& axes) {
  std::vector<SweepPoint> points(1);
  for (const SweepAxis& axis : axes) {
    if (points.size() * axis.values.size() > kMostRuns)
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMostRuns, " combinations, the most there can be"));
    std::vector<SweepPoint> longer;
    for (const SweepPoint& point : points)
      for (const std::string& value : axis.values) {
        longer.push_back(point);
        longer.back().emplace_back(axis.parameter, value);
      }
    points = std::move(longer);
  }
  return points;
}

std::string to_string(const SweepPoint& point, const std::string& separator) {
  std::string text;
  for (const auto& [name, value] : point)
    absl::StrAppend(&text, text.empty() ? "" : separator, name, "=", value);
  return text;
}

std::string path_of(const std::string& path, const SweepPoint& point) {
  if (path.empty() || point.empty()) return path;
  const size_t slash = path.rfind('/'), name = slash == std::string::npos ? 0 : slash + 1;
  const size_t dot = path.rfind('.');
  const size_t stem = dot != std::string::npos && dot > name ? dot : path.size();
  return absl::StrCat(path.substr(0, stem), "-", to_string(point), path.substr(stem));
}

}  // namespace fedrun
