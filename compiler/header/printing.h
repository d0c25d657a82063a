// Text of C. (Inside compiler/header.)
#ifndef FEDC_COMPILER_HEADER_PRINTING_H_
#define FEDC_COMPILER_HEADER_PRINTING_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/header/api.h"

namespace fedc::header {

// A comment, broken at 100 columns; a newline in the text stays one.
std::string comment(const std::string& text, int indent = 0);

// The text with its declarations broken at 100 columns, after commas.
std::string broken(const std::string& text);

// `text` with each @key@ replaced.
std::string replaced(std::string_view text,
                     const std::vector<std::pair<std::string, std::string>>& keys);

// Of a leaf: "float32[?<=32,784], mnist.fed:12".
std::string described(const Api& api, const fed::proto::Leaf& leaf);

// The definitions of one computation's functions.
std::string definitions(const Api& api, const CComputation& computation);
// The definitions of sequence callbacks and what chooses between them.
std::string sequence_definitions(const Api& api);
// What checks and writes the parameters, and what reads them.
std::string params_definitions(const Api& api);

}  // namespace fedc::header

#endif  // FEDC_COMPILER_HEADER_PRINTING_H_
