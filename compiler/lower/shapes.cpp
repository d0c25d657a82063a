// Operations of `local` that make and rearrange tensors.
#include "compiler/lower/lowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

namespace {

Type element_of(Value value) {
  return Lowering::signless(cast<RankedTensorType>(value.getType()).getElementType());
}

// The shape of operand dimension `from` at the result's dimension `to`.
void take_dim(Lowered& shape, const Lowered& from, int64_t dim) {
  shape.sizes.push_back(from.sizes[dim]);
  shape.bounds.push_back(from.bounds[dim]);
}

}  // namespace

LogicalResult Lowering::lower_constant(local::ConstantOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getType());
  Type element = signless(type.getElementType());
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense) return op.emitError("a constant of this form cannot be compiled");
  if (element != type.getElementType()) dense = dense.bitcast(element);
  FailureOr<Lowered> shape = shape_of(loc, type, {});
  if (failed(shape)) return failure();
  if (dense.empty()) {
    map(op.getResult(), fill(loc, *shape, constant(loc, element, 0)));
    return success();
  }
  if (dense.isSplat() || type.getRank() == 0) {
    Value scalar =
        arith::ConstantOp::create(b, loc, cast<TypedAttr>(dense.getSplatValue<Attribute>()));
    map(op.getResult(), fill(loc, *shape, scalar));
    return success();
  }
  auto plain = RankedTensorType::get(type.getShape(), element);
  shape->value =
      arith::ConstantOp::create(b, loc, cast<TypedAttr>(Attribute(dense.reshape(plain))));
  map(op.getResult(), *shape);
  return success();
}

LogicalResult Lowering::lower_dimension(local::GetDimensionSizeOp op) {
  const Lowered& operand = get(op.getOperand());
  int64_t dim = op.getDimension();
  Value size = arith::IndexCastOp::create(b, op.getLoc(), b.getI64Type(),
                                          index(op.getLoc(), operand.sizes[dim]));
  scalar_bounds_[size] = operand.bounds[dim];
  map(op.getResult(), Lowered{size});
  return success();
}

LogicalResult Lowering::lower_iota(local::IotaOp op) {
  Location loc = op.getLoc();
  FailureOr<Lowered> shape = shape_of_sizes(loc, op.getType(), op.getSizes());
  if (failed(shape)) return failure();
  Type element = element_of(op.getResult());
  Type written = op.getType().getElementType();
  map(op.getResult(), generic(loc, *shape, element, {}, {},
                              [&](OpBuilder& inner, Location at, ValueRange) -> Value {
                                Value i = linalg::IndexOp::create(inner, at, op.getDimension());
                                if (isa<FloatType>(written)) {
                                  const bool half = written.isF16() || written.isBF16();
                                  Value wide =
                                      arith::IndexCastOp::create(inner, at, inner.getI64Type(), i);
                                  Value x = arith::SIToFPOp::create(
                                      inner, at, half ? inner.getF32Type() : written, wide);
                                  return half ? narrowed(inner, at, x, written) : x;
                                }
                                return arith::IndexCastOp::create(inner, at, element, i);
                              }));
  return success();
}

LogicalResult Lowering::lower_broadcast(local::BroadcastInDimOp op) {
  Location loc = op.getLoc();
  FailureOr<Lowered> shape = shape_of_sizes(loc, op.getType(), op.getSizes());
  if (failed(shape)) return failure();
  Lowered operand = get(op.getOperand());
  Type element = element_of(op.getResult());
  if (operand.is_scalar()) {
    map(op.getResult(), fill(loc, *shape, operand.value));
    return success();
  }
  int64_t rank = shape->sizes.size();
  SmallVector<AffineExpr> exprs;
  Sizes wanted = operand.sizes;
  for (auto [i, dim] : llvm::enumerate(op.getDimensions())) {
    bool repeats =
        getConstantIntValue(operand.sizes[i]) == 1 && getConstantIntValue(shape->sizes[dim]) != 1;
    if (repeats) {
      exprs.push_back(b.getAffineConstantExpr(0));
      continue;
    }
    exprs.push_back(b.getAffineDimExpr(dim));
    wanted[i] = agree(loc, operand.sizes[i], shape->sizes[dim]);
    shape->sizes[dim] = wanted[i];
    shape->bounds[dim] = std::min(shape->bounds[dim], operand.bounds[i]);
  }
  operand = resize(loc, operand, wanted, operand.bounds);
  AffineMap map_in = AffineMap::get(rank, 0, exprs, b.getContext());
  map(op.getResult(), generic(loc, *shape, element, {operand}, {map_in},
                              [](OpBuilder&, Location, ValueRange v) { return v[0]; }));
  return success();
}

