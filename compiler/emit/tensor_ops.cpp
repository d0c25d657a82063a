// Operations on whole tensors: constants, shapes, contractions, reductions.
#include <limits>
#include <numeric>

#include "compiler/emit/emitter.h"
#include "dialects/local/Local.h"

namespace fedc::emission {
namespace {

mlir::RankedTensorType type_of(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

mlir::RankedTensorType result_type(Emitter& e, const OpCall& call) {
  return e.tensor_type(call.op.type);
}

// A static dimension number; the checker has checked that it is in range. Negative ones count from
// the end.
int64_t axis_of(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

std::vector<int64_t> all_axes(int64_t rank) {
  std::vector<int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

// The actual sizes of a tensor's unknown dimensions.
llvm::SmallVector<mlir::Value> sizes_of(Emitter& e, mlir::Location where, mlir::Value value) {
  llvm::SmallVector<mlir::Value> sizes;
  for (int64_t i = 0; i < type_of(value).getRank(); ++i) {
    if (type_of(value).isDynamicDim(i)) {
      sizes.push_back(local::GetDimensionSizeOp::create(e.b, where, value, i));
    }
  }
  return sizes;
}

// ---- constants ---------------------------------------------------------------------------------

// zeros<T>(), ones<T>(): every leaf of a struct.
Leaves filled(Emitter& e, const OpCall& call, double value) {
  Leaves result;
  const std::vector<Leaf>& leaves = e.leaves(call.op.type);
  for (size_t i = 0; i < leaves.size(); ++i) {
    auto type = llvm::cast<mlir::RankedTensorType>(leaves[i].type);
    result.push_back(e.constant(e.loc(call, i), type, value));
  }
  return result;
}

// A scalar in every place of T.
Leaves fill(Emitter& e, const OpCall& call) {
  Leaves result;
  const std::vector<Leaf>& leaves = e.leaves(call.op.type);
  for (size_t i = 0; i < leaves.size(); ++i) {
    result.push_back(local::BroadcastInDimOp::create(e.b, e.loc(call, i), leaves[i].type,
                                                     call.scalar(0), mlir::ValueRange(),
                                                     llvm::ArrayRef<int64_t>()));
  }
  return result;
}

// Zeros of the sizes that a tensor has.
Leaves zeros_like(Emitter& e, const OpCall& call) {
  Leaves result;
  for (auto [i, leaf] : llvm::enumerate(call.args[0])) {
    const mlir::Location where = e.loc(call, i);
    const auto scalar = mlir::RankedTensorType::get({}, type_of(leaf).getElementType());
    result.push_back(
        local::BroadcastInDimOp::create(e.b, where, leaf.getType(), e.constant(where, scalar, 0),
                                        sizes_of(e, where, leaf), llvm::ArrayRef<int64_t>()));
  }
  return result;
}

// Each leaf behind a first dimension of another tensor.
Leaves repeat_rows(Emitter& e, const OpCall& call) {
  Leaves result;
  const std::vector<Leaf>& leaves = e.leaves(call.op.type);
  const mlir::Value rows = call.scalar(1);
  for (auto [i, leaf] : llvm::enumerate(call.args[0])) {
    const mlir::Location where = e.loc(call, i);
    llvm::SmallVector<mlir::Value> sizes;
    if (type_of(rows).isDynamicDim(0))
      sizes.push_back(local::GetDimensionSizeOp::create(e.b, where, rows, int64_t{0}));
    llvm::append_range(sizes, sizes_of(e, where, leaf));
    std::vector<int64_t> dims = all_axes(type_of(leaf).getRank());
    for (int64_t& dim : dims) ++dim;
    result.push_back(
        local::BroadcastInDimOp::create(e.b, where, leaves[i].type, leaf, sizes, dims));
  }
  return result;
}

Leaves infinity(Emitter& e, const OpCall& call) {
  return {e.constant(e.loc(call), result_type(e, call), std::numeric_limits<double>::infinity())};
}

Leaves iota(Emitter& e, const OpCall& call) {
  mlir::RankedTensorType type = result_type(e, call);
  int64_t axis = axis_of(static_int(call.op, "axis", 0), type.getRank());
  return {local::IotaOp::create(e.b, e.loc(call), type, mlir::ValueRange(), axis)};
}

// indices[S] -> T[S, n]: whether the index is the position along the new last dimension.
Leaves one_hot(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::Value indices = call.scalar(0);
  mlir::RankedTensorType from = type_of(indices), to = result_type(e, call);
  mlir::RankedTensorType shape = local::withElementType(to, from.getElementType());
  llvm::SmallVector<mlir::Value> sizes = sizes_of(e, where, indices);
  mlir::Value repeated =
      local::BroadcastInDimOp::create(e.b, where, shape, indices, sizes, all_axes(from.getRank()));
  mlir::Value positions = local::IotaOp::create(e.b, where, shape, sizes, to.getRank() - 1);
  mlir::Value equal =
      local::CompareOp::create(e.b, where, local::withElementType(to, e.b.getI1Type()), repeated,
                               positions, local::Direction::EQ);
  return {local::ConvertOp::create(e.b, e.loc(call), to, equal)};
}

// ---- shapes ------------------------------------------------------------------------------------

Leaves dim(Emitter& e, const OpCall& call) {
  int64_t axis = axis_of(static_int(call.op, "axis", 0), type_of(call.scalar(0)).getRank());
  return {local::GetDimensionSizeOp::create(e.b, e.loc(call), call.scalar(0), axis)};
}

// What a reader of files takes for a batch is one, with or without keys. `*leaf` counts leaves,
// `*rows` is the first that has rows.
bool is_batch(const Type* type, size_t* leaf, std::optional<size_t>* rows) {
  if (type->is_struct())
    return llvm::all_of(type->fields(),
                        [&](const Field& field) { return is_batch(field.type, leaf, rows); });
  if (!type->is_tensor()) return false;
  const size_t own = (*leaf)++;
  if (is_key(type->element())) return true;
  if (!*rows) *rows = own;
  return type->rank() > 0 && type->dims()[0].is_unknown();
}

Leaves batch_size(Emitter& e, const OpCall& call) {
  size_t leaf = 0;
  std::optional<size_t> rows;
  if (!is_batch(call.op.args[0]->type, &leaf, &rows) || !rows)
    return {e.index_constant(e.loc(call), 1)};
  return {local::GetDimensionSizeOp::create(e.b, e.loc(call), call.args[0][*rows], int64_t{0})};
}

// The IR's reshape keeps an unknown dimension, the first, as it is: casts around it check what one
// type says of it and the other does not.
Leaves reshape(Emitter& e, const OpCall& call) {
  const mlir::Location where = e.loc(call);
  mlir::Value value = call.scalar(0);
  const mlir::RankedTensorType from = type_of(value), to = result_type(e, call);
  if (from.hasStaticShape() && to.hasStaticShape())
    return {local::ReshapeOp::create(e.b, where, to, value)};
  llvm::SmallVector<local::Dim> dims = local::getDims(from);
  const auto unknown = llvm::find_if(dims, [](const local::Dim& dim) { return dim.is_unknown(); });
  const auto at = static_cast<int64_t>(unknown - dims.begin());
  if (to.hasStaticShape()) {
    int64_t others = 1;
    for (int64_t i = 0; i < from.getRank(); ++i) others *= i == at ? 1 : from.getDimSize(i);
    dims[at] = local::Dim::fixed(to.getNumElements() / others);
    value = local::makeCast(e.b, where, value, local::makeTensorType(dims, from.getElementType()));
    return {local::ReshapeOp::create(e.b, where, to, value)};
  }
  if (at == 0 && to.isDynamicDim(0)) {
    llvm::SmallVector<local::Dim> kept = local::getDims(to);
    kept[0] = dims[0];
    value = local::ReshapeOp::create(e.b, where, local::makeTensorType(kept, from.getElementType()),
                                     value);
  }
  return {local::makeCast(e.b, where, value, to)};
}

Leaves broadcast_to(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::Value value = call.scalar(0);
  mlir::RankedTensorType from = type_of(value), to = result_type(e, call);
  int64_t lead = to.getRank() - from.getRank();
  llvm::SmallVector<mlir::Value> sizes;
  for (int64_t i = lead; i < to.getRank(); ++i) {
    if (to.isDynamicDim(i)) {
      sizes.push_back(local::GetDimensionSizeOp::create(e.b, where, value, i - lead));
    }
  }
  std::vector<int64_t> dims = all_axes(from.getRank());
  for (int64_t& dim : dims) dim += lead;
  return {local::BroadcastInDimOp::create(e.b, e.loc(call), to, value, sizes, dims)};
}

Leaves transpose(Emitter& e, const OpCall& call) {
  int64_t rank = type_of(call.scalar(0)).getRank();
  std::vector<int64_t> reversed = all_axes(rank);
  std::reverse(reversed.begin(), reversed.end());
  std::vector<int64_t> permutation = static_ints(call.op, "permutation", reversed);
  for (int64_t& axis : permutation) axis = axis_of(axis, rank);
  return {local::TransposeOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0),
                                     permutation)};
}

Leaves slice(Emitter& e, const OpCall& call) {
  size_t rank = type_of(call.scalar(0)).getRank();
  std::vector<int64_t> start = static_ints(call.op, "start");
  std::vector<int64_t> limit = static_ints(call.op, "limit");
  std::vector<int64_t> strides = static_ints(call.op, "strides", std::vector<int64_t>(rank, 1));
  return {local::SliceOp::create(e.b, e.loc(call), result_type(e, call), call.scalar(0), start,
                                 limit, strides)};
}

Leaves concatenate(Emitter& e, const OpCall& call) {
  mlir::RankedTensorType type = result_type(e, call);
  int64_t axis = axis_of(static_int(call.op, "axis", 0), type.getRank());
  return {local::ConcatenateOp::create(e.b, e.loc(call), type, call.args[0], axis)};
}

// ---- contractions and reductions ---------------------------------------------------------------

// The last dimension of the first with the first (of a batch: the last but one) of the second.
Leaves matmul(Emitter& e, const OpCall& call) {
  mlir::Value lhs = call.scalar(0), rhs = call.scalar(1);
  int64_t lhs_rank = type_of(lhs).getRank(), rhs_rank = type_of(rhs).getRank();
  std::vector<int64_t> batch = all_axes(rhs_rank > 2 ? rhs_rank - 2 : 0);
  std::vector<int64_t> lhs_contracting = {lhs_rank - 1};
  std::vector<int64_t> rhs_contracting = {static_cast<int64_t>(batch.size())};
  return {local::DotGeneralOp::create(e.b, e.loc(call), result_type(e, call), lhs, rhs,
                                      mlir::Value(), batch, batch, lhs_contracting,
                                      rhs_contracting)};
}

std::vector<int64_t> reduced_axes(const OpCall& call) {
  int64_t rank = type_of(call.scalar(0)).getRank();
  std::vector<int64_t> axes = static_ints(call.op, "axes", all_axes(rank));
  for (int64_t& axis : axes) axis = axis_of(axis, rank);
  llvm::sort(axes);
  return axes;
}

// The operand's type without the reduced dimensions.
mlir::RankedTensorType reduced_type(mlir::RankedTensorType operand, llvm::ArrayRef<int64_t> axes) {
  llvm::SmallVector<local::Dim> dims;
  for (auto [i, dim] : llvm::enumerate(local::getDims(operand))) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i))) dims.push_back(dim);
  }
  return local::makeTensorType(dims, operand.getElementType());
}

