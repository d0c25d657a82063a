// Parts of the user's text, for hints that say what to write. (Inside compiler/check.)
#ifndef FEDC_COMPILER_CHECK_WRITTEN_H_
#define FEDC_COMPILER_CHECK_WRITTEN_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/source/source.h"

namespace fedc::checking {

// With each run of spaces and ends of lines as one space.
std::string one_line(std::string_view text);

// A name, a field or a call: what binds more tightly than any operator. ("..." is none.)
bool is_tight(const std::string& text);
// Whether all of it is in one pair of parentheses.
bool is_struct(const std::string& text);
// What is called in the text of a call, `o.next` of `o.next(x)`, or of a function alone; "" where
// that is no name or field.
std::string called_head(const std::string& text);
// Whether the text from `begin` to `end` is an operand there: an operator or a `.` is beside it.
bool is_operand(std::string_view source, size_t begin, size_t end);
// Where what is from `begin` to `end` begins and ends with the parentheses that belong to its
// parts:
// `(a + b) * c`, whose first operand begins behind its parenthesis.
std::pair<size_t, size_t> balanced(std::string_view source, size_t begin, size_t end);
// Whether all of `inner` is in `outer`.
bool holds(SourceRange outer, SourceRange inner);
// The text of an expression, on one line; "..." where it is long.
std::string written(const SourceManager& sources, SourceRange range);
// The text of `whole` with `by` in the place of `part`: what is underlined, as it is to be written.
// `by` alone where `part` is not in it, or it is long.
std::string replaced(const SourceManager& sources, SourceRange whole, SourceRange part,
                     const std::string& by);
// In parentheses where an operator beside `at` would take it apart.
std::string standing(const SourceManager& sources, SourceRange at, const std::string& text);
// The values in the text of a struct, `(a, b=f(x, y))`, without their names; none where the text is
// not one.
std::vector<std::string> values_in(const std::string& text);

// The parts of a struct that is written as `text`, with their names; none where there are not
// `count` of them, or they are not seen.
std::vector<std::string> parts_of(const std::string& text, size_t count);

// The type `nn.Norm<float32,16>` with another number in the place of the one at `index` of the
// `count` that stand in its `< >`; "" where it has not as many.
std::string with_number(const std::string& type, size_t count, size_t index,
                        const std::string& value);

// A pattern with an operand in the place of its `%`.
std::string filled(const std::string& pattern, const std::string& operand);

// A pattern with the arguments of a call: `$` stands for all of them, `&` for the values as one
// struct, `#` for the first of them, and `{f(#)}` for the struct of `f(#)` of each.
std::string called_as(const std::string& pattern, const std::vector<std::string>& values,
                      const std::vector<std::string>& named);

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_WRITTEN_H_
