// Contractions and reductions, in the canonical order of the arithmetic: see dialects/local.
#include <algorithm>
#include <limits>

#include "compiler/lower/contraction.h"
#include "compiler/lower/lowering.h"
#include "compiler/lower/reduction_kinds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// One side of a product. A transposition is read through: only dimensions are renamed.
struct Side {
  Value value;
  SmallVector<int64_t> batching, contracting, free;  // dimensions of `value`

  Side(Value written, ArrayRef<int64_t> batch, ArrayRef<int64_t> contract) : value(written) {
    auto type = cast<RankedTensorType>(written.getType());
    SmallVector<int64_t> source = llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
    while (auto op = value.getDefiningOp<local::TransposeOp>()) {
      for (int64_t& dim : source) dim = op.getPermutation()[dim];
      value = op.getOperand();
    }
    for (int64_t dim : batch) batching.push_back(source[dim]);
    for (int64_t dim : contract) contracting.push_back(source[dim]);
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
        free.push_back(source[dim]);
  }
};

}  // namespace

LogicalResult refuse_half(Operation* op, Type element) {
  if (!element.isF16() && !element.isBF16()) return success();
  return op->emitError(
      "arithmetic on float16 and bfloat16 is not available in compiled code yet: convert to "
      "float32 first");
}

Value combine(OpBuilder& b, Location loc, local::ReduceKind kind, bool is_float, bool is_unsigned,
              Value x, Value y) {
  switch (kind) {
    case local::ReduceKind::Sum:
      if (is_float) return arith::AddFOp::create(b, loc, x, y);
      return arith::AddIOp::create(b, loc, x, y);
    case local::ReduceKind::Product:
      if (is_float) return arith::MulFOp::create(b, loc, x, y);
      return arith::MulIOp::create(b, loc, x, y);
    case local::ReduceKind::Max:
      if (is_float) return arith::MaximumFOp::create(b, loc, x, y);
      if (is_unsigned) return arith::MaxUIOp::create(b, loc, x, y);
      return arith::MaxSIOp::create(b, loc, x, y);
    case local::ReduceKind::Min:
      if (is_float) return arith::MinimumFOp::create(b, loc, x, y);
      if (is_unsigned) return arith::MinUIOp::create(b, loc, x, y);
      return arith::MinSIOp::create(b, loc, x, y);
    case local::ReduceKind::Any:
      return arith::OrIOp::create(b, loc, x, y);
    case local::ReduceKind::All:
      return arith::AndIOp::create(b, loc, x, y);
  }
  llvm_unreachable("a kind of reduction");
}

TypedAttr identity(OpBuilder& b, local::ReduceKind kind, Type type, bool is_unsigned) {
  if (isa<FloatType>(type)) {
    double infinity = std::numeric_limits<double>::infinity();
    switch (kind) {
      case local::ReduceKind::Product:
        return b.getFloatAttr(type, 1);
      case local::ReduceKind::Max:
        return b.getFloatAttr(type, -infinity);
      case local::ReduceKind::Min:
        return b.getFloatAttr(type, infinity);
      default:
        return b.getFloatAttr(type, 0);
    }
  }
  unsigned width = type.getIntOrFloatBitWidth();
  APInt value = APInt::getZero(width);
  if (kind == local::ReduceKind::Product || kind == local::ReduceKind::All) value = APInt(width, 1);
  if (kind == local::ReduceKind::Max)
    value = is_unsigned ? APInt::getMinValue(width) : APInt::getSignedMinValue(width);
  if (kind == local::ReduceKind::Min)
    value = is_unsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width);
  return b.getIntegerAttr(type, value);
}

