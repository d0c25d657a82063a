// Places, as ranges of the text.
#ifndef FEDC_COMPILER_DRIVER_WORDS_H_
#define FEDC_COMPILER_DRIVER_WORDS_H_

#include <string_view>

#include "compiler/source/source.h"

namespace fedc {

// The word or number that stands at a line and column (from 1, in characters) of a file, or one
// character; invalid where the file is not known or has no such line.
SourceRange word_at(const SourceManager& sources, std::string_view path, unsigned line,
                    unsigned column);

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_WORDS_H_
