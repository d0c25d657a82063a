#include "compiler/lower/lowering.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

Lowering::Lowering(OpBuilder& builder, Value frame, SiteFn site,
                   std::function<Lowered(Lowering&, local::ParamOp)> param,
                   const TileProfile& tiles)
    : b(builder),
      frame(frame),
      tiles(tiles),
      module(frame.getParentRegion()->getParentOfType<ModuleOp>()),
      site_(std::move(site)),
      param_(std::move(param)) {}
Lowering::~Lowering() = default;

const Lowered& Lowering::get(Value value) const {
  auto it = values_.find(value);
  assert(it != values_.end() && "a value is lowered before its uses");
  return it->second;
}

Value Lowering::product_and_sum(OpBuilder& at, Location loc, Value x, Value y, Value sum) const {
  if (tiles.fused) return math::FmaOp::create(at, loc, x, y, sum);
  return arith::AddFOp::create(at, loc, sum, arith::MulFOp::create(at, loc, x, y));
}

LogicalResult Lowering::lower(Operation* op) {
  return llvm::TypeSwitch<Operation*, LogicalResult>(op)
      .Case([&](local::ConstantOp o) { return lower_constant(o); })
      .Case([&](local::ParamOp o) -> LogicalResult {
        if (!param_) return o.emitError("there are no parameters outside a program");
        map(o.getResult(), param_(*this, o));
        return success();
      })
      .Case([&](local::GetDimensionSizeOp o) { return lower_dimension(o); })
      .Case([&](local::IotaOp o) { return lower_iota(o); })
      .Case([&](local::BroadcastInDimOp o) { return lower_broadcast(o); })
      .Case([&](local::ReshapeOp o) { return lower_reshape(o); })
      .Case([&](local::TransposeOp o) { return lower_transpose(o); })
      .Case([&](local::SliceOp o) { return lower_slice(o); })
      .Case([&](local::PadOp o) { return lower_pad(o); })
      .Case([&](local::ConcatenateOp o) { return lower_concatenate(o); })
      .Case([&](local::ReverseOp o) { return lower_reverse(o); })
      .Case([&](local::DynamicSliceOp o) { return lower_dynamic_slice(o); })
      .Case([&](local::DynamicUpdateSliceOp o) { return lower_dynamic_update_slice(o); })
      .Case([&](local::TakeOp o) { return lower_take(o); })
      .Case([&](local::ScatterAddOp o) { return lower_scatter_add(o); })
      .Case([&](local::ArgsortOp o) { return lower_argsort(o); })
      .Case([&](local::CumulativeSumOp o) { return lower_cumulative_sum(o); })
      .Case([&](local::CastOp o) { return lower_cast(o); })
      .Case([&](local::SelectOp o) { return lower_select(o); })
      .Case([&](local::StopGradientOp o) {
        map(o.getResult(), Lowered(get(o.getOperand())));
        return success();
      })
      .Case([&](local::DotGeneralOp o) { return lower_dot(o); })
      .Case([&](local::ReduceOp o) { return lower_reduce(o); })
      .Case([&](local::ArgReduceOp o) { return lower_arg_reduce(o); })
      .Case([&](local::ConvolutionOp o) { return lower_convolution(o); })
      .Case([&](local::ConvolutionDataOp o) { return lower_convolution_data(o); })
      .Case([&](local::ConvolutionFilterOp o) { return lower_convolution_filter(o); })
      .Case([&](local::ReduceWindowOp o) { return lower_reduce_window(o); })
      .Case([&](local::SelectAndScatterOp o) { return lower_select_and_scatter(o); })
      .Case([&](local::SelectAndGatherOp o) { return lower_select_and_gather(o); })
      .Case([&](local::IfOp o) { return lower_if(o); })
      .Case([&](local::FoldOp o) { return lower_fold(o); })
      .Case([&](local::AssertOp o) { return lower_assert(o); })
      .Case([&](local::DebugOp o) { return lower_debug(o); })
      .Case([&](local::SequenceReduceOp o) { return lower_sequence_reduce(o); })
      // Stages are lazy: they become code where a reduction consumes them.
      .Case([&](local::SequenceRowsOp) { return success(); })
      .Default([&](Operation* o) -> LogicalResult {
        if (o->hasTrait<local::SequenceStage>()) return success();
        if (o->hasTrait<OpTrait::Elementwise>()) return lower_elementwise(o);
        return o->emitError("`") << o->getName() << "` cannot be compiled to machine code yet";
      });
}

