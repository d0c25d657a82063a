// Convolutions and their gradients: contractions whose steps are those taps of a window that do not
// lie in the padding.
#include "compiler/lower/contraction.h"
#include "compiler/lower/reduction_kinds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// Index arithmetic that leaves out what is known to do nothing.
class Indices {
 public:
  Indices(OpBuilder& builder, Location loc) : b_(builder), loc_(loc) {}

  Value constant(int64_t v) { return arith::ConstantIndexOp::create(b_, loc_, v); }
  Value add(Value x, int64_t k) {
    return k == 0 ? x : Value(arith::AddIOp::create(b_, loc_, x, constant(k)));
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b_, loc_, x, y); }
  Value subtract(Value x, Value y) { return arith::SubIOp::create(b_, loc_, x, y); }
  Value multiply(Value x, int64_t k) {
    return k == 1 ? x : Value(arith::MulIOp::create(b_, loc_, x, constant(k)));
  }
  // Of a number that is not negative.
  Value divide(Value x, int64_t k) {
    return k == 1 ? x : Value(arith::DivUIOp::create(b_, loc_, x, constant(k)));
  }
  // What that division leaves.
  Value rest(Value x, int64_t k) {
    return k == 1 ? constant(0) : Value(arith::RemUIOp::create(b_, loc_, x, constant(k)));
  }
  Value at_least_0(Value x) { return arith::MaxSIOp::create(b_, loc_, x, constant(0)); }
  Value at_most(Value x, int64_t k) { return arith::MinSIOp::create(b_, loc_, x, constant(k)); }
  Value is_multiple(Value x, int64_t k) {
    Value rest = arith::RemSIOp::create(b_, loc_, x, constant(k));
    return arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, rest, constant(0));
  }

 private:
  OpBuilder& b_;
  Location loc_;
};

// One of the three tensors of a convolution, by its part in it.
struct Parts {
  RankedTensorType operand, filter, result;
};

// What the three operations share. Sizes but the batch's are static.
class Convolution {
 public:
  template <class Op>
  Convolution(Lowering& lowering, Op op, Parts parts)
      : parts(parts),
        spatial(op.getStrides().size()),
        groups(op.getGroups()),
        in_group(parts.filter.getDimSize(spatial)),
        out_group(parts.filter.getDimSize(spatial + 1) / int64_t(op.getGroups())),
        at(lowering.b, op.getLoc()),
        strides_(op.getStrides()),
        padding_(op.getPadding()),
        dilation_(op.getDilation()) {}

  Parts parts;
  int64_t spatial, groups, in_group, out_group;
  Indices at;

  int64_t operand_size(int64_t i) const { return parts.operand.getDimSize(i + 1); }
  int64_t result_size(int64_t i) const { return parts.result.getDimSize(i + 1); }
  int64_t filter_size(int64_t i) const { return parts.filter.getDimSize(i); }

  // The element of the operand that tap `k` of position `p` takes.
  Value tap(int64_t i, Value p, Value k) {
    return at.add(at.add(at.multiply(p, strides_[i]), at.multiply(k, dilation_[i])),
                  -padding_[2 * i]);
  }
  // The taps of position `p` that are not in the padding.
  std::pair<Value, Value> taps(int64_t i, Value p) {
    return inside(i, at.multiply(p, strides_[i]), dilation_[i], filter_size(i));
  }
  // The positions whose tap `k` is not in the padding.
  std::pair<Value, Value> positions(int64_t i, Value k) {
    return inside(i, at.multiply(k, dilation_[i]), strides_[i], result_size(i));
  }
  // The taps that may take element `h`: where `is_tap` holds, position `position` does.
  std::pair<Value, Value> taps_of_element(int64_t i, Value h) {
    Value from = at.add(h, padding_[2 * i]);
    int64_t d = dilation_[i];
    Value low = at.divide(at.at_least_0(at.add(from, d - result_size(i) * strides_[i])), d);
    Value high = at.at_most(at.add(at.divide(from, d), 1), filter_size(i));
    return {low, high};
  }
  bool skips(int64_t i) const { return strides_[i] != 1; }
  Value is_tap(int64_t i, Value h, Value k) { return at.is_multiple(origin(i, h, k), strides_[i]); }
  Value position(int64_t i, Value h, Value k) { return at.divide(origin(i, h, k), strides_[i]); }

  Value channel(Value group, Value channel, int64_t in_group) {
    return groups == 1 ? channel : at.add(at.multiply(group, in_group), channel);
  }

 private:
  Value origin(int64_t i, Value h, Value k) {
    return at.subtract(at.add(h, padding_[2 * i]), at.multiply(k, dilation_[i]));
  }
  // The n from 0 to `count` with 0 <= base + n * step - low < the operand's size.
  std::pair<Value, Value> inside(int64_t i, Value base, int64_t step, int64_t count) {
    int64_t low = padding_[2 * i];
    auto rounded_up = [&](int64_t end) {
      Value distance = at.at_least_0(at.subtract(at.constant(end), base));
      return at.divide(at.add(distance, step - 1), step);
    };
    Value first = low == 0 ? at.constant(0) : rounded_up(low);
    return {first, at.at_most(rounded_up(low + operand_size(i)), count)};
  }

