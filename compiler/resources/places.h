// Locations of the IR as places.
#ifndef FEDC_COMPILER_RESOURCES_PLACES_H_
#define FEDC_COMPILER_RESOURCES_PLACES_H_

#include "compiler/resources/resources.h"
#include "mlir/IR/Location.h"

namespace fedc::resources {

// The innermost place, then its calls.
Places places_of(mlir::Location location);

}  // namespace fedc::resources

#endif  // FEDC_COMPILER_RESOURCES_PLACES_H_