// Types and sizes --------------------------------------------------------------------------------

Type Lowering::signless(Type element) {
  if (element.isF16() || element.isBF16()) return IntegerType::get(element.getContext(), 16);
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || integer.isSignless()) return element;
  return IntegerType::get(element.getContext(), integer.getWidth());
}

Value Lowering::constant(Location loc, Type scalar, double value) {
  if (isa<FloatType>(scalar))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(scalar, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(scalar, static_cast<int64_t>(value)));
}

Value Lowering::index_constant(Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value Lowering::index(Location loc, OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(b, loc, size);
}

FailureOr<Lowered> Lowering::shape_of(Location loc, Type type, ValueRange unknown) {
  auto tensor = cast<RankedTensorType>(type);
  Lowered shape;
  for (int64_t i = 0; i < tensor.getRank(); ++i) {
    if (!tensor.isDynamicDim(i)) {
      shape.sizes.push_back(b.getIndexAttr(tensor.getDimSize(i)));
      shape.bounds.push_back(tensor.getDimSize(i));
      continue;
    }
    shape.sizes.push_back(unknown.front());
    unknown = unknown.drop_front();
    int64_t bound = local::getBound(tensor, i);
    if (bound < 0) {
      emitError(loc) << "the memory of this value has no bound: dimension " << i
                     << " is unknown; write its type with a bound, such as `?<=32`";
      return failure();
    }
    shape.bounds.push_back(bound);
  }
  return shape;
}

FailureOr<Lowered> Lowering::shape_of_sizes(Location loc, Type type, ValueRange sizes) {
  auto tensor = cast<RankedTensorType>(type);
  Lowered shape;
  for (int64_t i = 0; i < tensor.getRank(); ++i) {
    if (!tensor.isDynamicDim(i)) {
      shape.sizes.push_back(b.getIndexAttr(tensor.getDimSize(i)));
      shape.bounds.push_back(tensor.getDimSize(i));
      continue;
    }
    Value size = get(sizes.front()).value;
    sizes = sizes.drop_front();
    int64_t bound = local::getBound(tensor, i);
    auto known = scalar_bounds_.find(size);
    if (bound < 0 && known != scalar_bounds_.end()) bound = known->second;
    if (bound < 0) {
      emitError(loc) << "the memory of this value has no bound: dimension " << i
                     << " is unknown; write its type with a bound, such as `?<=32`";
      return failure();
    }
    shape.bounds.push_back(bound);
    if (known != scalar_bounds_.end() && known->second <= bound) {
      // A size as some tensor has it: the very value, so that equality shows without a check.
      if (auto cast = size.getDefiningOp<arith::IndexCastOp>()) {
        shape.sizes.push_back(cast.getIn());
        continue;
      }
    }
    Value most = constant(loc, b.getI64Type(), bound), zero = constant(loc, b.getI64Type(), 0);
    Value bad = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, size, most);
    fail_if(loc, bad, FED_BAD_SIZE, size, beyond(loc, most));
    Value clamped =
        arith::MaxSIOp::create(b, loc, arith::MinSIOp::create(b, loc, size, most), zero);
    shape.sizes.push_back(Value(arith::IndexCastOp::create(b, loc, b.getIndexType(), clamped)));
  }
  return shape;
}

// Storage ----------------------------------------------------------------------------------------

Value Lowering::buffer(Location loc, ArrayRef<int64_t> bounds, Type element) {
  return memref::AllocOp::create(b, loc, MemRefType::get(bounds, element),
                                 b.getI64IntegerAttr(FED_ALIGNMENT));
}

