// The leaves that a report lists, those of a struct as one where the same is said of all of them.
// (Inside compiler/manifest.)
#ifndef FEDC_COMPILER_MANIFEST_REPORT_ITEMS_H_
#define FEDC_COMPILER_MANIFEST_REPORT_ITEMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fedc::manifest {

// A leaf, and what becomes of it.
struct ReportItem {
  std::string name;  // "r.delta.first.w"
  std::string type;  // "float32[784,10]"
  uint64_t bytes = 0;
  std::string place;                 // or ""
  std::string more;                  // behind the place: "kept between rounds", or ""
  std::vector<std::string> becomes;  // a line each
};

// A line of the report and how much it is indented under the list.
struct ReportLine {
  int depth = 0;
  std::string text;
};

// The lines of a list. All leaves of a struct of which the same is said, at the same place, are one
// entry, the largest such struct. What is said of a leaf may name others whose paths end as its own
// does: of `state.w` and `state.b` that they are made of `model.w` and `model.b`; of `state` that
// is `model.*`.
std::vector<ReportLine> lines_of(const std::vector<ReportItem>& items);

// What the lines about where a value comes from begin with; sources follow.
inline constexpr std::string_view kMadeOf = "made of ", kComputedFrom = "computed from ",
                                  kNextFrom = "its next value is computed from ";

// Fewer leaves are named.
inline constexpr ptrdiff_t kLeastCollapsed = 3;

// "a.x, a.y, a.z, b" as "all 3 of a, b" where `all` has no other leaf of `a`. Words may stand
// behind the paths, "a.x (from the server)", and leaves with other words are others.
std::vector<std::string> collapsed(const std::vector<std::string>& names,
                                   const std::vector<std::string>& all);

std::string bytes_text(uint64_t count);  // "1 byte", "8 bytes"

}  // namespace fedc::manifest

#endif  // FEDC_COMPILER_MANIFEST_REPORT_ITEMS_H_
