#include <algorithm>
#include <string>

#include "compiler/split/passes.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace fedc::split {

#define GEN_PASS_DEF_FEDEXPANDMEANS
#include "compiler/split/SplitPasses.h.inc"

namespace {

using fed::FederatedType;
using fed::Placement;
using mlir::Location;
using mlir::OpBuilder;
using mlir::RankedTensorType;
using mlir::Value;

RankedTensorType member(Value federated) {
  return llvm::cast<RankedTensorType>(llvm::cast<FederatedType>(federated.getType()).getMember());
}

mlir::Type element_of(Value tensor) {
  return llvm::cast<RankedTensorType>(tensor.getType()).getElementType();
}

RankedTensorType scalar(mlir::Type element) { return RankedTensorType::get({}, element); }

// A splat of `value` that fits any element type.
Value constant(OpBuilder& builder, Location loc, RankedTensorType type, int64_t value) {
  mlir::Type element = type.getElementType();
  mlir::Attribute attribute =
      llvm::isa<mlir::FloatType>(element)
          ? mlir::Attribute(builder.getFloatAttr(element, static_cast<double>(value)))
          : mlir::Attribute(builder.getIntegerAttr(element, value));
  return local::ConstantOp::create(builder, loc, mlir::DenseElementsAttr::get(type, attribute));
}

// `value` as a scalar of another element type.
Value convert(OpBuilder& builder, Location loc, Value value, mlir::Type element) {
  if (element_of(value) == element) return value;
  return local::ConvertOp::create(builder, loc, scalar(element), value);
}

// A scalar repeated in the shape of `like`.
Value broadcast(OpBuilder& builder, Location loc, Value value, Value like) {
  auto type = llvm::cast<RankedTensorType>(like.getType());
  if (type.getRank() == 0) return value;
  llvm::SmallVector<Value> sizes;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    if (type.isDynamicDim(d)) {
      sizes.push_back(local::GetDimensionSizeOp::create(builder, loc, like, d));
    }
  }
  return local::BroadcastInDimOp::create(builder, loc,
                                         local::withElementType(type, element_of(value)), value,
                                         sizes, builder.getDenseI64ArrayAttr({}));
}

// Whether no element of a tensor of floats is infinite or NaN.
Value all_finite(OpBuilder& builder, Location loc, Value value) {
  auto type = llvm::cast<RankedTensorType>(value.getType());
  RankedTensorType flags = local::withElementType(type, builder.getI1Type());
  Value finite = local::IsFiniteOp::create(builder, loc, flags, value);
  if (type.getRank() == 0) return finite;
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return local::ReduceOp::create(builder, loc, scalar(builder.getI1Type()), finite,
                                 local::ReduceKind::All, all);
}

// Expands the means of one function.
class Expander {
 public:
  explicit Expander(mlir::func::FuncOp function) : function_(function) {}

  void run() {
    llvm::SmallVector<fed::MeanOp> means;
    function_.walk([&](mlir::Operation* op) {
      if (auto mean = llvm::dyn_cast<fed::MeanOp>(op)) means.push_back(mean);
      if (auto group = op->getAttrOfType<mlir::IntegerAttr>("group")) {
        next_group_ = std::max(next_group_, group.getInt() + 1);
      }
    });
    for (fed::MeanOp mean : means) {
      if (!mean.use_empty()) expand(mean);
      mean.erase();
    }
  }

 private:
  void expand(fed::MeanOp mean) {
    OpBuilder builder(mean);
    Location where = fed::without_names(mean.getLoc());
    Value weight = mean.getWeight();
    std::string name = name_of(mean.getValue());
    if (name.empty()) name = fed::name_of(mean.getResult());
    Value total_weight = weight ? converted(weight) : ones();

    // The total is of the same clients as the weighted sum, and as the call's other leaves.
    mlir::IntegerAttr group = mean.getGroupAttr();
    if (!group) group = builder.getI64IntegerAttr(next_group_++);
    auto sum_type = FederatedType::get(builder.getContext(), fed::wide_sum(member(mean.getValue())),
                                       Placement::Server, false);
    auto sum = fed::SumOp::create(builder, fed::named_location(where, {name}), sum_type,
                                  mean.getValue(), weight ? total_weight : Value(), group);
    sum->setAttr("fed.mean", builder.getUnitAttr());
    auto total_type =
        FederatedType::get(builder.getContext(), member(total_weight), Placement::Server, false);
    auto total = fed::SumOp::create(builder, fed::named_location(where, {name_of(total_weight)}),
                                    total_type, total_weight, Value(), group);
    total->setAttr("fed.mean", builder.getUnitAttr());
    mean.replaceAllUsesWith(quotient(builder, mean, where, sum, total));
  }