// With `keep_dims` the reduced dimensions come back with size 1.
mlir::Value reduce(Emitter& e, const OpCall& call, mlir::Location result_where,
                   local::ReduceKind kind) {
  mlir::Value value = call.scalar(0);
  std::vector<int64_t> axes = reduced_axes(call);
  if (static_int(call.op, "keep_dims", 0) == 0) {
    return local::ReduceOp::create(e.b, result_where, result_type(e, call), value, kind, axes);
  }
  mlir::Location where = e.at(call.op.range);
  mlir::Value reduced =
      local::ReduceOp::create(e.b, where, reduced_type(type_of(value), axes), value, kind, axes);
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < type_of(value).getRank(); ++i) {
    if (!llvm::is_contained(axes, i)) kept.push_back(i);
  }
  return local::BroadcastInDimOp::create(e.b, result_where, result_type(e, call), reduced,
                                         sizes_of(e, where, reduced), kept);
}

template <local::ReduceKind kind>
Leaves reduce(Emitter& e, const OpCall& call) {
  return {reduce(e, call, e.loc(call), kind)};
}

// The number of elements along dimensions, as a scalar.
mlir::Value count_of(Emitter& e, mlir::Location where, mlir::Value value,
                     llvm::ArrayRef<int64_t> axes, mlir::Type element) {
  auto scalar = mlir::RankedTensorType::get({}, element);
  int64_t fixed = 1;
  mlir::Value unknown;
  for (int64_t axis : axes) {
    if (!type_of(value).isDynamicDim(axis)) {
      fixed *= type_of(value).getDimSize(axis);
      continue;
    }
    mlir::Value size = local::GetDimensionSizeOp::create(e.b, where, value, axis);
    unknown = unknown ? local::MultiplyOp::create(e.b, where, unknown, size) : size;
  }
  if (!unknown) return e.constant(where, scalar, static_cast<double>(fixed));
  if (fixed != 1) {
    unknown = local::MultiplyOp::create(e.b, where, unknown, e.index_constant(where, fixed));
  }
  return local::ConvertOp::create(e.b, where, scalar, unknown);
}

