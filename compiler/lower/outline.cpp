// fed-outline-parts: long code becomes functions of bounded length.
#include "compiler/lower/passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace fedc::lower {

#define GEN_PASS_DEF_FEDOUTLINEPARTSPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

int64_t weight(Operation* op) {
  int64_t sum = 0;
  op->walk([&](Operation*) { ++sum; });
  return sum;
}

int64_t weight(Block& block) {
  int64_t sum = 0;
  for (Operation& op : block) sum += weight(&op);
  return sum;
}

// A field of the frame, which nothing changes while a phase runs.
bool is_field(Operation* op) {
  auto load = dyn_cast<LLVM::LoadOp>(op);
  auto address = load ? load.getAddr().getDefiningOp<LLVM::GEPOp>() : nullptr;
  auto frame = address ? dyn_cast<BlockArgument>(address.getBase()) : nullptr;
  return frame && frame.getArgNumber() == 0 && isa<func::FuncOp>(frame.getOwner()->getParentOp());
}

// What is computed anew in each function that needs it, rather than handed over: a constant, or an
// address from another or from the frame.
bool is_cheap(Operation* op) {
  if (!op || op->getNumRegions() != 0) return false;
  if (is_field(op)) return true;
  return isMemoryEffectFree(op) &&
         (op->hasTrait<OpTrait::ConstantLike>() ||
          isa<ViewLikeOpInterface, UnrealizedConversionCastOp, arith::IndexCastOp,
              affine::AffineApplyOp, LLVM::PoisonOp, LLVM::GEPOp, LLVM::InsertValueOp>(op));
}

// More results than registers take are one struct to LLVM, whose propagation of constants takes
// cubic time in its fields: numbers beyond these come back through memory.
constexpr size_t kMostReturned = 4;

// Room on the stack is there until its function returns.
bool stays(Operation* op) { return isa<memref::AllocaOp, LLVM::AllocaOp>(op); }

// Between functions a vector of one element is its element: LLVM ends the compiler over an argument
// `<1 x i1>` for processors with AVX-512 ("cannot select any_extend").
VectorType as_vector_of_one(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && !vector.isScalable() && vector.getNumElements() == 1 ? vector : VectorType();
}

Type type_between(Type type) {
  VectorType vector = as_vector_of_one(type);
  return vector ? vector.getElementType() : type;
}

Value to_between(OpBuilder& b, Location loc, Value value) {
  VectorType vector = as_vector_of_one(value.getType());
  if (!vector) return value;
  return vector::ExtractOp::create(b, loc, value, SmallVector<int64_t>(vector.getRank(), 0));
}

Value from_between(OpBuilder& b, Location loc, Value value, Type type) {
  if (value.getType() == type) return value;
  return vector::BroadcastOp::create(b, loc, type, value);
}

class Outliner {
 public:
  Outliner(func::FuncOp function, int64_t limit) : function_(function), limit_(limit) {}

  void outline(Block& block) {
    if (weight(block) <= 2 * limit_) return;
    for (Operation& op : block) {
      if (weight(&op) <= limit_) continue;
      for (Region& region : op.getRegions())
        for (Block& inner : region) outline(inner);
    }
    if (weight(block) <= 2 * limit_) return;
    llvm::SetVector<Operation*> part;
    int64_t sum = 0;
    auto flush = [&] {
      if (sum >= limit_) make_part(part.getArrayRef());
      part.clear();
      sum = 0;
    };
    for (Operation& op : llvm::make_early_inc_range(block.without_terminator())) {
      auto of_part = [&](Value operand) {
        return operand.getDefiningOp() && part.contains(operand.getDefiningOp());
      };
      if (is_cheap(&op) && llvm::none_of(op.getOperands(), of_part)) continue;
      if (stays(&op)) {
        flush();
        continue;
      }
      part.insert(&op);
      sum += weight(&op);
      if (sum >= limit_) flush();
    }
  }