// What a dimension of both sides runs backwards through; null where it is not so, or where products
// are not built as vectors along the right side's last dimension.
static std::pair<Value, Value> read_backwards(local::DotGeneralOp op) {
  auto left = op.getLhs().getDefiningOp<local::ReverseOp>(),
       right = op.getRhs().getDefiningOp<local::ReverseOp>();
  if (!left || !right || op.getLhsContracting().empty()) return {};
  const int64_t i = op.getLhsContracting()[0], j = op.getRhsContracting()[0];
  auto type = cast<RankedTensorType>(right.getType());
  SmallVector<int64_t> free = op.getRhsFree();
  if (left.getDimensions() != ArrayRef(i) || right.getDimensions() != ArrayRef(j) ||
      cast<RankedTensorType>(left.getType()).isDynamicDim(i) || type.isDynamicDim(j) ||
      !isa<FloatType>(type.getElementType()) || free.empty() || free.back() != type.getRank() - 1 ||
      type.getDimSize(free.back()) <= 1)
    return {};
  return {left.getOperand(), right.getOperand()};
}

void Lowering::turn_right_sides(Block& step) {
  for (auto op : step.getOps<local::DotGeneralOp>()) {
    Side right(op.getRhs(), op.getRhsBatching(), op.getRhsContracting());
    auto type = cast<RankedTensorType>(right.value.getType());
    const int64_t rank = type.getRank();
    if (right.value.getParentRegion()->isAncestor(step.getParent()) &&
        right.value.getParentRegion() != step.getParent() && type.hasStaticShape() &&
        isa<Float32Type, Float64Type>(type.getElementType()) && !right.free.empty() &&
        !right.contracting.empty() && right.contracting.back() == rank - 1 &&
        type.getDimSize(right.free.back()) > 1) {
      SmallVector<int64_t> order = right.batching;
      llvm::append_range(order, right.contracting);
      llvm::append_range(order, right.free);
      const Lowered& from = get(right.value);
      Lowered copy;
      SmallVector<AffineExpr> source(rank);
      for (auto [place, dim] : llvm::enumerate(order)) {
        copy.sizes.push_back(from.sizes[dim]);
        copy.bounds.push_back(from.bounds[dim]);
        source[dim] = b.getAffineDimExpr(place);
      }
      turned_[op] = generic(op.getLoc(), copy, type.getElementType(), {from},
                            {AffineMap::get(rank, 0, source, b.getContext())},
                            [](OpBuilder&, Location, ValueRange values) { return values[0]; });
    }
  }
}

