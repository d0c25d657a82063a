#include "tools/fed-run/sweep.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace fedrun {
namespace {

constexpr size_t kMostRuns = 100000;

}  // namespace

absl::StatusOr<SweepAxis> parse_sweep(const std::string& text) {
  const size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0)
    return absl::InvalidArgumentError(
        absl::StrCat("expected NAME=VALUE,VALUE..., found `", text, "`"));
  SweepAxis axis{text.substr(0, sign), {}};
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
