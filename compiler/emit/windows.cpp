// Convolutions and pools.
#include "compiler/emit/emitter.h"
#include "dialects/local/Local.h"

namespace fedc::emission {
namespace {

mlir::RankedTensorType type_of(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

Leaves convolution(Emitter& e, const OpCall& call) {
  const size_t spatial = type_of(call.scalar(0)).getRank() - 2;
  const std::vector<int64_t> ones(spatial, 1), none(2 * spatial, 0);
  return {local::ConvolutionOp::create(
      e.b, e.loc(call), e.tensor_type(call.op.type), call.scalar(0), call.scalar(1),
      static_ints(call.op, "strides", ones), static_ints(call.op, "padding", none),
      static_ints(call.op, "dilation", ones), static_int(call.op, "groups", 1))};
}

// Windows over the dimensions between batch and channels, as over all dimensions.
struct Windows {
  std::vector<int64_t> window, strides, padding;

  explicit Windows(const OpCall& call)
      : window(static_ints(call.op, "window")),
        strides(static_ints(call.op, "strides", window)),
        padding(static_ints(call.op, "padding", std::vector<int64_t>(2 * window.size(), 0))) {
    for (std::vector<int64_t>* list : {&window, &strides}) {
      list->insert(list->begin(), 1);
      list->push_back(1);
    }
    padding.insert(padding.begin(), 2, 0);
    padding.insert(padding.end(), 2, 0);
  }
};

mlir::Value reduced(Emitter& e, const OpCall& call, mlir::Location where, local::ReduceKind kind) {
  Windows windows(call);
  return local::ReduceWindowOp::create(e.b, where, e.tensor_type(call.op.type), call.scalar(0),
                                       kind, windows.window, windows.strides, windows.padding);
}

Leaves max_pool(Emitter& e, const OpCall& call) {
  return {reduced(e, call, e.loc(call), local::ReduceKind::Max)};
}

// How many elements the window at each place has, padding apart: a constant of the type without
// batch and channels.
mlir::Value counts(Emitter& e, mlir::Location where, mlir::RankedTensorType result,
                   mlir::RankedTensorType operand, const Windows& windows) {
  const auto shape = result.getShape().drop_front().drop_back();
  auto type = mlir::RankedTensorType::get(shape, result.getElementType());
  llvm::SmallVector<llvm::APFloat> values;
  llvm::SmallVector<int64_t> at(shape.size(), 0);
  const llvm::fltSemantics& semantics =
      llvm::cast<mlir::FloatType>(result.getElementType()).getFloatSemantics();
  for (int64_t n = 0; n < type.getNumElements(); ++n) {
    int64_t count = 1, rest = n;
    for (size_t d = shape.size(); d-- > 0; rest /= shape[d]) {
      const int64_t begin = rest % shape[d] * windows.strides[d + 1] - windows.padding[2 * d + 2];
      const int64_t end = std::min(begin + windows.window[d + 1], operand.getDimSize(d + 1));
      count *= std::max<int64_t>(end - std::max<int64_t>(begin, 0), 0);
    }
    llvm::APFloat value(static_cast<double>(count));
    bool loses = false;
    value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &loses);
    values.push_back(value);
  }
  return local::ConstantOp::create(e.b, where, mlir::DenseElementsAttr::get(type, values));
}

Leaves avg_pool(Emitter& e, const OpCall& call) {
  mlir::Location where = e.at(call.op.range);
  mlir::RankedTensorType type = e.tensor_type(call.op.type);
  mlir::Value sum = reduced(e, call, where, local::ReduceKind::Sum);
  mlir::Value count = counts(e, where, type, type_of(call.scalar(0)), Windows(call));
  llvm::SmallVector<int64_t> dims;
  for (int64_t i = 1; i + 1 < type.getRank(); ++i) dims.push_back(i);
  mlir::Value divisor = local::BroadcastInDimOp::create(
      e.b, where, type, count, local::makeUnknownSizes(e.b, where, type, sum), dims);
  return {local::DivideOp::create(e.b, e.loc(call), type, sum, divisor)};
}

}  // namespace

void add_window_ops(OpTable& table) {
  table["convolution"] = convolution;
  table["max_pool"] = max_pool;
  table["avg_pool"] = avg_pool;
}

}  // namespace fedc::emission
