// The pass `local-infer-bounds` (see Passes.td).
#include "compiler/differentiate/differentiate.h"
#include "compiler/differentiate/sizes.h"
#include "mlir/IR/Matchers.h"

namespace fedc {

#define GEN_PASS_DEF_LOCALINFERBOUNDS
#include "compiler/differentiate/Passes.h.inc"

namespace {

using namespace mlir;

bool has_no_bound(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor &&
         llvm::any_of(local::getDims(tensor), [](local::Dim dim) { return dim.bound < 0; });
}

// Operations whose results have the dimensions that follow from the operands', whatever their types
// say.
bool follows(Operation* op) {
  if (op->getNumResults() != 1 || op->getNumRegions() != 0) return false;
  if (auto dot = dyn_cast<local::DotGeneralOp>(op)) return !dot.getInto();
  return op->hasTrait<OpTrait::Elementwise>() ||
         isa<local::BroadcastInDimOp, local::IotaOp, local::SelectOp, local::CastOp, local::SliceOp,
             local::PadOp, local::ReverseOp, local::ScatterAddOp, local::ArgsortOp,
             local::CumulativeSumOp, local::ReshapeOp, local::TransposeOp, local::ConcatenateOp,
             local::ReduceOp, local::TakeOp>(op);
}

// Whether an operand may be of a type that says more.
bool takes_more(OpOperand& use) {
  Operation* op = use.getOwner();
  if (isa<local::GetDimensionSizeOp, local::GradientOp>(op) || follows(op)) return true;
  auto loop = dyn_cast<local::FoldOp>(op);
  return loop && use.getOperandNumber() > 0 && use.getOperandNumber() <= loop.getInit().size();
}

class Inference {
 public:
  explicit Inference(Region& region) { roots_.look_at(region); }

  // In order: of what an operation reads, all that there is to know is known.
  void run(Region& region) {
    for (Block& block : region)
      for (Operation& op : llvm::make_early_inc_range(block)) {
        if (auto loop = dyn_cast<local::FoldOp>(op))
          visit(loop);
        else if (auto gradient = dyn_cast<local::GradientOp>(op))
          visit(gradient);
        else if (follows(&op))
          visit(op);
        for (Region& inner : op.getRegions()) run(inner);
      }
  }

 private:
  // The bound of what says how large a dimension is, or -1.
  static int64_t bound_of(local::SizeSource source) {
    if (!source.value) return -1;
    if (source.dim != local::SizeSource::kItself)
      return local::getBound(cast<RankedTensorType>(source.value.getType()), source.dim);
    auto asked = source.value.getDefiningOp<local::GetDimensionSizeOp>();
    return asked ? local::getBound(cast<RankedTensorType>(asked.getOperand().getType()),
                                   static_cast<int64_t>(asked.getDimension()))
                 : -1;
  }

  // The type with bounds for dimensions that have none.
  static RankedTensorType with(Type type, llvm::function_ref<int64_t(int64_t)> bound) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<local::Dim> dims = local::getDims(tensor);
    for (auto [d, dim] : llvm::enumerate(dims))
      if (dim.bound < 0) dim.bound = bound(d);
    return local::makeTensorType(dims, tensor.getElementType());
  }

  // The value is of a type that says more; those who do not take that have it as it was.
  static void become(Value value, Type type) {
    const Type before = value.getType();
    if (type == before) return;
    value.setType(type);
    for (OpOperand& use : llvm::make_early_inc_range(value.getUses())) {
      if (takes_more(use)) continue;
      OpBuilder b(use.getOwner());
      use.set(local::CastOp::create(b, value.getLoc(), before, value));
    }
  }

  static void visit(Operation& op) {
    Value result = op.getResult(0);
    if (!has_no_bound(result.getType())) return;
    become(result, with(result.getType(),
                        [&](int64_t d) { return bound_of(local::getSizeSource(result, d)); }));
  }

  // A state that keeps its size has the bound of what the loop begins with.
  void visit(local::FoldOp loop) {
    Block& body = loop.getBody().front();
    for (auto [i, init] : llvm::enumerate(loop.getInit())) {
      BlockArgument state = body.getArgument(1 + i);
      auto began = cast<RankedTensorType>(init.getType());
      if (!has_no_bound(state.getType()) && began == state.getType()) continue;
      RankedTensorType type = with(state.getType(), [&](int64_t d) {
        return roots_.keeps(loop, i, d) ? local::getBound(began, d) : int64_t{-1};
      });
      OpBuilder before(loop);
      loop.getInitMutable()[i].set(local::makeCast(before, loop.getLoc(), init, type));
      Operation* end = body.getTerminator();
      OpBuilder last(end);
      end->setOperand(i, local::makeCast(last, loop.getLoc(), end->getOperand(i), type));
      become(state, type);
      become(loop.getResult(i), type);
    }
  }

  // What the gradient is taken by has in the region the type that it has outside.
  static void visit(local::GradientOp op) {
    const size_t wrt = op.getWrt(), first = op.getNumResults() - wrt;
    for (auto [i, operand] : llvm::enumerate(op.getOperands())) {
      become(op.getBody().getArgument(i), operand.getType());
      if (i < wrt) become(op.getResult(first + i), operand.getType());
    }
  }

  SizeRoots roots_;
};

struct LocalInferBounds : impl::LocalInferBoundsBase<LocalInferBounds> {
  using LocalInferBoundsBase::LocalInferBoundsBase;

  void runOnOperation() override {
    SmallVector<Region*> regions;
    getOperation()->walk([&](Operation* op) {
      if (op == getOperation() || !op->hasTrait<OpTrait::IsIsolatedFromAbove>()) return;
      for (Region& region : op->getRegions()) regions.push_back(&region);
    });
    for (Region* region : regions) {
      bool any = false;
      region->walk([&](Operation* op) {
        any |= llvm::any_of(op->getOperandTypes(), has_no_bound) ||
               llvm::any_of(op->getResultTypes(), has_no_bound);
      });
      if (any) Inference(*region).run(*region);
    }
  }
};

}  // namespace
}  // namespace fedc
