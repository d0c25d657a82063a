#include "compiler/resources/cost.h"

#include "compiler/resources/places.h"
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/BuiltinOps.h"

namespace fedc::resources {
namespace {

using namespace mlir;

double elements(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor) return 0;
  double count = 1;
  for (int64_t bound : local::getBounds(tensor))
    count *= bound < 0 ? 1 : static_cast<double>(bound);
  return count;
}

double elements(Value value) { return elements(value.getType()); }

double bytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isIntOrFloat()) return 0;
  return elements(type) * llvm::divideCeil(tensor.getElementTypeBitWidth(), 8);
}

bool of_floats(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor && isa<FloatType>(tensor.getElementType());
}

// Whether the operation is part of the pass over memory that its neighbours make.
bool in_passing(Operation* op) {
  return op->hasTrait<OpTrait::Elementwise>() ||
         isa<local::BroadcastInDimOp, local::SelectOp, local::IotaOp, local::ConstantOp>(op);
}

double operations(Operation* op) {
  if (op->getNumResults() == 0 || !of_floats(op->getResult(0))) return 0;
  const double results = elements(op->getResult(0));
  return llvm::TypeSwitch<Operation*, double>(op)
      .Case<local::DotGeneralOp>([&](auto dot) {
        auto left = cast<RankedTensorType>(dot.getLhs().getType());
        double contracted = 1;
        for (int64_t dim : dot.getLhsContracting())
          contracted *= std::max<double>(1, static_cast<double>(local::getBound(left, dim)));
        return 2 * results * contracted;
      })
      .Case<local::ConvolutionOp>([&](auto convolution) {
        auto filter = cast<RankedTensorType>(convolution.getRhs().getType());
        return 2 * results * elements(filter) / filter.getShape().back();
      })
      .Case<local::ConvolutionDataOp>([&](auto convolution) {
        // As forward: the gradient is of the forward result's shape.
        auto filter = cast<RankedTensorType>(convolution.getRhs().getType());
        return 2 * elements(convolution.getLhs()) * elements(filter) / filter.getShape().back();
      })
      .Case<local::ConvolutionFilterOp>([&](auto convolution) {
        auto filter = cast<RankedTensorType>(convolution.getResult().getType());
        return 2 * elements(convolution.getRhs()) * elements(filter) / filter.getShape().back();
      })
      .Case<local::ReduceOp>([&](auto reduce) { return elements(reduce.getOperand()); })
      .Case<local::ReduceWindowOp>([&](auto window) {
        double size = 1;
        for (int64_t extent : window.getWindow()) size *= static_cast<double>(extent);
        return results * size;
      })
      .Case<local::ScatterAddOp, local::CumulativeSumOp>([&](auto) { return results; })
      .Case<local::ConvertOp, local::StopGradientOp, local::SelectOp>([](auto) { return 0.0; })
      .Default([&](Operation* other) {
        return other->hasTrait<OpTrait::Elementwise>() ? results : 0.0;
      });
}

double traffic(Operation* op) {
  if (isa<local::ConstantOp, local::ParamOp, local::GetDimensionSizeOp>(op)) return 0;
  double sum = 0;
  const bool passing = in_passing(op);
  for (Value operand : op->getOperands()) {
    Operation* producer = operand.getDefiningOp();
    // Computed in the same pass, or nothing but a number.
    if (passing && producer && in_passing(producer) && operand.hasOneUse()) continue;
    if (producer && isa<local::ConstantOp, local::ParamOp>(producer) && elements(operand) == 1)
      continue;
    sum += bytes(operand.getType());
  }
  for (Value result : op->getResults()) {
    if (passing && result.hasOneUse() && in_passing(*result.user_begin())) continue;
    sum += bytes(result.getType());
  }
  return sum;
}

class Counter {
 public:
  explicit Counter(PhaseCost& cost) : cost_(cost) {}

  // Adds what the block does `times` times to `work`.
  void block(Block& block, double times, Work& work) {
    for (Operation& op : block.without_terminator()) {
      if (op.getNumRegions() == 0) {
        work.operations += times * operations(&op);
        work.bytes += times * traffic(&op);
      } else {
        regions(&op, times, work);
      }
    }
  }

 private:
  void regions(Operation* op, double times, Work& work) {
    if (auto branch = dyn_cast<local::IfOp>(op)) return dearer(branch, times, work);
    if (auto fold = dyn_cast<local::FoldOp>(op)) {
      double count = -1;
      if (auto known = fold.getCount().getDefiningOp<local::ConstantOp>()) {
        auto value = cast<DenseElementsAttr>(known.getValue());
        count = static_cast<double>(value.getSplatValue<APInt>().getSExtValue());
      } else if (auto most = fold.getAtMost()) {
        count = static_cast<double>(*most);
      }
      if (count >= 0) return block(fold.getBody().front(), times * count, work);
      return loop(op, "step of the loop", times);
    }
    loop(op, "element of the sequence", times);
  }

  void dearer(local::IfOp branch, double times, Work& work) {
    Work dearest;
    for (Region& region : branch->getRegions()) {
      Work one;
      if (!region.empty()) block(region.front(), times, one);
      if (one.operations >= dearest.operations) dearest = one;
    }
    work.operations += dearest.operations;
    work.bytes += dearest.bytes;
  }

  void loop(Operation* op, const char* over, double times) {
    const size_t at = cost_.loops.size();
    cost_.loops.push_back({over, places_of(op->getLoc()), times, {}});
    Work each;
    for (Region& region : op->getRegions())
      if (!region.empty()) block(region.front(), 1, each);
    cost_.loops[at].each = each;
  }

  PhaseCost& cost_;
};

// What gradients of loops keep: attributes that differentiation leaves at the reverse loops. A loop
// over the steps of a segment counts for the loop over segments around it, which is `around`.
void find_kept(Operation* op, KeptLoop* around, Location at, std::vector<KeptLoop>& kept) {
  std::optional<KeptLoop> segmented;
  if (auto bytes = op->getAttrOfType<IntegerAttr>("kept_bytes")) {
    const auto number = [&](const char* name) {
      auto attribute = op->getAttrOfType<IntegerAttr>(name);
      return attribute ? attribute.getInt() : 0;
    };
    if (around && at == op->getLoc()) {
      around->bytes += bytes.getInt();
    } else {
      KeptLoop loop{places_of(op->getLoc()), number("of_steps"), number("segment"), bytes.getInt()};
      if (loop.segment)
        segmented = std::move(loop);
      else
        kept.push_back(std::move(loop));
    }
  }
  for (Region& region : op->getRegions())
    for (Operation& inner : region.getOps())
      if (segmented)
        find_kept(&inner, &*segmented, op->getLoc(), kept);
      else
        find_kept(&inner, around, at, kept);
  if (segmented) kept.push_back(std::move(*segmented));
}

}  // namespace

std::vector<PhaseCost> costs_of(ModuleOp split) {
  std::vector<PhaseCost> costs;
  for (auto program : split.getOps<fed::ProgramOp>()) {
    for (auto phase : program.getOps<fed::PhaseOp>()) {
      PhaseCost cost;
      cost.computation = program.getSymName().str();
      cost.server = phase.getSide() == fed::Placement::Server;
      cost.level = static_cast<int64_t>(phase.getLevel());
      Counter(cost).block(phase.getBody().front(), 1, cost.once);
      find_kept(phase, nullptr, phase.getLoc(), cost.kept);
      costs.push_back(std::move(cost));
    }
  }
  return costs;
}

}  // namespace fedc::resources
