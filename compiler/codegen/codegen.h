// Code generation: a lowered side (MLIR's LLVM dialect) to LLVM IR, assembly or an object, with the
// descriptor tables of runtime/abi/fed_abi.h and line tables of the .fed file.
#ifndef COMPILER_CODEGEN_CODEGEN_H_
#define COMPILER_CODEGEN_CODEGEN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/targets.h"
#include "compiler/lower/lower.h"
#include "compiler/resources/resources.h"
#include "compiler/timing/timing.h"
#include "mlir/IR/BuiltinOps.h"

namespace fedc {

enum class CodegenOutput { kObject, kAssembly, kLlvm };

struct CodegenOptions {
  // A name that find_target knows.
  std::string target = "x86_64-linux-gnu";
  // One of the target's named profiles: x86-64-v3 or x86-64-v4; armv8-a. Empty: the first, which
  // runs everywhere. Results do not depend on it.
  std::string cpu;
  Side side = Side::kClient;
  CodegenOutput output = CodegenOutput::kObject;
  // See add_lowering_passes. `tiles` are those of a processor (compiler/lower/tiles.h) that this
  // one need not be; empty: its own.
  int64_t part_operations = kPartOperations;
  int64_t poll_steps = kPollSteps;
  std::string tiles;
  StageTimes* times = nullptr;  // gets the stages of this side, where there is one
  // Serialised fed.proto.Manifest; goes into the server's object, and into the client's main.
  std::string manifest;
};

// What an object of a side takes, beyond what the manifest says.
struct CodeFacts {
  resources::Side side;
  // A computation: for each sequence the most passes that are open at the same time.
  std::vector<std::vector<uint32_t>> cursors;
};

// What `split` (a split module, left unchanged) compiles to for one side: the bytes of an object,
// or text. Nothing after reporting an error through the context's diagnostics.
std::optional<std::string> compile_side(mlir::ModuleOp split, const CodegenOptions& options,
                                        CodeFacts* facts = nullptr);

// The object with `main` that makes an executable of one side's object: it calls fed_server_main or
// fed_client_main (runtime/server/main.h, runtime/client_main/main.h) with the command line, the
// side's descriptor and the manifest. `program` is the program's name. Nothing, and `*error`, where
// the target has no machine code.
std::optional<std::string> main_object(const std::string& program, const CodegenOptions& options,
                                       std::string* error);

// The C identifier made of a program's name, which begins its objects' symbols.
std::string symbol_prefix(llvm::StringRef program);

}  // namespace fedc

#endif  // COMPILER_CODEGEN_CODEGEN_H_