LogicalResult Lowering::lower_dot(local::DotGeneralOp op) {
  Location loc = op.getLoc();
  auto [last_left, last_right] = read_backwards(op);
  const bool is_backwards = bool(last_left);
  Side left(is_backwards ? last_left : op.getLhs(), op.getLhsBatching(), op.getLhsContracting()),
      right(is_backwards ? last_right : op.getRhs(), op.getRhsBatching(), op.getRhsContracting());
  Lowered lhs = get(left.value), rhs;
  if (auto turned = turned_.find(op); turned != turned_.end()) {
    rhs = turned->second;
    int64_t next = 0;
    for (SmallVector<int64_t>* dims : {&right.batching, &right.contracting, &right.free})
      for (int64_t& dim : *dims) dim = next++;
  } else {
    rhs = get(right.value);
  }
  Type written = cast<RankedTensorType>(op.getType()).getElementType();
  Type element = signless(written);
  if (failed(refuse_half(op, element))) return failure();
  int64_t batch = left.batching.size(), contracted = left.contracting.size();
  Sizes lhs_sizes = lhs.sizes, rhs_sizes = rhs.sizes;
  auto match = [&](ArrayRef<int64_t> left, ArrayRef<int64_t> right) {
    for (auto [i, j] : llvm::zip_equal(left, right)) {
      OpFoldResult size = agree(loc, lhs_sizes[i], rhs_sizes[j]);
      lhs_sizes[i] = rhs_sizes[j] = size;
      int64_t bound = std::min(lhs.bounds[i], rhs.bounds[j]);
      lhs.bounds[i] = rhs.bounds[j] = bound;
    }
  };
  match(left.batching, right.batching);
  match(left.contracting, right.contracting);
  lhs = lhs.is_scalar() ? lhs : resize(loc, lhs, lhs_sizes, lhs.bounds);
  rhs = rhs.is_scalar() ? rhs : resize(loc, rhs, rhs_sizes, rhs.bounds);
  // Loops: batching, lhs's free, contracting, rhs's free. With the contracting ones outside the
  // last each output still accumulates in increasing k, and the innermost loop runs along rows.
  SmallVector<int64_t> m = left.free, n = right.free;
  int64_t first_k = batch + m.size(), first_n = first_k + contracted;
  int64_t loops = first_n + n.size();
  SmallVector<AffineExpr> in_lhs(lhs.sizes.size()), in_rhs(rhs.sizes.size()), in_out;
  SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::parallel);
  Lowered shape;
  auto output = [&](const Lowered& from, int64_t dim, int64_t loop) {
    shape.sizes.push_back(from.sizes[dim]);
    shape.bounds.push_back(from.bounds[dim]);
    in_out.push_back(b.getAffineDimExpr(loop));
  };
  for (int64_t i = 0; i < batch; ++i) {
    in_lhs[left.batching[i]] = in_rhs[right.batching[i]] = b.getAffineDimExpr(i);
    output(lhs, left.batching[i], i);
  }
  for (auto [i, dim] : llvm::enumerate(m)) {
    in_lhs[dim] = b.getAffineDimExpr(batch + i);
    output(lhs, dim, batch + i);
  }
  for (int64_t i = 0; i < contracted; ++i) {
    AffineExpr k = b.getAffineDimExpr(first_k + i);
    in_lhs[left.contracting[i]] = in_rhs[right.contracting[i]] = k;
    iterators[first_k + i] = utils::IteratorType::reduction;
  }
  for (auto [i, dim] : llvm::enumerate(n)) {
    in_rhs[dim] = b.getAffineDimExpr(first_n + i);
    output(rhs, dim, first_n + i);
  }
  if (isa<FloatType>(element) && !lhs.is_scalar() && !n.empty()) {
    if (std::optional<int64_t> columns = getConstantIntValue(rhs.sizes[n.back()]);
        columns && *columns > 1) {
      // Where neighbours on the right are iterations of the last contracted loop, panels are
      // turned. Else a copy whose last dimension is the columns', so that they are neighbours.
      int64_t from = n.back(), last = rhs.sizes.size() - 1;
      bool turned = contracted > 0 && right.contracting.back() == last;
      if (from != last && !turned) {
        auto to_last = [&](auto& dims) {
          std::rotate(dims.begin() + from, dims.begin() + from + 1, dims.end());
        };
        Lowered copy = rhs;
        to_last(copy.sizes);
        to_last(copy.bounds);
        SmallVector<AffineExpr> source;
        for (int64_t d = 0; d <= last; ++d)
          source.push_back(b.getAffineDimExpr(d < from ? d : d == from ? last : d - 1));
        rhs = generic(loc, copy, element, {rhs},
                      {AffineMap::get(last + 1, 0, source, b.getContext())},
                      [](OpBuilder&, Location, ValueRange values) { return values[0]; });
        to_last(in_rhs);
        n.back() = last;
      }
      // The numbered loops as outer ones, rows, columns and contracted ones.
      Contraction c;
      c.op = op;
      c.element = element;
      c.left = lhs.value;
      c.right = rhs.value;
      if (op.getInto()) c.into = get(op.getInto()).value;
      c.columns = *columns;
      c.turned = turned;
      Value last_step;
      if (is_backwards) last_step = index_constant(loc, lhs.bounds[left.contracting.front()] - 1);
      SmallVector<int64_t> outer;
      auto add_outer = [&](int64_t loop, const Lowered& from, int64_t dim, bool moves_right) {
        outer.push_back(loop);
        c.outer.push_back({from.sizes[dim], from.bounds[dim], moves_right});
      };
      for (int64_t i = 0; i < batch; ++i) add_outer(i, lhs, left.batching[i], true);
      for (size_t i = 0; i + 1 < m.size(); ++i) add_outer(batch + i, lhs, m[i], false);
      for (size_t i = 0; i + 1 < n.size(); ++i) add_outer(first_n + i, rhs, n[i], true);
      if (!m.empty()) {
        c.rows = lhs.sizes[m.back()];
        c.row_bound = lhs.bounds[m.back()];
        c.rows_are_near = m.back() + 1 == static_cast<int64_t>(lhs.sizes.size());
      }
      for (int64_t dim : left.contracting)
        c.contracted.push_back({lhs.sizes[dim], lhs.bounds[dim], {}, {}});
      auto at = [=, this](ArrayRef<AffineExpr> dims) {
        SmallVector<int64_t> follows;
        for (AffineExpr dim : dims) follows.push_back(cast<AffineDimExpr>(dim).getPosition());
        return [=, this](const ContractionIndex& here) {
          Values loop(loops);
          for (auto [number, value] : llvm::zip_equal(outer, here.outer)) loop[number] = value;
          for (auto [i, value] : llvm::enumerate(here.contracted)) loop[first_k + i] = value;
          if (is_backwards && !here.contracted.empty())
            loop[first_k] = arith::SubIOp::create(b, loc, last_step, loop[first_k]);
          if (here.row) loop[first_k - 1] = here.row;
          loop[loops - 1] = here.column;
          return Values(llvm::map_range(follows, [&](int64_t number) { return loop[number]; }));
        };
      };
      c.at_left = at(in_lhs);
      c.at_right = at(in_rhs);
      c.at_output = at(in_out);
      build_contraction(*this, loc, c, shape);
      return success();
    }
  }
  Value zero = constant(loc, element, 0);
  auto step = [&](OpBuilder& inner, Location at, Value x, Value y, Value sum) -> Value {
    if (isa<FloatType>(element)) return product_and_sum(inner, at, x, y, sum);
    Value product = arith::MulIOp::create(inner, at, x, y);
    return arith::AddIOp::create(inner, at, sum, product);
  };
  if (lhs.is_scalar() || rhs.is_scalar()) {
    // No batching and no contraction: a scaled tensor.
    SmallVector<Lowered> operands = {lhs, rhs};
    if (op.getInto()) operands.push_back(get(op.getInto()));
    map(op.getResult(), generic(loc, shape, element, operands, {},
                                [&](OpBuilder& inner, Location at, ValueRange v) {
                                  return step(inner, at, v[0], v[1], v.size() > 2 ? v[2] : zero);
                                }));
    return success();
  }
  auto affine = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(loops, 0, exprs, b.getContext());
  };
  // A scalar result (a dot product) is a tensor of rank 0 inside.
  Value init;
  if (shape.is_scalar()) {
    Value cell = tensor::EmptyOp::create(b, loc, ArrayRef<int64_t>{}, element);
    Value first = op.getInto() ? get(op.getInto()).value : zero;
    init = linalg::FillOp::create(b, loc, first, cell).getResult(0);
  } else if (op.getInto()) {
    // A copy, which the sums may overwrite.
    init = generic(loc, shape, element, {get(op.getInto())}, {},
                   [](OpBuilder&, Location, ValueRange values) { return values[0]; })
               .value;
  } else {
    init = fill(loc, shape, zero).value;
  }
  auto dot = linalg::GenericOp::create(
      b, loc, init.getType(), ValueRange{lhs.value, rhs.value}, init,
      ArrayRef<AffineMap>{affine(in_lhs), affine(in_rhs), affine(in_out)}, iterators,
      [&](OpBuilder& inner, Location at, ValueRange v) {
        linalg::YieldOp::create(inner, at, step(inner, at, v[0], v[1], v[2]));
      });
  shape.value = dot.getResult(0);
  if (shape.is_scalar()) shape.value = tensor::ExtractOp::create(b, loc, shape.value, ValueRange{});
  map(op.getResult(), shape);
  return success();
}

