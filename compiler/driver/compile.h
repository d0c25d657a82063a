// The stages of one compilation as a library: what fedc, fed-run and tests run.
#ifndef FEDC_COMPILER_DRIVER_COMPILE_H_
#define FEDC_COMPILER_DRIVER_COMPILE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/check/core.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/pipeline/inspection.h"
#include "compiler/source/source.h"

namespace mlir {
class MLIRContext;
class ModuleOp;
}  // namespace mlir

namespace fed::proto {
class Manifest;
}

namespace fedc {

class StageTimes;

struct CompileOptions {
  // What client code is made for: see compiler/codegen/targets.h.
  std::string target = "x86_64-linux-gnu";
  // For which of its processors: see known_cpus() there. Empty: for all. In compile_shared what
  // this machine's code is made for.
  std::string cpu;
  // As in CheckOptions.
  std::map<std::string, std::string> defines;
  std::vector<std::string> import_path;
  // For a simulation. The program's hash is that of what is deployed, which has none of it.
  Inspection inspection;
  StageTimes* times = nullptr;  // gets every stage, where there is one
};

// Runs stages in their order: parse, check, emit, optimise, split, describe; code.h goes on from
// there. Each stage may be asked for once; it returns false when something was reported, and then
// no later one may be asked for. Stages run on a thread with a large stack, so that deeply nested
// programs are no danger.
//
// Errors that MLIR passes report become diagnostics at their place in the .fed file.
class Compilation {
 public:
  explicit Compilation(CompileOptions options = {});
  ~Compilation();
  Compilation(const Compilation&) = delete;
  Compilation& operator=(const Compilation&) = delete;

  // False without a diagnostic if the file cannot be read: `*error` then says why, in a form that
  // continues "cannot read `path`: ".
  bool parse_file(const std::string& path, std::string* error);
  bool parse_text(std::string path, std::string text);

  // The syntax tree exists after parsing even if there were errors; check() reports more of them in
  // the same run.
  bool check();
  bool emit();
  bool optimise();
  bool split();
  bool describe();  // makes the manifest

  const ast::Module& syntax() const;
  const core::Program& program() const;          // after check()
  mlir::ModuleOp module();                       // after emit(): as the last stage left it
  const fed::proto::Manifest& manifest() const;  // after describe()
  mlir::MLIRContext& context();

  // The module as text; with `locations`, names and places too.
  std::string module_text(bool locations);

  // Whether the split module is another than the one that is deployed, for the options' inspection.
  bool is_inspected() const;

  const CompileOptions& options() const;
  const std::string& path() const;  // of the file, after parsing
  SourceManager& sources();
  DiagnosticEngine& diagnostics();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_COMPILE_H_
