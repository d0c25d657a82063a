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

// The parts of a struct that is written as `text`, with their names; none where there are not
// `count` of them, or they are not seen.
std::vector<std::string> parts_of(const std::string& text, size_t count);

// A pattern with an operand in the place of its `%`.
std::string filled(const std::string& pattern, const std::string& operand);

// A pattern with the arguments of a call: `$` stands for all of them, `&` for the values as one
// struct, `#` for the first of them, and `{f(#)}` for the struct of `f(#)` of each.
std::string called_as(const std::string& pattern, const std::vector<std::string>& values,
                      const std::vector<std::string>& named);

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_WRITTEN_H_