  std::string name_of(Value value) {
    auto argument = llvm::dyn_cast<mlir::BlockArgument>(value);
    if (!argument) return fed::name_of(value);
    auto name = function_.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), "fed.name");
    return name ? name.str() : fed::name_of(value);
  }

  // The weight in the type that totals have; once for each weight, where it is made.
  Value converted(Value weight) {
    mlir::Type element = member(weight).getElementType();
    OpBuilder builder(weight.getContext());
    mlir::Type wide = llvm::isa<mlir::FloatType>(element) ? mlir::Type(builder.getF64Type())
                                                          : mlir::Type(builder.getI64Type());
    if (element == wide) return weight;
    Value& known = converted_[weight];
    if (known) return known;
    builder.setInsertionPointAfterValue(weight);
    Location loc = fed::named_location(fed::without_names(weight.getLoc()), {name_of(weight)});
    auto type = llvm::cast<FederatedType>(weight.getType());
    known =
        map(builder, loc, Placement::Clients, {weight},
            FederatedType::get(builder.getContext(), scalar(wide), Placement::Clients,
                               type.getAllEqual()),
            [&](mlir::ValueRange arguments) { return convert(builder, loc, arguments[0], wide); });
    return known;
  }

  // What an unweighted mean counts clients with.
  Value ones() {
    if (ones_) return ones_;
    OpBuilder builder = OpBuilder::atBlockBegin(&function_.getBody().front());
    Location loc = fed::named_location(fed::without_names(function_.getLoc()), {"clients"});
    Value one = constant(builder, loc, scalar(builder.getI64Type()), 1);
    ones_ = fed::ValueOp::create(
        builder, loc,
        FederatedType::get(builder.getContext(), one.getType(), Placement::Clients, true), one);
    return ones_;
  }

  static Value quotient(OpBuilder& builder, fed::MeanOp mean, Location where, Value sum,
                        Value total) {
    llvm::SmallVector<Value> operands = {sum, total};
    if (mean.getIfEmpty()) operands.push_back(mean.getIfEmpty());
    Location loc = mean.getLoc();
    return map(
        builder, loc, Placement::Server, operands, mean.getResult().getType(),
        [&](mlir::ValueRange arguments) -> Value {
          Value s = arguments[0];
          Value n = arguments[1];
          Value zero = constant(builder, where, llvm::cast<RankedTensorType>(n.getType()), 0);
          Value some = local::CompareOp::create(builder, where, scalar(builder.getI1Type()), n,
                                                zero, local::Direction::NE);
          if (!mean.getIfEmpty()) {
            local::AssertOp::create(builder, where, some,
                                    mean.getWeight()
                                        ? "the total weight of this `federated_mean` is 0"
                                        : "no client contributed to this `federated_mean`");
          }
          mlir::Type wide = llvm::cast<RankedTensorType>(s.getType()).getElementType();
          Value divisor = broadcast(builder, where, convert(builder, where, n, wide), s);
          Value quotient = local::DivideOp::create(builder, loc, s.getType(), s, divisor);
          RankedTensorType narrow = member(mean.getResult());
          const bool widened = narrow != s.getType();
          if (widened) quotient = local::ConvertOp::create(builder, loc, narrow, quotient);
          // A sum that is wider than its parts holds them all, and integer weights cannot make
          // their mean larger than the values: else the mean may be too large for its type.
          if (!widened || llvm::isa<mlir::FloatType>(element_of(n))) {
            Value fits = all_finite(builder, where, quotient);
            if (llvm::isa<mlir::FloatType>(element_of(n))) {
              fits = local::AndOp::create(builder, where, fits.getType(), fits,
                                          all_finite(builder, where, n));
            }
            if (mean.getIfEmpty()) {
              Value none = local::NotOp::create(builder, where, some.getType(), some);
              fits = local::OrOp::create(builder, where, fits.getType(), fits, none);
            }
            local::AssertOp::create(builder, where, fits,
                                    "this `federated_mean` overflows: its weights, or its values "
                                    "times their weights, add up to more than float64 holds");
          }
          if (!mean.getIfEmpty()) return quotient;
          return local::SelectOp::create(builder, loc, narrow, some, quotient, arguments[2]);
        });
  }

  // A `fed.map` of one result, whose body `build` makes of the members.
  static Value map(OpBuilder& builder, Location loc, Placement placement,
                   llvm::ArrayRef<Value> operands, mlir::Type result,
                   llvm::function_ref<Value(mlir::ValueRange)> build) {
    auto op = fed::MapOp::create(builder, loc, mlir::TypeRange{result}, operands, placement);
    mlir::Block* body = &op.getBody().emplaceBlock();
    for (Value operand : operands) {
      auto federated = llvm::dyn_cast<FederatedType>(operand.getType());
      body->addArgument(federated ? federated.getMember() : operand.getType(), operand.getLoc());
    }
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(body);
    Value value = build(body->getArguments());
    fed::YieldOp::create(builder, loc, value);
    return op.getResult(0);
  }

  mlir::func::FuncOp function_;
  llvm::DenseMap<Value, Value> converted_;
  Value ones_;
  int64_t next_group_ = 0;  // above all groups that the function has
};

// A selection whose slices nobody reads stays for its keys, which are checked, and needs no
// database: what that was made of fails no round.
void forget_unread_databases(mlir::func::FuncOp function) {
  llvm::SmallVector<fed::SelectOp> unread;
  function.walk([&](fed::SelectOp select) {
    if (select.use_empty() && !select.getDatabase().empty()) unread.push_back(select);
  });
  for (fed::SelectOp select : unread) {
    OpBuilder builder(select);
    auto keys = fed::SelectOp::create(builder, select.getLoc(), mlir::TypeRange{}, select.getKeys(),
                                      select.getMaxKeyAttr(), mlir::ValueRange{});
    mlir::Block* body = &keys.getSlice().emplaceBlock();
    mlir::Type key = select.getSlice().front().getArguments().back().getType();
    body->addArgument(key, select.getLoc());
    builder.setInsertionPointToEnd(body);
    fed::YieldOp::create(builder, select.getLoc());
    select.erase();
  }
  if (unread.empty()) return;
  mlir::Block& block = function.getBody().front();
  for (mlir::Operation* op = block.getTerminator()->getPrevNode(); op != nullptr;) {
    mlir::Operation* before = op->getPrevNode();
    if (mlir::isOpTriviallyDead(op)) op->erase();
    op = before;
  }
}

struct FedExpandMeansPass : impl::FedExpandMeansBase<FedExpandMeansPass> {
  void runOnOperation() override {
    getOperation().walk([](mlir::func::FuncOp function) {
      if (function.isExternal()) return;
      forget_unread_databases(function);
      Expander(function).run();
    });
  }
};

}  // namespace
}  // namespace fedc::split