LogicalResult Lowering::lower_reshape(local::ReshapeOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  auto to = cast<RankedTensorType>(op.getType());
  Lowered shape;
  for (int64_t d = 0; d < to.getRank(); ++d) {
    if (to.isDynamicDim(d)) {
      take_dim(shape, operand, 0);
    } else {
      shape.sizes.push_back(b.getIndexAttr(to.getDimSize(d)));
      shape.bounds.push_back(to.getDimSize(d));
    }
  }
  if (operand.is_scalar()) {
    map(op.getResult(), fill(loc, shape, operand.value));
    return success();
  }
  // A new tensor whose element reads the operand at the same row-major position. Dimension 0 is
  // never divided by, so it may be unknown.
  int64_t from_rank = operand.sizes.size(), to_rank = to.getRank();
  if (to_rank == 0) {
    Values zeros(from_rank, index_constant(loc, 0));
    map(op.getResult(), Lowered{element_at(loc, operand, zeros)});
    return success();
  }
  SmallVector<int64_t> from_sizes = operand.bounds;
  map(op.getResult(), generic(loc, shape, element_of(op.getResult()), {}, {},
                              [&](OpBuilder& inner, Location at, ValueRange) -> Value {
                                auto number = [&](int64_t v) -> Value {
                                  return arith::ConstantIndexOp::create(inner, at, v);
                                };
                                // A leading dimension that both share stays as it is.
                                int64_t same = 0;
                                while (same < std::min(from_rank, to_rank) &&
                                       operand.sizes[same] == shape.sizes[same])
                                  ++same;
                                Values indices(from_rank);
                                for (int64_t d = 0; d < same; ++d)
                                  indices[d] = linalg::IndexOp::create(inner, at, d);
                                Value linear = number(0);
                                for (int64_t d = same; d < to_rank; ++d) {
                                  Value i = linalg::IndexOp::create(inner, at, d);
                                  linear = arith::MulIOp::create(inner, at, linear,
                                                                 number(shape.bounds[d]));
                                  linear = arith::AddIOp::create(inner, at, linear, i);
                                }
                                for (int64_t d = from_rank - 1; d >= same; --d) {
                                  if (d == same) {
                                    indices[d] = linear;
                                    break;
                                  }
                                  Value size = number(std::max<int64_t>(from_sizes[d], 1));
                                  indices[d] = arith::RemUIOp::create(inner, at, linear, size);
                                  linear = arith::DivUIOp::create(inner, at, linear, size);
                                }
                                return element_at(at, operand, indices);
                              }));
  return success();
}

LogicalResult Lowering::lower_transpose(local::TransposeOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  int64_t rank = operand.sizes.size();
  Lowered shape;
  SmallVector<AffineExpr> exprs(rank);
  for (auto [i, from] : llvm::enumerate(op.getPermutation())) {
    take_dim(shape, operand, from);
    exprs[from] = b.getAffineDimExpr(i);
  }
  AffineMap map_in = AffineMap::get(rank, 0, exprs, b.getContext());
  map(op.getResult(), generic(loc, shape, element_of(op.getResult()), {operand}, {map_in},
                              [](OpBuilder&, Location, ValueRange v) { return v[0]; }));
  return success();
}

LogicalResult Lowering::lower_slice(local::SliceOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  auto to = cast<RankedTensorType>(op.getType());
  Lowered shape;
  for (int64_t d = 0; d < to.getRank(); ++d) {
    if (op.getLimit()[d] < 0) {
      take_dim(shape, operand, d);
    } else {
      shape.sizes.push_back(b.getIndexAttr(to.getDimSize(d)));
      shape.bounds.push_back(to.getDimSize(d));
    }
  }
  if (shape.is_scalar()) {
    map(op.getResult(), operand);
    return success();
  }
  map(op.getResult(),
      generic(loc, shape, element_of(op.getResult()), {}, {},
              [&](OpBuilder& inner, Location at, ValueRange) -> Value {
                Values indices;
                for (int64_t d = 0; d < to.getRank(); ++d) {
                  Value i = linalg::IndexOp::create(inner, at, d);
                  auto number = [&](int64_t v) -> Value {
                    return arith::ConstantIndexOp::create(inner, at, v);
                  };
                  i = arith::MulIOp::create(inner, at, i, number(op.getStrides()[d]));
                  indices.push_back(arith::AddIOp::create(inner, at, i, number(op.getStart()[d])));
                }
                return element_at(at, operand, indices);
              }));
  return success();
}

