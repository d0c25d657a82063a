// `fedc --explain`: what a kind of diagnostic means, with a wrong and a right program.
#ifndef FEDC_DIAGNOSTICS_EXPLAIN_H_
#define FEDC_DIAGNOSTICS_EXPLAIN_H_

#include <optional>
#include <string>
#include <string_view>

namespace fedc {

// `word` is a code, `F0226`, or an id, `shape-mismatch`. Nothing, and what is wrong in `*error`, if
// there is no such kind. A kind without a text in explanations/ is explained by its name alone.
std::optional<std::string> explanation(std::string_view word, std::string* error);

}  // namespace fedc

#endif  // FEDC_DIAGNOSTICS_EXPLAIN_H_
