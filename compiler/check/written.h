// Parts of the user's text, for hints that say what to write. (Inside compiler/check.)
#ifndef FEDC_COMPILER_CHECK_WRITTEN_H_
#define FEDC_COMPILER_CHECK_WRITTEN_H_

#include <string>
#include <vector>

namespace fedc::checking {

// A name, a field or a call: what binds more tightly than any operator. ("..." is none.)
bool is_tight(const std::string& text);
// Whether all of it is in one pair of parentheses.
bool is_struct(const std::string& text);
// The values in the text of a struct, `(a, b=f(x, y))`, without their names; none where the text is
// not one.
std::vector<std::string> values_in(const std::string& text);

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_WRITTEN_H_