  ArrayRef<int64_t> strides_, padding_, dilation_;
};

RankedTensorType tensor_type(Value value) { return cast<RankedTensorType>(value.getType()); }

Contraction::Step whole(OpFoldResult size, int64_t bound) { return {size, bound, {}, {}}; }

// Maps the contraction's result; zeros where there is nothing to add up.
void contract(Lowering& l, Operation* op, Contraction& c, const Lowered& left, const Lowered& right,
              const Lowered& shape) {
  Location loc = op->getLoc();
  if (llvm::is_contained(left.bounds, 0) || llvm::is_contained(right.bounds, 0) ||
      llvm::is_contained(shape.bounds, 0)) {
    l.map(op->getResult(0), l.fill(loc, shape, l.constant(loc, c.element, 0)));
    return;
  }
  c.op = op;
  c.left = left.value;
  c.right = right.value;
  build_contraction(l, loc, c, shape);
}

// The batch is that of `like`; other sizes are the type's.
Lowered shape_like(Lowering& l, RankedTensorType type, const Lowered& like) {
  Lowered shape;
  for (int64_t size : type.getShape()) {
    shape.sizes.push_back(l.b.getIndexAttr(size));
    shape.bounds.push_back(size);
  }
  shape.sizes[0] = like.sizes[0];
  shape.bounds[0] = like.bounds[0];
  return shape;
}

}  // namespace

// Outer loops: group, position. Rows: batch. Columns: channels of the result in a group.
// Contracted: taps, channels of the operand in a group.
LogicalResult Lowering::lower_convolution(local::ConvolutionOp op) {
  Lowered operand = get(op.getLhs()), filter = get(op.getRhs());
  Convolution v(*this, op,
                {tensor_type(op.getLhs()), tensor_type(op.getRhs()), tensor_type(op.getResult())});
  Contraction c;
  c.element = signless(v.parts.filter.getElementType());
  if (failed(refuse_half(op, c.element))) return failure();
  c.outer.push_back({b.getIndexAttr(v.groups), v.groups, true});
  for (int64_t i = 0; i < v.spatial; ++i) {
    c.outer.push_back({b.getIndexAttr(v.result_size(i)), v.result_size(i), false});
    Contraction::Step step = whole(b.getIndexAttr(v.filter_size(i)), v.filter_size(i));
    step.range = [&v, i](const ContractionIndex& n) { return v.taps(i, n.outer[i + 1]); };
    c.contracted.push_back(step);
  }
  c.contracted.push_back(whole(b.getIndexAttr(v.in_group), v.in_group));
  c.rows = operand.sizes[0];
  c.row_bound = operand.bounds[0];
  c.columns = v.out_group;
  c.at_left = [&](const ContractionIndex& n) {
    Values index = {n.row};
    for (int64_t i = 0; i < v.spatial; ++i)
      index.push_back(v.tap(i, n.outer[i + 1], n.contracted[i]));
    index.push_back(v.channel(n.outer[0], n.contracted.back(), v.in_group));
    return index;
  };
  c.at_right = [&](const ContractionIndex& n) {
    Values index = n.contracted;
    index.push_back(v.channel(n.outer[0], n.column, v.out_group));
    return index;
  };
  c.at_output = [&](const ContractionIndex& n) {
    Values index = {n.row};
    llvm::append_range(index, llvm::drop_begin(n.outer));
    index.push_back(v.channel(n.outer[0], n.column, v.out_group));
    return index;
  };
  contract(*this, op, c, operand, filter, shape_like(*this, v.parts.result, operand));
  return success();
}

