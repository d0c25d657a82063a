// leaf_type() apart from layout.cpp, so that layouts can be used and tested without MLIR.
#include "compiler/split/layout.h"
#include "dialects/local/Local.h"
#include "mlir/IR/BuiltinTypes.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::split {
namespace {

uint32_t element_type(mlir::Type type) {
  if (type.isF16()) return FED_FLOAT16;
  if (type.isBF16()) return FED_BFLOAT16;
  if (type.isF32()) return FED_FLOAT32;
  if (type.isF64()) return FED_FLOAT64;
  auto integer = llvm::dyn_cast<mlir::IntegerType>(type);
  if (!integer) return 0;
  bool is_unsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
    case 1:
      return FED_BOOL;
    case 8:
      return is_unsigned ? FED_UINT8 : FED_INT8;
    case 16:
      return is_unsigned ? FED_UINT16 : FED_INT16;
    case 32:
      return is_unsigned ? FED_UINT32 : FED_INT32;
    case 64:
      return is_unsigned ? FED_UINT64 : FED_INT64;
    default:
      return 0;
  }
}

}  // namespace

std::optional<LeafType> leaf_type(mlir::Type type) {
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
  if (!tensor || tensor.getRank() > FED_MAX_RANK) return std::nullopt;
  LeafType leaf;
  leaf.element = element_type(tensor.getElementType());
  if (leaf.element == 0) return std::nullopt;
  auto bounds = llvm::dyn_cast_or_null<local::BoundsAttr>(tensor.getEncoding());
  for (auto [i, size] : llvm::enumerate(tensor.getShape())) {
    if (!mlir::ShapedType::isDynamic(size)) {
      leaf.dims.push_back({size, false});
      continue;
    }
    if (!bounds || bounds.getBounds()[i] < 0) return std::nullopt;
    leaf.dims.push_back({bounds.getBounds()[i], true});
  }
  return leaf;
}

}  // namespace fedc::split