 private:
  // Replaces these operations of one block by a call. Between them stand only cheap ones that need
  // none of them.
  void make_part(ArrayRef<Operation*> part) {
    llvm::SmallPtrSet<Operation*, 32> inside(part.begin(), part.end());
    Block* block = part.front()->getBlock();
    auto is_inside = [&](Operation* op) {
      Operation* ancestor = op ? block->findAncestorOpInBlock(*op) : nullptr;
      return ancestor && inside.contains(ancestor);
    };
    llvm::SetVector<Value> taken, again;  // from outside: handed over; computed in the part
    taken.insert(function_.getArgument(0));
    auto use = [&](auto self, Value value) -> void {
      Operation* from = value.getDefiningOp();
      if (is_inside(from ? from : value.getParentBlock()->getParentOp())) return;
      if (!is_cheap(from)) {
        taken.insert(value);
        return;
      }
      for (Value operand : from->getOperands()) self(self, operand);
      again.insert(value);
    };
    SmallVector<Value> given;
    for (Operation* op : part) {
      op->walk([&](Operation* nested) {
        for (Value operand : nested->getOperands()) use(use, operand);
      });
      for (Value result : op->getResults()) {
        if (llvm::any_of(result.getUsers(), [&](Operation* user) { return !is_inside(user); }))
          given.push_back(result);
      }
    }

    OpBuilder b(part.front());
    Location loc = part.front()->getLoc();
    // By type, what comes back through memory.
    llvm::MapVector<Type, SmallVector<Value>> stored;
    if (given.size() > kMostReturned) {
      for (Value value : given)
        if (value.getType().isIntOrIndexOrFloat()) stored[value.getType()].push_back(value);
      llvm::erase_if(given, [](Value value) { return value.getType().isIntOrIndexOrFloat(); });
    }
    SmallVector<Value> handed, room;
    for (Value value : taken) handed.push_back(to_between(b, loc, value));
    for (auto& [element, values] : stored) {
      OpBuilder entry = OpBuilder::atBlockBegin(&function_.front());
      auto type = MemRefType::get({static_cast<int64_t>(values.size())}, element);
      room.push_back(memref::AllocaOp::create(entry, loc, type));
    }
    handed.append(room);
    SmallVector<Type> returned;
    for (Value value : given) returned.push_back(type_between(value.getType()));
    auto type = b.getFunctionType(TypeRange(ValueRange(handed)), returned);
    auto call = func::CallOp::create(b, loc, name(), returned, handed);
    SmallVector<Value> results, replaced(given);
    for (auto [value, result] : llvm::zip(given, call.getResults()))
      results.push_back(from_between(b, loc, result, value.getType()));
    for (auto [memory, values] : llvm::zip(room, llvm::make_second_range(stored))) {
      for (auto [i, value] : llvm::enumerate(values)) {
        Value index = arith::ConstantIndexOp::create(b, loc, static_cast<int64_t>(i));
        results.push_back(memref::LoadOp::create(b, loc, memory, index));
        replaced.push_back(value);
      }
    }

    auto module = function_->getParentOfType<ModuleOp>();
    b.setInsertionPointToEnd(module.getBody());
    auto function = func::FuncOp::create(b, loc, call.getCallee(), type);
    function.setPrivate();
    function->setAttr("fed.part", b.getUnitAttr());
    function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
    function->setAttr("llvm.linkage",
                      LLVM::LinkageAttr::get(b.getContext(), LLVM::Linkage::Internal));
    Block* body = function.addEntryBlock();
    b.setInsertionPointToStart(body);
    IRMapping mapping;
    for (auto [from, to] : llvm::zip(taken, body->getArguments()))
      mapping.map(from, from_between(b, loc, to, from.getType()));
    for (Value value : again)
      if (!mapping.contains(value)) b.clone(*value.getDefiningOp(), mapping);
    for (Operation* op : part) op->moveBefore(body, body->end());
    b.setInsertionPointToEnd(body);
    for (Value& value : given) value = to_between(b, loc, value);
    auto end = func::ReturnOp::create(b, loc, given);
    b.setInsertionPoint(end);
    size_t argument = taken.size();
    for (auto& [element, values] : stored) {
      Value memory = body->getArgument(argument++);
      for (auto [i, value] : llvm::enumerate(values)) {
        Value index = arith::ConstantIndexOp::create(b, loc, static_cast<int64_t>(i));
        memref::StoreOp::create(b, loc, value, memory, index);
      }
    }
    function.walk([&](Operation* op) {
      for (OpOperand& operand : op->getOpOperands())
        operand.set(mapping.lookupOrDefault(operand.get()));
    });
    for (auto [value, result] : llvm::zip(replaced, results)) {
      value.replaceUsesWithIf(result, [&](OpOperand& operand) {
        return !function->isProperAncestor(operand.getOwner());
      });
    }
  }

  std::string name() {
    return (function_.getSymName() + ".part." + std::to_string(++parts_)).str();
  }

  func::FuncOp function_;
  int64_t limit_;
  int parts_ = 0;
};

struct OutlineParts : impl::FedOutlinePartsPassBase<OutlineParts> {
  using FedOutlinePartsPassBase::FedOutlinePartsPassBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.isExternal() && function.getNumArguments() > 0 &&
          isa<LLVM::LLVMPointerType>(function.getArgument(0).getType()))
        functions.push_back(function);
    }
    for (func::FuncOp function : functions) Outliner(function, limit).outline(function.front());
  }
};

}  // namespace
}  // namespace fedc::lower
