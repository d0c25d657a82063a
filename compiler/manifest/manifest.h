// What a split module says of itself, as data: proto/manifest.proto.
#ifndef FEDC_COMPILER_MANIFEST_MANIFEST_H_
#define FEDC_COMPILER_MANIFEST_MANIFEST_H_

#include <string>

#include "mlir/IR/BuiltinOps.h"
#include "proto/manifest.pb.h"

namespace fedc::manifest {

// Computations are in the order of the module's `fed.program`s. Layouts hold every leaf of their
// space, those included that no phase reads: names, types and offsets are what lowering must use.
// Sites are numbered by split::SiteTable. Fails, after an error at the operation in question, where
// a type has no layout (an unknown dimension without a bound, or too large).
mlir::FailureOr<fed::proto::Manifest> build_manifest(mlir::ModuleOp split_module);

// The text format of protobuf; stable between runs.
std::string manifest_text(const fed::proto::Manifest& manifest);

}  // namespace fedc::manifest

#endif  // FEDC_COMPILER_MANIFEST_MANIFEST_H_
