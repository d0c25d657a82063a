#include "compiler/check/check.h"

#include "compiler/check/checker.h"

namespace fedc {

std::unique_ptr<core::Program> check(const ast::Module& module, SourceManager& sources,
                                     DiagnosticEngine& diagnostics, const CheckOptions& options) {
  return checking::Checker(sources, diagnostics, options).run(module);
}

}  // namespace fedc