// Any or all: every order gives the same, so there are no partials, and the code is a loop for each
// dimension. A program under --check-nan has thousands of these.
Lowered Lowering::reduce_truths(local::ReduceOp op, const Lowered& operand,
                                ArrayRef<int64_t> reduced, ArrayRef<Value> sizes,
                                const Lowered& shape) {
  // What makes the truths of one tensor right before is done where they are read, `is_finite` say:
  // they are stored nowhere. (What it was lowered to has no use and goes.)
  Value read = op.getOperand();
  SmallVector<Operation*> makers;  // the last first
  for (Operation *user = op, *maker; (maker = read.getDefiningOp()); user = maker) {
    if (!maker->hasTrait<OpTrait::Elementwise>() || maker->getNumOperands() != 1 ||
        maker->getNextNode() != user || !read.hasOneUse())
      break;
    makers.push_back(maker);
    read = maker->getOperand(0);
  }
  const Value source = get(read).value;
  Value zero = index_constant(op.getLoc(), 0), one = index_constant(op.getLoc(), 1);
  Value start = constant(op.getLoc(), b.getI1Type(), op.getKind() == local::ReduceKind::All);
  return generic(
      op.getLoc(), shape, b.getI1Type(), {}, {},
      [&](OpBuilder& inner, Location at, ValueRange) -> Value {
        Values indices(operand.sizes.size());
        for (size_t d = 0, next = 0; d < indices.size(); ++d)
          if (!llvm::is_contained(reduced, static_cast<int64_t>(d)))
            indices[d] = linalg::IndexOp::create(inner, at, next++);
        auto loops = [&](auto& self, OpBuilder& inner, size_t depth, Value so_far) -> Value {
          if (depth == reduced.size()) {
            Value truth = tensor::ExtractOp::create(inner, at, source, indices);
            for (Operation* maker : llvm::reverse(makers)) truth = scalar(inner, maker, truth);
            return combine(inner, at, op.getKind(), /*is_float=*/false, /*is_unsigned=*/true,
                           so_far, truth);
          }
          return scf::ForOp::create(inner, at, zero, sizes[depth], one, so_far,
                                    [&](OpBuilder& body, Location, Value i, ValueRange carried) {
                                      indices[reduced[depth]] = i;
                                      Value found = self(self, body, depth + 1, carried[0]);
                                      scf::YieldOp::create(body, at, found);
                                    })
              .getResult(0);
        };
        return loops(loops, inner, 0, start);
      });
}

