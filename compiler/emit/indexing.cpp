// Operations on elements at computed places, along one dimension, and on whole structs.
#include <numeric>

#include "compiler/emit/emitter.h"
#include "dialects/local/Local.h"

namespace fedc::emission {
namespace {

mlir::RankedTensorType type_of(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
int64_t rank_of(mlir::Value value) { return type_of(value).getRank(); }

mlir::RankedTensorType result_type(Emitter& e, const OpCall& call) {
  return e.tensor_type(call.op.type);
}

std::vector<int64_t> all_axes(int64_t rank) {
  std::vector<int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

Leaves pad(Emitter& e, const OpCall& call) {
  std::vector<int64_t> none(rank_of(call.scalar(0)), 0);
  return {local::PadOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                               call.scalar(1), static_ints(call.op, "low"),
                               static_ints(call.op, "high"),
                               static_ints(call.op, "interior", none))};
}

Leaves reverse(Emitter& e, const OpCall& call) {
  int64_t rank = rank_of(call.scalar(0));
  return {local::ReverseOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                                   static_ints(call.op, "axes", all_axes(rank)))};
}

// The places of a box, one a dimension, as numbers of 64 bits.
llvm::SmallVector<mlir::Value> start_of(Emitter& e, const OpCall& call, size_t argument) {
  mlir::Location where = e.at(call.op.range);
  llvm::SmallVector<mlir::Value> start;
  for (mlir::Value place : call.args[argument]) {
    bool wide = type_of(place).getElementType().isSignlessInteger(64);
    start.push_back(
        wide ? place : local::ConvertOp::create(e.b, where, place, mlir::Type(e.b.getI64Type())));
  }
  return start;
}

Leaves dynamic_slice(Emitter& e, const OpCall& call) {
  llvm::SmallVector<mlir::Value> start = start_of(e, call, 1);
  return {local::DynamicSliceOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                                        start, static_ints(call.op, "sizes"))};
}

Leaves dynamic_update_slice(Emitter& e, const OpCall& call) {
  llvm::SmallVector<mlir::Value> start = start_of(e, call, 2);
  return {local::DynamicUpdateSliceOp::create(e.b, e.loc(call), result_type(e, call),
                                              call.scalar(0), call.scalar(1), start)};
}

Leaves take(Emitter& e, const OpCall& call) {
  return {local::TakeOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                                call.scalar(1), static_int(call.op, "axis", 0), 0)};
}

Leaves scatter_add(Emitter& e, const OpCall& call) {
  return {local::ScatterAddOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                                      call.scalar(1), call.scalar(2),
                                      static_int(call.op, "axis", 0), 0)};
}

// ---- along one dimension -----------------------------------------------------------------------

mlir::Value order_of(Emitter& e, mlir::Location where, mlir::Value value, int64_t axis,
                     bool descending) {
  mlir::RankedTensorType type = local::withElementType(type_of(value), e.b.getI32Type());
  return local::ArgsortOp::create(e.b, where, type, value, axis, descending);
}

Leaves argsort(Emitter& e, const OpCall& call) {
  return {order_of(e, e.loc(call), call.scalar(0), static_int(call.op, "axis", 0),
                   static_int(call.op, "descending", 0) != 0)};
}

// The elements of each row (along the last dimension) at that row's indices.
mlir::Value pick(Emitter& e, mlir::Location where, mlir::Value value, mlir::Value indices) {
  int64_t last = rank_of(value) - 1;
  return local::TakeOp::create(e.b, where, value, indices, last, last);
}

// The elements where argsort finds them, which has their gradient.
Leaves sort(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::Value value = call.scalar(0);
  int64_t last = rank_of(value) - 1, axis = static_int(call.op, "axis", 0);
  bool descending = static_int(call.op, "descending", 0) != 0;
  if (axis == last) {
    return {pick(e, e.loc(call), value, order_of(e, where, value, last, descending))};
  }
  // The axis changes places with the last one, there and back.
  std::vector<int64_t> swapped = all_axes(last + 1);
  std::swap(swapped[axis], swapped[last]);
  value = local::TransposeOp::create(e.b, where, value, swapped);
  value = pick(e, where, value, order_of(e, where, value, last, descending));
  return {local::TransposeOp::create(e.b, e.loc(call), result_type(e, call), value, swapped)};
}

