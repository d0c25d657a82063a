// What tests of the checker share.
#ifndef FEDC_COMPILER_CHECK_TESTING_H_
#define FEDC_COMPILER_CHECK_TESTING_H_

#include <memory>
#include <string>

#include "compiler/check/check.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/parse/parse.h"
#include "compiler/source/source.h"

namespace fedc::testing {

// One compilation of a text.
struct Checked {
  SourceManager sources;
  DiagnosticEngine diagnostics;
  std::unique_ptr<core::Program> program;

  explicit Checked(const std::string& text, const CheckOptions& options = {},
                   const std::string& path = "test.fed") {
    FileId file = sources.add_file(path, text);
    auto module = parse(sources, file, diagnostics);
    program = check(*module, sources, diagnostics, options);
  }
  std::string errors() const { return diagnostics.to_string(sources); }
  // The program's text, or the errors.
  std::string text() const { return program == nullptr ? errors() : core::print(*program); }
  // `kind: message` of each diagnostic, a line each.
  std::string summary() const {
    std::string out;
    for (const Diagnostic* d : diagnostics.sorted()) {
      out += std::string(id_of(d->kind)) + ": " + d->message + "\n";
    }
    return out;
  }
  // The text of one function.
  std::string function(const std::string& name) const {
    if (program == nullptr) return errors();
    for (const core::Function* f : program->functions) {
      if (f->name == name) return core::print(*f);
    }
    return "there is no " + name + "\n" + text();
  }
};

}  // namespace fedc::testing

#endif  // FEDC_COMPILER_CHECK_TESTING_H_