// The sum over the number of elements; of none it is NaN.
Leaves reduce_mean(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::RankedTensorType type = result_type(e, call);
  mlir::Value sum = reduce(e, call, where, local::ReduceKind::Sum);
  mlir::Value count = count_of(e, where, call.scalar(0), reduced_axes(call), type.getElementType());
  if (type.getRank() != 0) {
    count = local::BroadcastInDimOp::create(e.b, where, type, count, sizes_of(e, where, sum),
                                            llvm::ArrayRef<int64_t>());
  }
  return {local::DivideOp::create(e.b, e.loc(call), type, sum, count)};
}

template <local::ReduceKind kind>
Leaves arg_reduce(Emitter& e, const OpCall& call) {
  mlir::Value value = call.scalar(0);
  int64_t axis = axis_of(static_int(call.op, "axis", 0), type_of(value).getRank());
  return {local::ArgReduceOp::create(e.b, e.loc(call), result_type(e, call), value, kind, axis)};
}

// Each leaf is shown under the label and its path; the value is the argument itself.
Leaves debug(Emitter& e, const OpCall& call) {
  const std::string& label = std::get<std::string>(call.op.statics.at("label"));
  for (auto [leaf, value] : llvm::zip_equal(e.leaves(call.op.type), call.args[0])) {
    local::DebugOp::create(e.b, e.at(call.op.range), value, join_path(label, leaf.path));
  }
  return call.args[0];
}

}  // namespace

