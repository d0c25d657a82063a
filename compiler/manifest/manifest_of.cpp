// manifest-of [--report] FILE|-: the manifest of a split module as text, or its privacy report.
// What tests read; fedc does the same from a `.fed` file.
#include <cstdio>
#include <string_view>

#include "compiler/manifest/manifest.h"
#include "compiler/manifest/report.h"
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

int main(int argc, char** argv) {
  bool report = argc > 1 && std::string_view(argv[1]) == "--report";
  if (argc != 2 + report) {
    std::fprintf(stderr, "usage: manifest-of [--report] FILE|-\n");
    return 2;
  }
  mlir::DialectRegistry registry;
  registry.insert<fed::FedDialect, local::LocalDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[argc - 1], &context);
  if (!module) return 1;
  auto manifest = fedc::manifest::build_manifest(*module);
  if (mlir::failed(manifest)) return 1;
  std::string text =
      report ? fedc::manifest::privacy_report(*manifest) : fedc::manifest::manifest_text(*manifest);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}