Leaves top_k(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::Value value = call.scalar(0);
  int64_t last = rank_of(value) - 1;
  mlir::Value order = order_of(e, where, value, last, /*descending=*/true);
  std::vector<int64_t> start(last + 1, 0), strides(last + 1, 1), limit;
  for (int64_t size : type_of(value).getShape()) {
    limit.push_back(mlir::ShapedType::isDynamic(size) ? -1 : size);
  }
  limit[last] = static_int(call.op, "k", 0);
  mlir::Value first = local::SliceOp::create(e.b, e.loc(call, 1), order, start, limit, strides);
  return {pick(e, e.loc(call, 0), value, first), first};
}

Leaves cumsum(Emitter& e, const OpCall& call) {
  return {local::CumulativeSumOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                                         static_int(call.op, "axis", 0))};
}

// ---- dimensions of 1 ---------------------------------------------------------------------------

Leaves expand_dims(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::Value value = call.scalar(0);
  mlir::RankedTensorType to = result_type(e, call);
  std::vector<int64_t> dims = all_axes(to.getRank());
  dims.erase(dims.begin() + static_int(call.op, "at", 0));
  llvm::SmallVector<mlir::Value> sizes;
  for (int64_t i = 0; i < rank_of(value); ++i) {
    if (type_of(value).isDynamicDim(i)) {
      sizes.push_back(local::GetDimensionSizeOp::create(e.b, where, value, i));
    }
  }
  return {local::BroadcastInDimOp::create(e.b, e.loc(call), to, value, sizes, dims)};
}

// The one slice that there is.
Leaves squeeze(Emitter& e, const OpCall& call) {
  mlir::Value first = e.index_constant(e.at(call.op.range), 0);
  return {local::TakeOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0), first,
                                static_int(call.op, "axis", 0), 0)};
}

// ---- whole structs -----------------------------------------------------------------------------

Leaves size(Emitter& e, const OpCall& call) {
  int64_t count = 0;
  const auto* type = std::get<const Type*>(call.op.statics.at("T"));
  for (const Leaf& leaf : e.leaves(type)) {
    count += llvm::cast<mlir::RankedTensorType>(leaf.type).getNumElements();
  }
  return {e.index_constant(e.loc(call), count)};
}

Leaves flatten(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  llvm::SmallVector<mlir::Value> parts;
  for (mlir::Value leaf : call.args[0]) {
    mlir::RankedTensorType type = type_of(leaf);
    auto flat = mlir::RankedTensorType::get({type.getNumElements()}, type.getElementType());
    parts.push_back(local::ReshapeOp::create(e.b, where, flat, leaf));
  }
  return {local::ConcatenateOp::create(e.b, e.loc(call), result_type(e, call), parts, 0)};
}

Leaves unflatten(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  Leaves result;
  int64_t at = 0;
  const std::vector<Leaf>& leaves = e.leaves(call.op.type);
  for (size_t i = 0; i < leaves.size(); ++i) {
    auto type = llvm::cast<mlir::RankedTensorType>(leaves[i].type);
    int64_t end = at + type.getNumElements(), step = 1;
    mlir::Value part =
        local::SliceOp::create(e.b, where, call.scalar(0), llvm::ArrayRef<int64_t>(at),
                               llvm::ArrayRef<int64_t>(end), llvm::ArrayRef<int64_t>(step));
    result.push_back(local::ReshapeOp::create(e.b, e.loc(call, i), type, part));
    at = end;
  }
  return result;
}

// ---- contraction -------------------------------------------------------------------------------

Leaves dot_general(Emitter& e, const OpCall& call) {
  return {local::DotGeneralOp::create(
      e.b, e.loc(call), result_type(e, call), call.scalar(0), call.scalar(1), mlir::Value(),
      static_ints(call.op, "x_batching"), static_ints(call.op, "y_batching"),
      static_ints(call.op, "x_contracting"), static_ints(call.op, "y_contracting"))};
}

}  // namespace

void add_indexing(OpTable& table) {
  table["pad"] = pad;
  table["reverse"] = reverse;
  table["dynamic_slice"] = dynamic_slice;
  table["dynamic_update_slice"] = dynamic_update_slice;
  table["take"] = take;
  table["scatter_add"] = scatter_add;
  table["sort"] = sort;
  table["argsort"] = argsort;
  table["top_k"] = top_k;
  table["cumsum"] = cumsum;
  table["expand_dims"] = expand_dims;
  table["squeeze"] = squeeze;
  table["size"] = size;
  table["flatten"] = flatten;
  table["unflatten"] = unflatten;
  table["dot_general"] = dot_general;
}

}  // namespace fedc::emission