Value Lowering::destination(Location loc, const Lowered& shape, Type element) {
  Value whole = tensor::EmptyOp::create(b, loc, shape.bounds, element);
  if (llvm::all_of(shape.sizes, [](OpFoldResult s) { return isa<Attribute>(s); })) return whole;
  if (llvm::is_contained(shape.bounds, 0))
    return read(loc, part(loc, buffer(loc, shape.bounds, element), shape.sizes), true);
  Sizes zeros(shape.sizes.size(), b.getIndexAttr(0)), ones(shape.sizes.size(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, whole, zeros, shape.sizes, ones);
}

Value Lowering::part(Location loc, Value buffer, const Sizes& sizes) {
  if (llvm::all_of(sizes, [](OpFoldResult s) { return isa<Attribute>(s); })) return buffer;
  Sizes zeros(sizes.size(), b.getIndexAttr(0)), ones(sizes.size(), b.getIndexAttr(1));
  auto type = cast<MemRefType>(buffer.getType());
  if (!llvm::is_contained(type.getShape(), 0))
    return memref::SubViewOp::create(b, loc, buffer, zeros, sizes, ones);
  // No offset lies inside of what has no elements: the sizes alone say what this is.
  Sizes strides(sizes.size());
  int64_t stride = 1;
  for (int64_t d = sizes.size() - 1; d >= 0; --d) {
    strides[d] = b.getIndexAttr(stride);
    stride *= type.getDimSize(d);
  }
  return memref::ReinterpretCastOp::create(b, loc, buffer, b.getIndexAttr(0), sizes, strides);
}

Value Lowering::read(Location loc, Value memref, bool writable) {
  auto type = cast<MemRefType>(memref.getType());
  return bufferization::ToTensorOp::create(
      b, loc, RankedTensorType::get(type.getShape(), type.getElementType()), memref,
      /*restrict=*/true, writable);
}

void Lowering::write(Location loc, Value tensor, Value memref) {
  auto op = bufferization::MaterializeInDestinationOp::create(b, loc, tensor, memref);
  op.setRestrict(true);
  op.setWritable(true);
}

Value Lowering::bytes_at(Location loc, Value pointer, int64_t bytes) {
  // A memref descriptor by hand; it meets the one that memref's own lowering expects.
  auto ptr = pointer.getType();
  auto i64 = b.getI64Type();
  auto array = LLVM::LLVMArrayType::get(i64, 1);
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), {ptr, ptr, i64, array, array});
  Value descriptor = LLVM::PoisonOp::create(b, loc, type);
  auto set = [&](Value v, ArrayRef<int64_t> at) {
    descriptor = LLVM::InsertValueOp::create(b, loc, descriptor, v, at);
  };
  auto number = [&](int64_t v) -> Value {
    return LLVM::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(v));
  };
  set(pointer, {0});
  set(pointer, {1});
  set(number(0), {2});
  set(number(bytes), {3, 0});
  set(number(1), {4, 0});
  return UnrealizedConversionCastOp::create(b, loc, MemRefType::get({bytes}, b.getI8Type()),
                                            descriptor)
      .getResult(0);
}

// Building ---------------------------------------------------------------------------------------

Lowered Lowering::generic(Location loc, const Lowered& shape, Type element,
                          ArrayRef<Lowered> inputs, ArrayRef<AffineMap> maps, BodyFn body) {
  Lowered result;
  result.sizes = shape.sizes;
  result.bounds = shape.bounds;
  if (shape.is_scalar() && llvm::all_of(inputs, [](const Lowered& i) { return i.is_scalar(); })) {
    Values scalars;
    for (const Lowered& input : inputs) scalars.push_back(input.value);
    result.value = body(b, loc, scalars);
    return result;
  }
  int64_t rank = shape.sizes.size();
  Values tensors;
  SmallVector<AffineMap> used;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (input.is_scalar()) continue;
    tensors.push_back(input.value);
    used.push_back(maps.empty() ? b.getMultiDimIdentityMap(rank) : maps[i]);
  }
  used.push_back(b.getMultiDimIdentityMap(rank));
  Value out = destination(loc, shape, element);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(b, loc, out.getType(), tensors, out, used, iterators,
                                      [&](OpBuilder& inner, Location at, ValueRange arguments) {
                                        Values scalars;
                                        for (const Lowered& input : inputs) {
                                          if (input.is_scalar()) {
                                            scalars.push_back(input.value);
                                          } else {
                                            scalars.push_back(arguments.front());
                                            arguments = arguments.drop_front();
                                          }
                                        }
                                        // Helpers of this class build at `b`: it moves into the
                                        // body meanwhile.
                                        OpBuilder::InsertionGuard guard(b);
                                        b.setInsertionPoint(inner.getInsertionBlock(),
                                                            inner.getInsertionPoint());
                                        linalg::YieldOp::create(b, at, body(b, at, scalars));
                                      });
  result.value = op.getResult(0);
  return result;
}

