// The one layout of .fed files: what fed-fmt writes.
#ifndef FEDC_FORMAT_FORMAT_H_
#define FEDC_FORMAT_FORMAT_H_

#include <optional>
#include <string>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/source/source.h"

namespace fedc {

// Columns that a line has at most, where it can be broken.
inline constexpr int kFormatWidth = 100;

// The file's text in its layout. Its tokens stay as they are, but for commas behind the last of
// several; its comments stay in order, each before the token that it stood before. Formatting what
// comes out changes nothing.
//
// Nothing, with diagnostics, if the file has syntax errors. Nothing without any means a mistake of
// the formatter: the layout would have changed the program.
std::optional<std::string> format(const SourceManager& sources, FileId file,
                                  DiagnosticEngine& diagnostics);

}  // namespace fedc

#endif  // FEDC_FORMAT_FORMAT_H_
