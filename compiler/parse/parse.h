// From the text of a file to its syntax tree.
#ifndef FEDC_PARSE_PARSE_H_
#define FEDC_PARSE_PARSE_H_

#include <memory>

#include "compiler/ast/ast.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/source/source.h"

namespace fedc {

struct ParseOptions {
  bool prelude = false;  // `op` and `intrinsic` declarations are allowed
};

// Never fails: what cannot be parsed is reported and stands in the tree as Error nodes, or is left
// out. Linear in the length of the file. The tree owns its text: `sources` need not outlive it.
std::unique_ptr<ast::Module> parse(const SourceManager& sources, FileId file,
                                   DiagnosticEngine& diagnostics, ParseOptions options = {});

}  // namespace fedc

#endif  // FEDC_PARSE_PARSE_H_