Value Lowering::element_at(Location loc, const Lowered& tensor, ValueRange indices) {
  if (tensor.is_scalar()) return tensor.value;
  return tensor::ExtractOp::create(b, loc, tensor.value, indices);
}

Lowered Lowering::fill(Location loc, const Lowered& shape, Value scalar) {
  // An operation like any other elementwise one, so that it can be fused into its uses.
  return generic(loc, shape, scalar.getType(), {}, {},
                 [&](OpBuilder&, Location, ValueRange) { return scalar; });
}

Value Lowering::call(OpBuilder& builder, Location loc, StringRef name, ValueRange arguments,
                     Type result) {
  SmallVector<Type> results;
  if (result) results.push_back(result);
  if (!module.lookupSymbol(name)) {
    auto function = func::FuncOp::create(builder.getUnknownLoc(), name,
                                         builder.getFunctionType(TypeRange(arguments), results));
    function.setPrivate();
    module.push_back(function);
  }
  auto op = func::CallOp::create(builder, loc, name, results, arguments);
  return result ? op.getResult(0) : Value();
}

void Lowering::fail_if(Location loc, Value condition, int32_t status, Value detail0,
                       Value detail1) {
  fail_if(b, loc, condition, status, detail0, detail1);
}

void Lowering::fail_if(OpBuilder& builder, Location loc, Value condition, int32_t status,
                       Value detail0, Value detail1, StringRef assertion) {
  scf::IfOp::create(builder, loc, condition, [&](OpBuilder& then, Location at) {
    auto number = [&](Type type, int64_t v) -> Value {
      return arith::ConstantOp::create(then, at, then.getIntegerAttr(type, v));
    };
    Type i32 = then.getI32Type(), i64 = then.getI64Type();
    call(then, at, "fed.fail",
         {frame, number(i32, status), number(i32, site(loc, assertion)),
          detail0 ? detail0 : number(i64, 0), detail1 ? detail1 : number(i64, 0)},
         {});
    scf::YieldOp::create(then, at);
  });
}

Value Lowering::beyond(Location loc, Value limit) {
  return arith::SubIOp::create(b, loc, constant(loc, b.getI64Type(), FED_BEYOND(0)), limit);
}

OpFoldResult Lowering::agreed(OpFoldResult x, OpFoldResult y) {
  if (x == y) return x;
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy && *cx == *cy) return b.getIndexAttr(*cx);
  auto va = dyn_cast<Value>(x), vc = dyn_cast<Value>(y);
  if (!va || !vc) return {};
  // Checked before, where that check has run on every way to here.
  Value known = agreed_.lookup({va, vc});
  for (Block* block = b.getInsertionBlock(); known && block;) {
    if (block == known.getParentBlock()) return known;
    Operation* parent = block->getParentOp();
    block = parent ? parent->getBlock() : nullptr;
  }
  return {};
}

OpFoldResult Lowering::agree(Location loc, OpFoldResult x, OpFoldResult y) {
  if (OpFoldResult known = agreed(x, y)) return known;
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  Value a = index(loc, x), c = index(loc, y);
  Value differ = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, a, c);
  auto wide = [&](Value v) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), v);
  };
  fail_if(loc, differ, FED_BAD_SIZE, wide(a), wide(c));
  if (cx) return x;
  if (cy) return y;
  Value least = arith::MinSIOp::create(b, loc, a, c);
  for (Value size : {a, c})
    for (Value other : {a, c, least})
      if (size != other) agreed_[{size, other}] = agreed_[{other, size}] = least;
  return least;
}