LogicalResult Lowering::lower_reduce(local::ReduceOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  Type written = cast<RankedTensorType>(op.getType()).getElementType();
  Type element = signless(written);
  if (failed(refuse_half(op, element))) return failure();
  bool is_float = isa<FloatType>(element);
  bool is_unsigned = written.isUnsignedInteger() || written.isInteger(1);
  local::ReduceKind kind = op.getKind();
  SmallVector<int64_t> reduced(op.getDimensions());
  llvm::sort(reduced);
  if (reduced.empty()) {
    map(op.getResult(), operand);
    return success();
  }
  Lowered shape;
  for (int64_t d = 0; d < static_cast<int64_t>(operand.sizes.size()); ++d) {
    if (llvm::is_contained(reduced, d)) continue;
    shape.sizes.push_back(operand.sizes[d]);
    shape.bounds.push_back(operand.bounds[d]);
  }
  if (reduce_columns(*this, op, reduced, shape)) {
    map(op.getResult(), shape);
    return success();
  }
  // The reduced dimensions as one, row-major; products that fold need no code.
  Value count = index(loc, operand.sizes[reduced[0]]);
  for (int64_t d : ArrayRef(reduced).drop_front())
    count = arith::MulIOp::create(b, loc, count, index(loc, operand.sizes[d]));
  SmallVector<Value> reduced_sizes;
  for (int64_t d : reduced) reduced_sizes.push_back(index(loc, operand.sizes[d]));
  if (kind == local::ReduceKind::Any || kind == local::ReduceKind::All) {
    map(op.getResult(), reduce_truths(op, operand, reduced, reduced_sizes, shape));
    return success();
  }
  Value lanes = index_constant(loc, kPartials), zero = index_constant(loc, 0),
        one = index_constant(loc, 1);
  Value tail = arith::RemUIOp::create(b, loc, count, lanes);
  Value body = arith::SubIOp::create(b, loc, count, tail);
  auto vector = VectorType::get({kPartials}, element);
  TypedAttr neutral = identity(b, kind, element, is_unsigned);
  Value start = arith::ConstantOp::create(b, loc,
                                          cast<TypedAttr>(Attribute(DenseElementsAttr::get(
                                              cast<ShapedType>(vector), Attribute(neutral)))));
  Value neutral_scalar = arith::ConstantOp::create(b, loc, neutral);

  auto body_of = [&](OpBuilder&, Location at, ValueRange) -> Value {
    Values outer;
    for (size_t d = 0; d < shape.sizes.size(); ++d)
      outer.push_back(linalg::IndexOp::create(b, at, d));
    auto load = [&](OpBuilder& inner, Value linear) -> Value {
      Values indices(operand.sizes.size());
      auto next = outer.begin();
      for (size_t d = 0; d < indices.size(); ++d)
        if (!llvm::is_contained(reduced, static_cast<int64_t>(d))) indices[d] = *next++;
      for (int64_t i = reduced.size() - 1; i >= 0; --i) {
        if (i == 0) {
          indices[reduced[i]] = linear;
          break;
        }
        indices[reduced[i]] = arith::RemUIOp::create(inner, at, linear, reduced_sizes[i]);
        linear = arith::DivUIOp::create(inner, at, linear, reduced_sizes[i]);
      }
      return tensor::ExtractOp::create(inner, at, operand.value, indices);
    };
    auto offset = [&](OpBuilder& inner, Value base, int64_t lane) -> Value {
      if (lane == 0) return base;
      return arith::AddIOp::create(inner, at, base,
                                   arith::ConstantIndexOp::create(inner, at, lane));
    };
    auto main = scf::ForOp::create(
        b, at, zero, body, lanes, ValueRange(start),
        [&](OpBuilder& inner, Location at, Value i, ValueRange acc) {
          Values loaded;
          for (int64_t lane = 0; lane < kPartials; ++lane)
            loaded.push_back(load(inner, offset(inner, i, lane)));
          Value v = vector::FromElementsOp::create(inner, at, vector, loaded);
          scf::YieldOp::create(inner, at,
                               combine(inner, at, kind, is_float, is_unsigned, acc[0], v));
        });
    // The rest, with the identity where there is no element: adding +0 to a partial, or
    // multiplying it by 1, changes no bit of it (a partial sum is never -0: it started at +0).
    Value has_tail = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ugt, tail, zero);
    auto rest = scf::IfOp::create(
        b, at, has_tail,
        [&](OpBuilder& inner, Location at) {
          Value last = arith::SubIOp::create(inner, at, count, one);
          Values loaded;
          for (int64_t lane = 0; lane < kPartials - 1; ++lane) {
            Value i = offset(inner, body, lane);
            Value inside = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::ult, i, count);
            Value x = load(inner, arith::MinUIOp::create(inner, at, i, last));
            loaded.push_back(arith::SelectOp::create(inner, at, inside, x, neutral_scalar));
          }
          loaded.push_back(neutral_scalar);
          Value v = vector::FromElementsOp::create(inner, at, vector, loaded);
          scf::YieldOp::create(
              inner, at, combine(inner, at, kind, is_float, is_unsigned, main.getResult(0), v));
        },
        [&](OpBuilder& inner, Location at) { scf::YieldOp::create(inner, at, main.getResult(0)); });
    Value partials = rest.getResult(0);
    for (int64_t half = kPartials / 2; half >= 1; half /= 2) {
      auto slice = [&](int64_t from) -> Value {
        return vector::ExtractStridedSliceOp::create(b, at, partials, ArrayRef<int64_t>{from},
                                                     ArrayRef<int64_t>{half}, ArrayRef<int64_t>{1});
      };
      partials = combine(b, at, kind, is_float, is_unsigned, slice(0), slice(half));
    }
    return vector::ExtractOp::create(b, at, partials, 0);
  };
  map(op.getResult(), generic(loc, shape, element, {}, {}, body_of));
  return success();
}

