// Operations of `local` on elements at computed places. An index is checked before memory is read
// or written there; after an error it is 0.
#include "compiler/lower/lowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

namespace {

RankedTensorType type_of(Value value) { return cast<RankedTensorType>(value.getType()); }
Type element_of(Value value) { return Lowering::signless(type_of(value).getElementType()); }

void append_dims(Lowered& shape, const Lowered& from, int64_t first, int64_t last) {
  for (int64_t d = first; d < last; ++d) {
    shape.sizes.push_back(from.sizes[d]);
    shape.bounds.push_back(from.bounds[d]);
  }
}

int64_t rank_of(const Lowered& value) { return static_cast<int64_t>(value.sizes.size()); }

}  // namespace

void Lowering::for_each(Location loc, const Sizes& sizes,
                        llvm::function_ref<void(Location, ValueRange)> body) {
  Value zero = index_constant(loc, 0), one = index_constant(loc, 1);
  Values lower(sizes.size(), zero), upper, steps(sizes.size(), one);
  for (OpFoldResult size : sizes) upper.push_back(index(loc, size));
  OpBuilder::InsertionGuard guard(b);
  scf::buildLoopNest(b, loc, lower, upper, steps,
                     [&](OpBuilder& inner, Location at, ValueRange indices) {
                       OpBuilder::InsertionGuard guard(b);
                       b.setInsertionPoint(inner.getInsertionBlock(), inner.getInsertionPoint());
                       body(at, indices);
                     });
}

Values Lowering::checked_start(Location loc, ValueRange start, RankedTensorType in,
                               ArrayRef<int64_t> sizes) {
  Type i64 = b.getI64Type();
  Values places;
  for (auto [d, scalar] : llvm::enumerate(start)) {
    Value place = get(scalar).value;
    // As unsigned numbers, negative places are the largest.
    int64_t most = in.getDimSize(d) - sizes[d];
    Value bad = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, place,
                                      constant(loc, i64, static_cast<double>(most)));
    fail_if(loc, bad, FED_BAD_VALUE, place,
            constant(loc, i64, static_cast<double>(FED_BEYOND(most + 1))));
    Value safe = arith::SelectOp::create(b, loc, bad, constant(loc, i64, 0), place);
    places.push_back(arith::IndexCastOp::create(b, loc, b.getIndexType(), safe));
  }
  return places;
}

Lowered Lowering::checked_indices(Location loc, Value indices, Value size) {
  Lowered given = get(indices);
  bool is_unsigned = type_of(indices).getElementType().isUnsignedInteger();
  Type i64 = b.getI64Type();
  auto check = [&](Location at, Value place) -> Value {
    if (place.getType() != i64)
      place = is_unsigned ? Value(arith::ExtUIOp::create(b, at, i64, place))
                          : Value(arith::ExtSIOp::create(b, at, i64, place));
    Value limit = arith::IndexCastOp::create(b, at, i64, size);
    Value bad = arith::CmpIOp::create(b, at, arith::CmpIPredicate::uge, place, limit);
    fail_if(at, bad, FED_BAD_VALUE, place, beyond(at, limit));
    return arith::SelectOp::create(b, at, bad, constant(at, i64, 0), place);
  };
  if (given.is_scalar()) return Lowered{check(loc, given.value)};
  Value memory = buffer(loc, given.bounds, i64);
  for_each(loc, given.sizes, [&](Location at, ValueRange place) {
    Value safe = check(at, element_at(at, given, place));
    memref::StoreOp::create(b, at, safe, memory, place);
  });
  Lowered result = given;
  result.value = read(loc, part(loc, memory, given.sizes));
  return result;
}

LogicalResult Lowering::lower_reverse(local::ReverseOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  if (operand.is_scalar()) {
    map(op.getResult(), operand);
    return success();
  }
  SmallVector<Value> last(operand.sizes.size());
  for (int64_t d : op.getDimensions())
    last[d] = arith::SubIOp::create(b, loc, index(loc, operand.sizes[d]), index_constant(loc, 1));
  map(op.getResult(),
      generic(loc, operand, element_of(op.getResult()), {}, {},
              [&](OpBuilder& inner, Location at, ValueRange) -> Value {
                Values indices;
                for (size_t d = 0; d < last.size(); ++d) {
                  Value i = linalg::IndexOp::create(inner, at, d);
                  indices.push_back(last[d] ? Value(arith::SubIOp::create(b, at, last[d], i)) : i);
                }
                return element_at(at, operand, indices);
              }));
  return success();
}

