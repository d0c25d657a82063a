// How much a split program computes, by its operations.
#ifndef FEDC_COMPILER_RESOURCES_COST_H_
#define FEDC_COMPILER_RESOURCES_COST_H_

#include <vector>

#include "compiler/resources/resources.h"

namespace mlir {
class ModuleOp;
}

namespace fedc::resources {

// The cost of each phase and step of a split module, in its order. Unknown dimensions count at
// their bounds, those without one as 1; of an `if` the dearer branch counts. A contraction is two
// operations a product, also where a convolution's window lies in the padding; moving, comparing,
// selecting and converting are none. Bytes are those of operands and results, but for results that
// one elementwise operation hands to another: these are computed in one pass. With it, what the
// gradients of loops keep, which is no cost of its own.
std::vector<PhaseCost> costs_of(mlir::ModuleOp split);

}  // namespace fedc::resources

#endif  // FEDC_COMPILER_RESOURCES_COST_H_
