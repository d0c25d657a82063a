// Loops as loops over segments of steps.
#include <cmath>

#include "compiler/differentiate/reverse.h"
#include "mlir/IR/Matchers.h"

namespace fedc {

using namespace mlir;

int64_t segment_of(int64_t steps) {
  const auto root = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(steps))));
  for (int64_t off = 0; off <= root / 2; ++off)
    for (int64_t near : {root - off, root + off})
      if (steps % near == 0) return near;
  return root;
}

Segmented cut_into_segments(local::FoldOp op, int64_t segment) {
  Location loc = op.getLoc();
  OpBuilder b(op);
  Segmented cut;
  const int64_t most = *op.getAtMost(), segments = llvm::divideCeil(most, segment),
                all = segments * segment;
  auto scalar = [&](OpBuilder& at, int64_t value) { return number(at, loc, value); };
  Value count = op.getCount(), many;
  DenseElementsAttr known;
  const bool is_whole = matchPattern(count, m_Constant(&known)) &&
                        known.getSplatValue<int64_t>() == most && all == most;
  if (is_whole) {
    many = scalar(b, segments);
  } else {
    // One above the most is one above the most here, too.
    Value up = local::AddOp::create(b, loc, count, scalar(b, segment - 1));
    many = local::DivideOp::create(b, loc, up, scalar(b, segment));
    Value is_more = local::CompareOp::create(b, loc, count, scalar(b, most), local::Direction::GT);
    many = local::SelectOp::create(b, loc, is_more, scalar(b, segments + 1), many);
  }

  SmallVector<Value> rows;
  for (Value row : op.getRows()) {
    auto type = cast<RankedTensorType>(row.getType());
    if (all != most) {
      SmallVector<int64_t> low(type.getRank(), 0), high = low;
      high[0] = all - most;
      row = local::PadOp::create(b, loc, row, low, high, low);
      cut.made.push_back(row.getDefiningOp());
      type = cast<RankedTensorType>(row.getType());
    }
    SmallVector<local::Dim> dims = local::getDims(type);
    dims[0] = local::Dim::fixed(segment);
    dims.insert(dims.begin(), local::Dim::fixed(segments));
    rows.push_back(
        local::ReshapeOp::create(b, loc, local::makeTensorType(dims, type.getElementType()), row));
    cut.made.push_back(rows.back().getDefiningOp());
  }

  const size_t states = op.getInit().size();
  SmallVector<Type> inner_types(op.getInit().getTypes()), outer_types = inner_types;
  for (Value value : op.getBody().front().getTerminator()->getOperands().drop_front(states)) {
    inner_types.push_back(local::noteType(value.getType(), segment));
    outer_types.push_back(local::noteType(inner_types.back(), segments));
  }
  cut.outer =
      local::FoldOp::create(b, loc, outer_types, many, op.getInit(), rows,
                            b.getI64IntegerAttr(segments), op.getReverse(), op.getUntilFalse());
  cut.made.push_back(cut.outer);
  Block& body = cut.outer.getBody().emplaceBlock();
  Value s = body.addArgument(count.getType(), loc);
  for (Value value : op.getInit()) body.addArgument(value.getType(), loc);
  for (Value value : rows) body.addArgument(row_of(value.getType()), loc);
  OpBuilder in = OpBuilder::atBlockEnd(&body);
  Value first = local::MultiplyOp::create(in, loc, s, scalar(in, segment)), own;
  if (is_whole) {
    own = scalar(in, segment);
  } else {
    Value rest = local::SubtractOp::create(in, loc, count, first);
    own = local::MinimumOp::create(in, loc, rest, scalar(in, segment));
  }
  auto inner =
      local::FoldOp::create(in, loc, inner_types, own, body.getArguments().slice(1, states),
                            body.getArguments().drop_front(1 + states),
                            in.getI64IntegerAttr(segment), op.getReverse(), op.getUntilFalse());
  inner.getBody().takeBody(op.getBody());
  local::YieldOp::create(in, loc, inner.getResults());
  Block& steps = inner.getBody().front();
  OpBuilder at = OpBuilder::atBlockBegin(&steps);
  Value j = steps.getArgument(0), i = local::AddOp::create(at, loc, first, j);
  j.replaceAllUsesExcept(i, i.getDefiningOp());

  cut.results = SmallVector<Value>(cut.outer.getResults().take_front(states));
  for (auto [note, type] : llvm::zip_equal(cut.outer.getResults().drop_front(states),
                                           TypeRange(op->getResultTypes()).drop_front(states))) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<local::Dim> dims = local::getDims(tensor);
    dims[0] = local::Dim::fixed(all);
    Value flat = local::ReshapeOp::create(
        b, loc, local::makeTensorType(dims, tensor.getElementType()), note);
    cut.made.push_back(flat.getDefiningOp());
    if (all != most) {
      SmallVector<int64_t> start(tensor.getRank(), 0), limit(tensor.getShape()),
          strides(tensor.getRank(), 1);
      flat = local::SliceOp::create(b, loc, flat, start, limit, strides);
      cut.made.push_back(flat.getDefiningOp());
    }
    cut.results.push_back(flat);
  }
  return cut;
}

}  // namespace fedc
