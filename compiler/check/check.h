// From syntax trees to core: names, types, placements, specialisation.
#ifndef FEDC_COMPILER_CHECK_CHECK_H_
#define FEDC_COMPILER_CHECK_CHECK_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/check/core.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/source/source.h"

namespace fedc {

struct CheckOptions {
  // Values for the constants of the main file, instead of those written there: name -> number or
  // `true` or `false`.
  std::map<std::string, std::string> defines;
  // Folders that `import "x.fed"` looks in after the importing file's own.
  std::vector<std::string> import_path;
};

// Checks a parsed file and what it imports (read through `sources`). Null exactly when the
// diagnostics have errors, those of the parser included. `module` need not outlive the call.
std::unique_ptr<core::Program> check(const ast::Module& module, SourceManager& sources,
                                     DiagnosticEngine& diagnostics,
                                     const CheckOptions& options = {});

}  // namespace fedc

#endif  // FEDC_COMPILER_CHECK_CHECK_H_