Lowered Lowering::resize(Location loc, const Lowered& value, const Sizes& sizes,
                         ArrayRef<int64_t> bounds) {
  if (llvm::equal(value.sizes, sizes)) return value;
  Lowered result;
  result.sizes = sizes;
  result.bounds.assign(bounds.begin(), bounds.end());
  Sizes zeros(sizes.size(), b.getIndexAttr(0)), ones(sizes.size(), b.getIndexAttr(1));
  Type element = cast<RankedTensorType>(value.value.getType()).getElementType();
  if (llvm::is_contained(value.bounds, 0) || llvm::is_contained(bounds, 0)) {
    // Nothing to take over. (Where a size grows the phase has failed; memory stays defined.)
    return fill(loc, result, constant(loc, element, 0));
  }
  // A view is enough where each size is at most the value's. A size that has become static may be
  // more than there is: then the rest is zero, and no memory outside the value is read.
  bool grows = false;
  Sizes least;
  for (auto [have, want] : llvm::zip_equal(value.sizes, sizes)) {
    if (isa<Attribute>(want) && !isa<Attribute>(have)) {
      grows = true;
      least.push_back(Value(arith::MinSIOp::create(b, loc, index(loc, have), index(loc, want))));
    } else {
      least.push_back(want);
    }
  }
  Value view = tensor::ExtractSliceOp::create(b, loc, value.value, zeros, least, ones);
  if (!grows) {
    result.value = view;
    return result;
  }
  Lowered zero = fill(loc, result, constant(loc, element, 0));
  result.value = tensor::InsertSliceOp::create(b, loc, view, zero.value, zeros, least, ones);
  return result;
}

SmallVector<Lowered> Lowering::conform(Location loc, ArrayRef<Lowered> operands) {
  SmallVector<Lowered> result(operands.begin(), operands.end());
  Sizes sizes = operands[0].sizes;
  SmallVector<int64_t> bounds = operands[0].bounds;
  for (const Lowered& operand : operands.drop_front()) {
    for (size_t d = 0; d < sizes.size(); ++d) {
      sizes[d] = agree(loc, sizes[d], operand.sizes[d]);
      bounds[d] = std::min(bounds[d], operand.bounds[d]);
    }
  }
  for (Lowered& operand : result) operand = resize(loc, operand, sizes, bounds);
  for (Lowered& operand : result) operand.bounds = bounds;
  return result;
}

// Homes ------------------------------------------------------------------------------------------

FailureOr<Home> Home::of(Lowering& lowering, Location loc, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor) {
    emitError(loc) << "a sequence cannot be kept or chosen at run time: only its elements can";
    return failure();
  }
  Home home;
  home.element = Lowering::signless(tensor.getElementType());
  home.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  home.bounds = local::getBounds(tensor);
  for (auto [d, bound] : llvm::enumerate(home.bounds)) {
    if (bound >= 0) continue;
    emitError(loc) << "the memory of this value has no bound: dimension " << d
                   << " is unknown; write its type with a bound, such as `?<=32`";
    return failure();
  }
  return home;
}

Lowered Home::fit(Lowering& l, Location loc, const Lowered& value, Values& unknown) const {
  Sizes sizes;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (!ShapedType::isDynamic(shape[d])) {
      sizes.push_back(l.agree(loc, l.b.getIndexAttr(shape[d]), value.sizes[d]));
      continue;
    }
    Value size = l.index(loc, value.sizes[d]);
    if (value.bounds[d] > bounds[d]) {
      Value most = l.index_constant(loc, bounds[d]);
      Value bad = arith::CmpIOp::create(l.b, loc, arith::CmpIPredicate::ugt, size, most);
      auto wide = [&](Value v) -> Value {
        return arith::IndexCastOp::create(l.b, loc, l.b.getI64Type(), v);
      };
      l.fail_if(loc, bad, FED_BAD_SIZE, wide(size), l.beyond(loc, wide(most)));
      size = arith::MinSIOp::create(l.b, loc, size, most);
    }
    // A constant stays a value here: the type says that the size is not known.
    sizes.push_back(size);
    unknown.push_back(size);
  }
  return l.resize(loc, value, sizes, bounds);
}

Values Home::store(Lowering& l, Location loc, const Lowered& value, Value buffer) const {
  Values unknown;
  Lowered fitted = fit(l, loc, value, unknown);
  l.write(loc, fitted.value, l.part(loc, buffer, fitted.sizes));
  return unknown;
}

Lowered Home::load(Lowering& l, Location loc, Value buffer, ValueRange unknown) const {
  Lowered result;
  result.bounds = bounds;
  for (int64_t size : shape) {
    if (ShapedType::isDynamic(size)) {
      result.sizes.push_back(unknown.front());
      unknown = unknown.drop_front();
    } else {
      result.sizes.push_back(l.b.getIndexAttr(size));
    }
  }
  result.value = l.read(loc, l.part(loc, buffer, result.sizes));
  return result;
}

}  // namespace fedc::lower