LogicalResult Lowering::lower_pad(local::PadOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  auto to = cast<RankedTensorType>(op.getType());
  if (operand.is_scalar()) {
    map(op.getResult(), operand);
    return success();
  }
  Lowered shape;
  Sizes offsets, strides;
  for (int64_t d = 0; d < to.getRank(); ++d) {
    offsets.push_back(b.getIndexAttr(op.getLow()[d]));
    strides.push_back(b.getIndexAttr(op.getInterior()[d] + 1));
    if (to.isDynamicDim(d)) {
      take_dim(shape, operand, d);
    } else {
      shape.sizes.push_back(b.getIndexAttr(to.getDimSize(d)));
      shape.bounds.push_back(to.getDimSize(d));
    }
  }
  Type element = element_of(op.getResult());
  Value around = op.getValue() ? get(op.getValue()).value : constant(loc, element, 0);
  Lowered padding = fill(loc, shape, around);
  if (!llvm::is_contained(operand.bounds, 0)) {
    shape.value = tensor::InsertSliceOp::create(b, loc, operand.value, padding.value, offsets,
                                                operand.sizes, strides);
  } else {
    shape.value = padding.value;  // nothing to insert, and offsets could lie at the end
  }
  map(op.getResult(), shape);
  return success();
}

LogicalResult Lowering::lower_concatenate(local::ConcatenateOp op) {
  Location loc = op.getLoc();
  int64_t dim = op.getDimension();
  SmallVector<Lowered> inputs;
  for (Value input : op.getInputs()) inputs.push_back(get(input));
  Lowered shape = inputs[0];
  shape.value = {};
  int64_t total = 0;
  for (Lowered& input : inputs) {
    std::optional<int64_t> size = getConstantIntValue(input.sizes[dim]);
    if (!size) return op.emitError("the joined dimension has an unknown size");
    total += *size;
    for (size_t d = 0; d < shape.sizes.size(); ++d) {
      if (static_cast<int64_t>(d) == dim) continue;
      shape.sizes[d] = agree(loc, shape.sizes[d], input.sizes[d]);
      shape.bounds[d] = std::min(shape.bounds[d], input.bounds[d]);
    }
  }
  shape.sizes[dim] = b.getIndexAttr(total);
  shape.bounds[dim] = total;
  Value result = destination(loc, shape, element_of(op.getResult()));
  int64_t rank = shape.sizes.size(), at = 0;
  for (Lowered& input : inputs) {
    Sizes sizes = shape.sizes, offsets(rank, b.getIndexAttr(0)), ones(rank, b.getIndexAttr(1));
    SmallVector<int64_t> bounds = shape.bounds;
    sizes[dim] = input.sizes[dim];
    bounds[dim] = input.bounds[dim];
    // Without elements there is nothing to insert, and the offsets would lie outside.
    if (llvm::is_contained(input.bounds, 0)) continue;
    offsets[dim] = b.getIndexAttr(at);
    at += bounds[dim];
    Lowered fitted = resize(loc, input, sizes, bounds);
    result = tensor::InsertSliceOp::create(b, loc, fitted.value, result, offsets, sizes, ones);
  }
  shape.value = result;
  map(op.getResult(), shape);
  return success();
}

LogicalResult Lowering::lower_cast(local::CastOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  auto to = cast<RankedTensorType>(op.getType());
  Sizes sizes;
  SmallVector<int64_t> bounds;
  for (int64_t d = 0; d < to.getRank(); ++d) {
    if (!to.isDynamicDim(d)) {
      sizes.push_back(agree(loc, b.getIndexAttr(to.getDimSize(d)), operand.sizes[d]));
      bounds.push_back(to.getDimSize(d));
      continue;
    }
    int64_t bound = local::getBound(to, d);
    if (bound < 0 || bound >= operand.bounds[d]) {
      sizes.push_back(operand.sizes[d]);
      bounds.push_back(operand.bounds[d]);
      continue;
    }
    Value size = index(loc, operand.sizes[d]), most = index_constant(loc, bound);
    auto wide = [&](Value v) -> Value {
      return arith::IndexCastOp::create(b, loc, b.getI64Type(), v);
    };
    fail_if(loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, size, most), FED_BAD_SIZE,
            wide(size), beyond(loc, wide(most)));
    sizes.push_back(Value(arith::MinSIOp::create(b, loc, size, most)));
    bounds.push_back(bound);
  }
  map(op.getResult(), operand.is_scalar() ? operand : resize(loc, operand, sizes, bounds));
  return success();
}

}  // namespace fedc::lower
