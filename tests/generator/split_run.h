// Runs split programs without lowering them, so that a fault of the split is told from one of the
// code generator. Local code is evaluated by the interpreter.
#ifndef FEDC_TESTS_GENERATOR_SPLIT_RUN_H_
#define FEDC_TESTS_GENERATOR_SPLIT_RUN_H_

#include "compiler/interpret/interpret.h"
#include "tests/generator/program.h"

namespace fedc::generator {

interpret::Outcome run_split(mlir::ModuleOp split, const Entry& entry, const Call& call,
                             const interpret::Options& options);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_SPLIT_RUN_H_
