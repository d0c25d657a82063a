// Types of the language as data.
#ifndef FEDC_COMPILER_MANIFEST_TYPES_H_
#define FEDC_COMPILER_MANIFEST_TYPES_H_

#include "compiler/split/layout.h"
#include "compiler/types/type.h"
#include "proto/manifest.pb.h"

namespace fedc::manifest {

// A type without functions, inference variables and errors.
fed::proto::Type to_proto(const Type* type);

fed::proto::TensorType to_proto(const split::LeafType& leaf);

// As a layout sees it. Nothing where an unknown dimension has no bound.
std::optional<split::LeafType> to_leaf(const fed::proto::TensorType& type);

}  // namespace fedc::manifest

#endif  // FEDC_COMPILER_MANIFEST_TYPES_H_