// Outer loops: group, element. Rows: batch. Columns: channels of the operand in a group.
// Contracted: taps, channels of the result in a group.
LogicalResult Lowering::lower_convolution_data(local::ConvolutionDataOp op) {
  Lowered gradient = get(op.getLhs()), filter = get(op.getRhs());
  Convolution v(*this, op,
                {tensor_type(op.getResult()), tensor_type(op.getRhs()), tensor_type(op.getLhs())});
  Contraction c;
  c.element = signless(v.parts.filter.getElementType());
  if (failed(refuse_half(op, c.element))) return failure();
  c.outer.push_back({b.getIndexAttr(v.groups), v.groups, true});
  for (int64_t i = 0; i < v.spatial; ++i) {
    c.outer.push_back({b.getIndexAttr(v.operand_size(i)), v.operand_size(i), false});
    Contraction::Step step = whole(b.getIndexAttr(v.filter_size(i)), v.filter_size(i));
    step.range = [&v, i](const ContractionIndex& n) {
      return v.taps_of_element(i, n.outer[i + 1]);
    };
    if (v.skips(i))
      step.guard = [&v, i](const ContractionIndex& n) {
        return v.is_tap(i, n.outer[i + 1], n.contracted[i]);
      };
    c.contracted.push_back(step);
  }
  c.contracted.push_back(whole(b.getIndexAttr(v.out_group), v.out_group));
  c.rows = gradient.sizes[0];
  c.row_bound = gradient.bounds[0];
  c.columns = v.in_group;
  c.at_left = [&](const ContractionIndex& n) {
    Values index = {n.row};
    for (int64_t i = 0; i < v.spatial; ++i)
      index.push_back(v.position(i, n.outer[i + 1], n.contracted[i]));
    index.push_back(v.channel(n.outer[0], n.contracted.back(), v.out_group));
    return index;
  };
  c.turned = true;
  c.at_right = [&](const ContractionIndex& n) {
    Values index(n.contracted.begin(), n.contracted.end() - 1);
    index.push_back(n.column);
    index.push_back(v.channel(n.outer[0], n.contracted.back(), v.out_group));
    return index;
  };
  c.at_output = [&](const ContractionIndex& n) {
    Values index = {n.row};
    llvm::append_range(index, llvm::drop_begin(n.outer));
    index.push_back(v.channel(n.outer[0], n.column, v.in_group));
    return index;
  };
  contract(*this, op, c, gradient, filter, shape_like(*this, v.parts.operand, gradient));
  return success();
}

// Outer loops: group, tap. Rows: channels of the operand in a group. Columns: those of the result.
// Contracted: batch, positions. Where there are few channels, rows are the last dimension's taps of
// each, so that a tile has enough sums: they differ in the positions whose tap is in the padding.
LogicalResult Lowering::lower_convolution_filter(local::ConvolutionFilterOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getLhs()), gradient = get(op.getRhs());
  Convolution v(*this, op,
                {tensor_type(op.getLhs()), tensor_type(op.getResult()), tensor_type(op.getRhs())});
  Contraction c;
  c.element = signless(v.parts.filter.getElementType());
  if (failed(refuse_half(op, c.element))) return failure();
  Sizes left = operand.sizes, right = gradient.sizes;
  left[0] = right[0] = agree(loc, left[0], right[0]);
  operand.bounds[0] = gradient.bounds[0] = std::min(operand.bounds[0], gradient.bounds[0]);
  operand = resize(loc, operand, left, operand.bounds);
  gradient = resize(loc, gradient, right, gradient.bounds);
  const int64_t last = v.spatial - 1;
  const bool by_tap = last >= 0 && v.in_group < tiles.tail_rows && v.filter_size(last) > 1;
  auto tap_of = [&](const ContractionIndex& n, int64_t i) {
    return by_tap && i == last ? v.at.divide(n.row, v.in_group) : n.outer[i + 1];
  };
  auto channel_of = [&](const ContractionIndex& n) {
    return by_tap ? v.at.rest(n.row, v.in_group) : n.row;
  };
  c.outer.push_back({b.getIndexAttr(v.groups), v.groups, true});
  c.contracted.push_back(whole(left[0], operand.bounds[0]));
  for (int64_t i = 0; i < v.spatial; ++i) {
    const bool is_row = by_tap && i == last;
    if (!is_row) c.outer.push_back({b.getIndexAttr(v.filter_size(i)), v.filter_size(i), false});
    Contraction::Step step = whole(b.getIndexAttr(v.result_size(i)), v.result_size(i));
    step.range = [&, i](const ContractionIndex& n) { return v.positions(i, tap_of(n, i)); };
    step.range_by_row = is_row;
    c.contracted.push_back(step);
  }
  c.row_bound = v.in_group * (by_tap ? v.filter_size(last) : 1);
  c.rows = b.getIndexAttr(c.row_bound);
  c.columns = v.out_group;
  c.at_left = [&](const ContractionIndex& n) {
    Values index = {n.contracted[0]};
    for (int64_t i = 0; i < v.spatial; ++i)
      index.push_back(v.tap(i, n.contracted[i + 1], tap_of(n, i)));
    index.push_back(v.channel(n.outer[0], channel_of(n), v.in_group));
    return index;
  };
  c.at_right = [&](const ContractionIndex& n) {
    Values index = n.contracted;
    index.push_back(v.channel(n.outer[0], n.column, v.out_group));
    return index;
  };
  c.at_output = [&](const ContractionIndex& n) {
    Values index(llvm::drop_begin(n.outer));
    if (by_tap) index.push_back(tap_of(n, last));
    index.push_back(channel_of(n));
    index.push_back(v.channel(n.outer[0], n.column, v.out_group));
    return index;
  };
  Lowered shape;
  for (int64_t size : v.parts.filter.getShape()) {
    shape.sizes.push_back(b.getIndexAttr(size));
    shape.bounds.push_back(size);
  }
  contract(*this, op, c, operand, gradient, shape);
  return success();
}

}  // namespace fedc::lower
