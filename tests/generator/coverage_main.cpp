// Which operations of the local dialect the generator's programs use: `coverage [FILES [SEED]]`
// prints one line an operation, its name and the element types of its results (of its operands,
// where a result is a bool), over this many files: before gradients are expanded, and after it, so
// that an operation that only they build is seen as well.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "dialects/local/Local.h"
#include "llvm/Support/raw_ostream.h"
#include "tests/generator/generate.h"
#include "tests/generator/harness.h"

namespace {

std::string element(mlir::Type type) {
  const auto tensor = mlir::dyn_cast<mlir::RankedTensorType>(type);
  if (!tensor) return "sequence";
  if (tensor.getElementType().isInteger(1)) return "bool";
  std::string name;
  llvm::raw_string_ostream(name) << tensor.getElementType();
  return name;
}

}  // namespace

int main(int argc, char** argv) {
  const int files = argc > 1 ? std::atoi(argv[1]) : 100;
  const uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  std::map<std::string, std::set<std::string>> seen;
  for (int i = 0; i < files; ++i) {
    const std::string text =
        fedc::generator::print(fedc::generator::generate(first + i, fedc::generator::Style()));
    const auto note = [&](mlir::Operation* op) {
      if (!mlir::isa<local::LocalDialect>(op->getDialect())) return;
      std::set<std::string>& elements = seen[op->getName().stripDialect().str()];
      for (const mlir::Type type : op->getResultTypes()) {
        std::string name = element(type);
        if (name == "bool" && op->getNumOperands() > 0) {
          name = element(op->getOperand(0).getType());
        }
        elements.insert(name);
      }
    };
    std::string error;
    const auto compiled = fedc::generator::compile_for_oracle(
        text, &error, [&](mlir::ModuleOp emitted) { emitted->walk(note); });
    if (!compiled) {
      std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(first + i),
                   error.c_str());
      return 1;
    }
    (*compiled->fed)->walk(note);
  }
  for (const auto& [name, elements] : seen) {
    std::printf("%s", name.c_str());
    for (const std::string& one : elements) std::printf(" %s", one.c_str());
    std::printf("\n");
  }
}
