// For tests: compiles a split module (MLIR text) to an object or text.
//   compile-split IN.mlir --side=client|server --target=T --cpu=P --emit=obj|asm|llvm -o OUT
#include <fstream>
#include <iostream>

#include "compiler/codegen/codegen.h"
#include "compiler/manifest/manifest.h"
#include "compiler/pipeline/pipeline.h"
#include "llvm/ADT/StringRef.h"
#include "mlir/Parser/Parser.h"

int main(int argc, char** argv) {
  std::string input, output, emit = "obj";
  fedc::CodegenOptions options;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef word = argv[i];
    if (word == "-o")
      output = argv[++i];
    else if (word.consume_front("--side="))
      options.side = word == "server" ? fedc::Side::kServer : fedc::Side::kClient;
    else if (word.consume_front("--target="))
      options.target = word.str();
    else if (word.consume_front("--cpu="))
      options.cpu = word.str();
    else if (word.consume_front("--emit="))
      emit = word.str();
    else
      input = word.str();
  }
  mlir::DialectRegistry registry;
  fedc::register_dialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(input, &context);
  if (!module) return 1;
  auto manifest = fedc::manifest::build_manifest(*module);
  if (mlir::failed(manifest)) return 1;
  options.manifest = manifest->SerializeAsString();
  if (emit == "asm") options.output = fedc::CodegenOutput::kAssembly;
  if (emit == "llvm") options.output = fedc::CodegenOutput::kLlvm;
  auto bytes = fedc::compile_side(*module, options);
  if (!bytes) return 1;
  std::ofstream(output, std::ios::binary) << *bytes;
  return 0;
}