void add_tensor_ops(OpTable& table) {
  table["zeros"] = [](Emitter& e, const OpCall& call) { return filled(e, call, 0); };
  table["ones"] = [](Emitter& e, const OpCall& call) { return filled(e, call, 1); };
  table["fill"] = fill;
  table["zeros_like"] = zeros_like;
  table["repeat_rows"] = repeat_rows;
  table["inf"] = infinity;
  table["iota"] = iota;
  table["one_hot"] = one_hot;

  table["dim"] = dim;
  table["batch_size"] = batch_size;
  table["reshape"] = reshape;
  table["broadcast_to"] = broadcast_to;
  table["transpose"] = transpose;
  table["slice"] = slice;
  table["concatenate"] = concatenate;

  table["matmul"] = matmul;
  table["dot"] = matmul;
  table["reduce_sum"] = reduce<local::ReduceKind::Sum>;
  table["reduce_prod"] = reduce<local::ReduceKind::Product>;
  table["reduce_max"] = reduce<local::ReduceKind::Max>;
  table["reduce_min"] = reduce<local::ReduceKind::Min>;
  table["reduce_any"] = reduce<local::ReduceKind::Any>;
  table["reduce_all"] = reduce<local::ReduceKind::All>;
  table["reduce_mean"] = reduce_mean;
  table["argmax"] = arg_reduce<local::ReduceKind::Max>;
  table["debug"] = debug;
  table["argmin"] = arg_reduce<local::ReduceKind::Min>;
}

}  // namespace fedc::emission