LogicalResult Lowering::lower_dynamic_slice(local::DynamicSliceOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  Values start = checked_start(loc, op.getStart(), type_of(op.getOperand()), op.getSizes());
  if (operand.is_scalar()) {
    map(op.getResult(), operand);
    return success();
  }
  Lowered shape;
  for (int64_t size : op.getSizes()) {
    shape.sizes.push_back(b.getIndexAttr(size));
    shape.bounds.push_back(size);
  }
  map(op.getResult(), generic(loc, shape, element_of(op.getResult()), {}, {},
                              [&](OpBuilder& inner, Location at, ValueRange) -> Value {
                                Values indices;
                                for (size_t d = 0; d < start.size(); ++d) {
                                  Value i = linalg::IndexOp::create(inner, at, d);
                                  indices.push_back(arith::AddIOp::create(b, at, start[d], i));
                                }
                                return element_at(at, operand, indices);
                              }));
  return success();
}

LogicalResult Lowering::lower_dynamic_update_slice(local::DynamicUpdateSliceOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand()), update = get(op.getUpdate());
  Values start = checked_start(loc, op.getStart(), type_of(op.getOperand()),
                               type_of(op.getUpdate()).getShape());
  if (operand.is_scalar()) {
    map(op.getResult(), update);
    return success();
  }
  Lowered result = operand;
  // Without elements there is nothing to insert, and the offsets would lie outside.
  if (!llvm::is_contained(update.bounds, 0)) {
    Sizes offsets(start.begin(), start.end()), ones(start.size(), b.getIndexAttr(1));
    result.value = tensor::InsertSliceOp::create(b, loc, update.value, operand.value, offsets,
                                                 update.sizes, ones);
  }
  map(op.getResult(), result);
  return success();
}

LogicalResult Lowering::lower_take(local::TakeOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  int64_t dim = op.getDimension(), batch = op.getBatch();
  if (batch == 0 &&
      local::areFirstPlaces(op.getIndices(), type_of(op.getOperand()).getDimSize(dim))) {
    Lowered places = get(op.getIndices());
    Sizes sizes = operand.sizes;
    SmallVector<int64_t> bounds = operand.bounds;
    sizes[dim] = places.sizes[0];
    bounds[dim] = places.bounds[0];
    map(op.getResult(), resize(loc, operand, sizes, bounds));
    return success();
  }
  Lowered indices = checked_indices(loc, op.getIndices(), index(loc, operand.sizes[dim]));
  Sizes operand_sizes = operand.sizes, index_sizes = indices.sizes;
  SmallVector<int64_t> operand_bounds = operand.bounds, index_bounds = indices.bounds;
  for (int64_t d = 0; d < batch; ++d) {
    operand_sizes[d] = index_sizes[d] = agree(loc, operand.sizes[d], indices.sizes[d]);
    operand_bounds[d] = index_bounds[d] = std::min(operand.bounds[d], indices.bounds[d]);
  }
  operand = resize(loc, operand, operand_sizes, operand_bounds);
  if (!indices.is_scalar()) indices = resize(loc, indices, index_sizes, index_bounds);
  Lowered shape;
  int64_t inner_rank = rank_of(indices) - batch;
  append_dims(shape, operand, 0, dim);
  append_dims(shape, indices, batch, rank_of(indices));
  append_dims(shape, operand, dim + 1, rank_of(operand));
  Type element = element_of(op.getResult());
  if (operand.bounds[dim] == 0) {  // any index is an error
    map(op.getResult(), fill(loc, shape, constant(loc, element, 0)));
    return success();
  }
  SmallVector<AffineExpr> places;
  for (int64_t d = 0; d < batch; ++d) places.push_back(b.getAffineDimExpr(d));
  for (int64_t d = 0; d < inner_rank; ++d) places.push_back(b.getAffineDimExpr(dim + d));
  AffineMap map_in = AffineMap::get(rank_of(shape), 0, places, b.getContext());
  map(op.getResult(),
      generic(loc, shape, element, {indices}, {map_in},
              [&](OpBuilder& inner, Location at, ValueRange v) -> Value {
                Values from;
                for (int64_t d = 0; d < rank_of(operand); ++d) {
                  if (d == dim) {
                    from.push_back(arith::IndexCastOp::create(b, at, b.getIndexType(), v[0]));
                    continue;
                  }
                  int64_t loop = d < dim ? d : d + inner_rank - 1;
                  from.push_back(linalg::IndexOp::create(inner, at, loop));
                }
                return element_at(at, operand, from);
              }));
  return success();
}

