// "did you mean": the nearest of the names that could have been meant.
#ifndef FEDC_DIAGNOSTICS_SUGGEST_H_
#define FEDC_DIAGNOSTICS_SUGGEST_H_

#include <string>
#include <string_view>
#include <vector>

namespace fedc {

// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours; case
// counts half), or "" when none is near enough to be a slip. The first of equally near ones wins.
std::string nearest_name(std::string_view word, const std::vector<std::string_view>& candidates);

// The element type that other languages call `word` (`f32`, `double`, `int`, `string` ...), or "".
std::string element_type_called(std::string_view word);

}  // namespace fedc

#endif  // FEDC_DIAGNOSTICS_SUGGEST_H_