LogicalResult Lowering::lower_arg_reduce(local::ArgReduceOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  Type written = cast<RankedTensorType>(op.getOperand().getType()).getElementType();
  Type element = signless(written);
  Type result = signless(cast<RankedTensorType>(op.getType()).getElementType());
  if (failed(refuse_half(op, element))) return failure();
  bool is_float = isa<FloatType>(element), is_unsigned = written.isUnsignedInteger();
  bool wants_max = op.getKind() == local::ReduceKind::Max;
  int64_t dim = op.getDimension();
  Lowered shape;
  for (int64_t d = 0; d < static_cast<int64_t>(operand.sizes.size()); ++d) {
    if (d == dim) continue;
    shape.sizes.push_back(operand.sizes[d]);
    shape.bounds.push_back(operand.bounds[d]);
  }
  Value zero = index_constant(loc, 0), one = index_constant(loc, 1);
  Value count = index(loc, operand.sizes[dim]);
  Value start = arith::ConstantOp::create(
      b, loc,
      identity(b, wants_max ? local::ReduceKind::Max : local::ReduceKind::Min, element,
               is_unsigned));
  map(op.getResult(),
      generic(loc, shape, result, {}, {}, [&](OpBuilder&, Location at, ValueRange) -> Value {
        Values indices;
        for (size_t d = 0; d < shape.sizes.size(); ++d)
          indices.push_back(linalg::IndexOp::create(b, at, d));
        indices.insert(indices.begin() + dim, Value());
        auto loop = scf::ForOp::create(
            b, at, zero, count, one, ValueRange{start, zero},
            [&](OpBuilder& inner, Location at, Value i, ValueRange best) {
              Values here = indices;
              here[dim] = i;
              Value x = tensor::ExtractOp::create(inner, at, operand.value, here);
              Value better;
              if (is_float) {
                using P = arith::CmpFPredicate;
                // Strictly better; or the first NaN, which nothing beats.
                Value strict =
                    arith::CmpFOp::create(inner, at, wants_max ? P::OGT : P::OLT, x, best[0]);
                Value nan = arith::CmpFOp::create(inner, at, P::UNO, x, x);
                Value fine = arith::CmpFOp::create(inner, at, P::ORD, best[0], best[0]);
                better = arith::OrIOp::create(inner, at, strict,
                                              arith::AndIOp::create(inner, at, nan, fine));
              } else {
                using P = arith::CmpIPredicate;
                P p = wants_max ? (is_unsigned ? P::ugt : P::sgt) : (is_unsigned ? P::ult : P::slt);
                better = arith::CmpIOp::create(inner, at, p, x, best[0]);
              }
              Value value = arith::SelectOp::create(inner, at, better, x, best[0]);
              Value where = arith::SelectOp::create(inner, at, better, i, best[1]);
              scf::YieldOp::create(inner, at, ValueRange{value, where});
            });
        Value where = loop.getResult(1);
        if (isa<FloatType>(result))
          return arith::SIToFPOp::create(b, at, result,
                                         arith::IndexCastOp::create(b, at, b.getI64Type(), where));
        return arith::IndexCastOp::create(b, at, result, where);
      }));
  return success();
}

}  // namespace fedc::lower