LogicalResult Lowering::lower_scatter_add(local::ScatterAddOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand()), updates = get(op.getUpdates());
  Type element = element_of(op.getResult());
  if (failed(refuse_half(op, element))) return failure();
  int64_t dim = op.getDimension(), batch = op.getBatch();
  Lowered indices = checked_indices(loc, op.getIndices(), index(loc, operand.sizes[dim]));
  int64_t inner_rank = rank_of(indices) - batch;
  // The loops: as dimensions of the updates. Each has the size of all that share it; only the
  // operand's may not shrink, which the result keeps.
  Sizes sizes;
  SmallVector<int64_t> bounds;
  for (int64_t d = 0; d < rank_of(updates); ++d) {
    OpFoldResult size = updates.sizes[d];
    int64_t bound = updates.bounds[d];
    auto join = [&](const Lowered& with, int64_t other) {
      size = agree(loc, size, with.sizes[other]);
      bound = std::min(bound, with.bounds[other]);
    };
    if (d < batch) join(indices, d);
    if (d >= dim && d < dim + inner_rank) join(indices, d - dim + batch);
    if (d < dim) join(operand, d);
    if (d >= dim + inner_rank) join(operand, d - inner_rank + 1);
    sizes.push_back(size);
    bounds.push_back(bound);
  }
  if (!updates.is_scalar()) updates = resize(loc, updates, sizes, bounds);
  if (!indices.is_scalar()) {
    Sizes index_sizes(sizes.begin(), sizes.begin() + batch);
    SmallVector<int64_t> index_bounds(bounds.begin(), bounds.begin() + batch);
    index_sizes.append(sizes.begin() + dim, sizes.begin() + dim + inner_rank);
    index_bounds.append(bounds.begin() + dim, bounds.begin() + dim + inner_rank);
    indices = resize(loc, indices, index_sizes, index_bounds);
  }
  Lowered result = operand;
  if (llvm::is_contained(operand.bounds, 0) || llvm::is_contained(bounds, 0)) {
    map(op.getResult(), result);  // there is nothing to add, or nowhere
    return success();
  }
  // After an error sizes may be more than the operand's: loops end where its memory does.
  Value memory = buffer(loc, operand.bounds, element);
  write(loc, operand.value, part(loc, memory, operand.sizes));
  for_each(loc, sizes, [&](Location at, ValueRange place) {
    Values of_index(place.begin(), place.begin() + batch), to;
    llvm::append_range(of_index, place.slice(dim, inner_rank));
    for (int64_t d = 0; d < rank_of(operand); ++d) {
      if (d == dim) {
        Value row = element_at(at, indices, of_index);
        to.push_back(arith::IndexCastOp::create(b, at, b.getIndexType(), row));
      } else {
        to.push_back(place[d < dim ? d : d + inner_rank - 1]);
      }
    }
    Value add = element_at(at, updates, place), sum = memref::LoadOp::create(b, at, memory, to);
    sum = isa<FloatType>(element) ? Value(arith::AddFOp::create(b, at, sum, add))
                                  : Value(arith::AddIOp::create(b, at, sum, add));
    memref::StoreOp::create(b, at, sum, memory, to);
  });
  result.value = read(loc, part(loc, memory, operand.sizes));
  map(op.getResult(), result);
  return success();
}

}  // namespace fedc::lower
