// fed-insert-polls and fed-exit-at-polls: long phases ask in between whether the host wants to
// cancel.
#include <limits>

#include "compiler/lower/passes.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

#define GEN_PASS_DEF_FEDINSERTPOLLSPASS
#define GEN_PASS_DEF_FEDEXITATPOLLSPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

constexpr const char* kPoll = "fed.poll";
constexpr const char* kNext = "fed.sequence_next";
constexpr const char* kStatus = "fed.status";

bool is_phase(func::FuncOp function) {
  FunctionType type = function.getFunctionType();
  return !function.isExternal() && !function->hasAttr("fed.part") && type.getNumInputs() == 1 &&
         type.getNumResults() == 1 && isa<LLVM::LLVMPointerType>(type.getInput(0)) &&
         type.getResult(0).isInteger(32);
}

// The function of that name, declared where the module has none.
void declare(ModuleOp module, StringRef name, FunctionType type) {
  if (module.lookupSymbol(name)) return;
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  func::FuncOp::create(b, module.getLoc(), name, type).setPrivate();
}

// How much work something is ----------------------------------------------------------------------

// Steps and trips that no bound is known for.
constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

int64_t plus(int64_t x, int64_t y) {
  int64_t sum;
  return llvm::AddOverflow(x, y, sum) ? kUnbounded : sum;
}
int64_t times(int64_t x, int64_t y) {
  int64_t product;
  return llvm::MulOverflow(x, y, product) ? kUnbounded : product;
}

// What an access to memory, a division or a function of math counts.
constexpr int64_t kSlow = 8;

int64_t bits_of(Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.getNumElements() * bits_of(vector.getElementType());
  return type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 64;
}

// Steps of an operation without regions. A step is an instruction on a register of 128 bits.
int64_t steps(Operation* op) {
  if (isa<memref::LoadOp, memref::StoreOp, LLVM::LoadOp, LLVM::StoreOp, func::CallOp, LLVM::CallOp>(
          op))
    return kSlow;
  auto lines = [](Type type) -> int64_t { return kSlow * llvm::divideCeil(bits_of(type), 512); };
  if (isa<vector::LoadOp, vector::TransferReadOp>(op)) return lines(op->getResult(0).getType());
  if (isa<vector::StoreOp, vector::TransferWriteOp>(op)) return lines(op->getOperand(0).getType());
  if (op->hasTrait<OpTrait::ConstantLike>() || op->hasTrait<OpTrait::IsTerminator>() ||
      isa<ViewLikeOpInterface, arith::IndexCastOp>(op))
    return 0;
  int64_t registers = 0;
  for (Type type : op->getResultTypes())
    registers += std::max<int64_t>(1, llvm::divideCeil(bits_of(type), 128));
  if (isa<math::MathDialect>(op->getDialect()) && !isa<math::FmaOp>(op)) return kSlow * registers;
  if (isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp,
          arith::RemUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
    return kSlow * registers;
  return registers;
}

// The largest value that an index may have, as far as arithmetic alone says.
int64_t most(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return std::max<int64_t>(0, constant.getSExtValue());
  Operation* op = value.getDefiningOp();
  if (!op) return kUnbounded;
  if (isa<arith::MinUIOp, arith::MinSIOp>(op))
    return std::min(most(op->getOperand(0)), most(op->getOperand(1)));
  if (isa<arith::SubIOp, arith::DivUIOp, arith::IndexCastOp>(op)) return most(op->getOperand(0));
  if (isa<arith::AddIOp>(op)) return plus(most(op->getOperand(0)), most(op->getOperand(1)));
  if (isa<arith::MulIOp>(op)) return times(most(op->getOperand(0)), most(op->getOperand(1)));
  return kUnbounded;
}

// Whether an index is the variable plus something.
bool follows(Value index, Value variable) {
  if (index == variable) return true;
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return follows(sum.getLhs(), variable) || follows(sum.getRhs(), variable);
  auto apply = index.getDefiningOp<affine::AffineApplyOp>();
  if (!apply || apply.getMap().getNumResults() != 1) return false;
  auto in_sum = [&](auto self, AffineExpr e) -> bool {
    if (auto dim = dyn_cast<AffineDimExpr>(e))
      return follows(apply.getMapOperands()[dim.getPosition()], variable);
    if (auto symbol = dyn_cast<AffineSymbolExpr>(e))
      return follows(apply.getMapOperands()[apply.getMap().getNumDims() + symbol.getPosition()],
                     variable);
    auto sum = dyn_cast<AffineBinaryOpExpr>(e);
    return sum && sum.getKind() == AffineExprKind::Add &&
           (self(self, sum.getLHS()) || self(self, sum.getRHS()));
  };
  return in_sum(in_sum, apply.getMap().getResult(0));
}

// The elements that memory has at most along one dimension: unknown sizes lie in room of a known
// one.
int64_t room(Value memory, int64_t dim) {
  auto type = dyn_cast<MemRefType>(memory.getType());
  if (!type) return kUnbounded;
  if (!type.isDynamicDim(dim)) return type.getDimSize(dim);
  int64_t others = 1;
  for (int64_t size : type.getShape())
    if (!ShapedType::isDynamic(size)) others = times(others, std::max<int64_t>(1, size));
  Operation* op = memory.getDefiningOp();
  while (op && isa<ViewLikeOpInterface>(op)) {
    auto from = dyn_cast<MemRefType>(op->getOperand(0).getType());
    if (!from) return kUnbounded;
    if (from.hasStaticShape()) {
      int64_t bytes =
          times(from.getNumElements(), llvm::divideCeil(bits_of(from.getElementType()), 8));
      int64_t element = llvm::divideCeil(bits_of(type.getElementType()), 8);
      return bytes / times(others, element);
    }
    op = op->getOperand(0).getDefiningOp();
  }
  return kUnbounded;
}

// How often a loop runs at most: by its bounds, or by the memory that its variable indexes.
int64_t trips(scf::ForOp loop) {
  int64_t size = most(loop.getUpperBound());
  APInt constant;
  if (size != kUnbounded && matchPattern(loop.getLowerBound(), m_ConstantInt(&constant)))
    size = std::max<int64_t>(0, size - constant.getSExtValue());
  Value variable = loop.getInductionVar();
  auto access = [&](Value memory, ValueRange indices) {
    for (auto [dim, index] : llvm::enumerate(indices))
      if (follows(index, variable)) size = std::min(size, room(memory, dim));
  };
  if (!loop.getStaticTripCount()) {
    loop.getBody()->walk([&](Operation* op) {
      if (auto load = dyn_cast<memref::LoadOp>(op)) access(load.getMemRef(), load.getIndices());
      if (auto store = dyn_cast<memref::StoreOp>(op)) access(store.getMemRef(), store.getIndices());
      if (auto load = dyn_cast<vector::LoadOp>(op)) access(load.getBase(), load.getIndices());
      if (auto store = dyn_cast<vector::StoreOp>(op)) access(store.getBase(), store.getIndices());
      if (auto read = dyn_cast<vector::TransferReadOp>(op))
        access(read.getBase(), read.getIndices());
    });
  }
  if (size == kUnbounded) return size;
  int64_t step = 1;
  if (matchPattern(loop.getStep(), m_ConstantInt(&constant)))
    step = std::max<int64_t>(1, constant.getSExtValue());
  return llvm::divideCeil(size, step);
}

int64_t work(Block& block);

// Steps of an operation and all that is in it, at most.
int64_t work(Operation* op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return times(trips(loop), plus(work(*loop.getBody()), 1));
  // Sequences are as long as they are.
  if (isa<scf::WhileOp>(op)) return kUnbounded;
  int64_t sum = steps(op);
  int64_t longest = 0;
  for (Region& region : op->getRegions())
    for (Block& block : region) {
      int64_t inside = work(block);
      longest = std::max(longest, inside);
      if (!isa<scf::IfOp>(op)) sum = plus(sum, inside);
    }
  return isa<scf::IfOp>(op) ? plus(longest, 1) : sum;
}

int64_t work(Block& block) {
  int64_t sum = 0;
  for (Operation& op : block) sum = plus(sum, work(&op));
  return sum;
}

// Where to poll -----------------------------------------------------------------------------------

bool polls(Operation* op) {
  auto call = dyn_cast<func::CallOp>(op);
  return call && (call.getCallee() == kPoll || call.getCallee() == kNext);
}

// Whether every way through the block polls.
bool certainly_polls(Block& block) {
  return llvm::any_of(block, [](Operation& op) {
    if (auto loop = dyn_cast<scf::WhileOp>(op)) return certainly_polls(*loop.getBeforeBody());
    if (auto choice = dyn_cast<scf::IfOp>(op))
      return choice.elseBlock() && certainly_polls(*choice.thenBlock()) &&
             certainly_polls(*choice.elseBlock());
    return polls(&op);
  });
}

class Inserter {
 public:
  Inserter(func::FuncOp function, int64_t limit)
      : b_(function.getContext()), frame_(function.getArgument(0)), limit_(limit) {}

  // Puts polls into a block that is entered with `since` steps done since the last poll, at most.
  // Gives the same at its end.
  int64_t place(Block& block, int64_t since) {
    for (Operation& op : llvm::make_early_inc_range(block)) {
      int64_t more = work(&op);
      if (polls(&op)) {
        since = 0;
      } else if (plus(since, more) <= limit_) {
        since += more;
      } else if (more <= limit_) {
        b_.setInsertionPoint(&op);
        poll(op.getLoc());
        since = more;
      } else {
        since = place_inside(&op, since);
      }
    }
    return since;
  }

 private:
  void poll(Location loc) {
    Value nowhere = arith::ConstantOp::create(b_, loc, b_.getI32IntegerAttr(0));
    func::CallOp::create(b_, loc, kPoll, b_.getI1Type(), ValueRange{frame_, nowhere});
  }

  // An operation of more steps than the limit.
  int64_t place_inside(Operation* op, int64_t since) {
    if (auto choice = dyn_cast<scf::IfOp>(op)) {
      int64_t then = place(*choice.thenBlock(), since);
      return choice.elseBlock() ? std::max(then, place(*choice.elseBlock(), since))
                                : std::max(then, since);
    }
    if (auto loop = dyn_cast<scf::ForOp>(op)) return place_in_for(loop, since);
    if (auto loop = dyn_cast<scf::WhileOp>(op)) return place_in_while(loop, since);
    b_.setInsertionPoint(op);
    poll(op->getLoc());
    return limit_;
  }

  int64_t place_in_for(scf::ForOp loop, int64_t since) {
    std::optional<APInt> exactly = loop.getStaticTripCount();
    // A loop that may run not at all leaves what was before it.
    auto after = [&](int64_t inside) {
      return exactly && !exactly->isZero() ? inside : std::max(inside, since);
    };
    int64_t once = plus(work(*loop.getBody()), 1);
    if (once <= limit_ / kCheap) {
      int64_t chunk = llvm::bit_floor(static_cast<uint64_t>(limit_ / once));
      strip_mine(loop, chunk);
      return after(chunk * once);
    }
    b_.setInsertionPointToStart(loop.getBody());
    poll(loop.getLoc());
    return after(once <= limit_ ? once : place(*loop.getBody(), 0));
  }

  // One loop over chunks, which polls, and one over the iterations of a chunk in the same order.
  void strip_mine(scf::ForOp loop, int64_t chunk) {
    Location loc = loop.getLoc();
    b_.setInsertionPoint(loop);
    Value count = arith::ConstantIndexOp::create(b_, loc, chunk);
    Value stride = b_.createOrFold<arith::MulIOp>(loc, loop.getStep(), count);
    auto outer = scf::ForOp::create(b_, loc, loop.getLowerBound(), loop.getUpperBound(), stride,
                                    loop.getInitArgs());
    b_.setInsertionPointToStart(outer.getBody());
    poll(loc);
    Value end = arith::AddIOp::create(b_, loc, outer.getInductionVar(), stride);
    std::optional<APInt> exactly = loop.getStaticTripCount();
    if (!exactly || exactly->urem(chunk) != 0)
      end = arith::MinSIOp::create(b_, loc, end, loop.getUpperBound());
    auto inner = scf::ForOp::create(b_, loc, outer.getInductionVar(), end, loop.getStep(),
                                    outer.getRegionIterArgs());
    inner.getRegion().takeBody(loop.getRegion());
    inner->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    if (loop.getNumResults()) {
      b_.setInsertionPointToEnd(outer.getBody());
      scf::YieldOp::create(b_, loc, inner.getResults());
    }
    loop.replaceAllUsesWith(outer.getResults());
    loop.erase();
  }

  int64_t place_in_while(scf::WhileOp loop, int64_t since) {
    Block &before = *loop.getBeforeBody(), &body = *loop.getAfterBody();
    if (certainly_polls(before) || certainly_polls(body)) {
      // The host gives an element each time, which polls.
      since = place(before, since);
      int64_t around = plus(place(body, since), work(before));
      return certainly_polls(before) ? since : std::min(limit_, std::max(since, around));
    }
    int64_t once = plus(plus(work(before), work(body)), 1);
    if (once <= limit_ / 2) {
      // Half of the limit, so that what follows need not poll at once if it is short.
      int64_t every = llvm::bit_floor(static_cast<uint64_t>(limit_ / 2 / once));
      poll_every(loop, every);
      return std::min(limit_, since + every * once);
    }
    b_.setInsertionPointToStart(&body);
    poll(loop.getLoc());
    int64_t inside = place(body, 0);
    return place(before, std::max(since, inside));
  }

  // A count beside what the loop carries: a power of two.
  void poll_every(scf::WhileOp loop, int64_t every) {
    Location loc = loop.getLoc();
    b_.setInsertionPoint(loop);
    auto number = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b_, loc, b_.getI64IntegerAttr(value));
    };
    SmallVector<Value> init(loop.getInits());
    init.push_back(number(0));
    SmallVector<Type> types(loop.getResultTypes());
    types.push_back(b_.getI64Type());
    auto counted = scf::WhileOp::create(b_, loc, types, init);
    counted.getBefore().takeBody(loop.getBefore());
    counted.getAfter().takeBody(loop.getAfter());
    Value tested = counted.getBeforeBody()->addArgument(b_.getI64Type(), loc);
    counted.getConditionOp().getArgsMutable().append(tested);
    Value count = counted.getAfterBody()->addArgument(b_.getI64Type(), loc);
    b_.setInsertionPointToStart(counted.getAfterBody());
    Value next = arith::AddIOp::create(b_, loc, count, number(1));
    Value rest = arith::AndIOp::create(b_, loc, next, number(every - 1));
    Value due = arith::CmpIOp::create(b_, loc, arith::CmpIPredicate::eq, rest, number(0));
    counted.getYieldOp().getResultsMutable().append(next);
    auto ask = scf::IfOp::create(b_, loc, due, /*withElseRegion=*/false);
    b_.setInsertionPointToStart(ask.thenBlock());
    poll(loc);
    loop.replaceAllUsesWith(counted.getResults().drop_back());
    loop.erase();
  }

  // A body of at least the limit over this is polled for each time: its work hides the poll.
  static constexpr int64_t kCheap = 8;

  OpBuilder b_;
  Value frame_;
  int64_t limit_;
};

struct InsertPolls : impl::FedInsertPollsPassBase<InsertPolls> {
  using FedInsertPollsPassBase::FedInsertPollsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder b(&getContext());
    declare(module, kPoll,
            b.getFunctionType({LLVM::LLVMPointerType::get(&getContext()), b.getI32Type()},
                              {b.getI1Type()}));
    for (auto function : module.getOps<func::FuncOp>())
      if (is_phase(function)) Inserter(function, limit).place(function.front(), 0);
  }
};

struct ExitAtPolls : impl::FedExitAtPollsPassBase<ExitAtPolls> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder b(&getContext());
    declare(module, kStatus,
            b.getFunctionType({LLVM::LLVMPointerType::get(&getContext())}, {b.getI32Type()}));
    SmallVector<func::FuncOp> phases;
    for (auto function : module.getOps<func::FuncOp>())
      if (is_phase(function)) phases.push_back(function);
    for (func::FuncOp function : phases) leave(function);
  }

  // Lets the function return behind its polls and behind parts of it that return at theirs. Whether
  // it has any.
  bool leave(func::FuncOp function) {
    SmallVector<func::CallOp> calls;
    function.walk([&](func::CallOp call) {
      if (call.getCallee() == kPoll) {
        calls.push_back(call);
      } else if (auto part = getOperation().lookupSymbol<func::FuncOp>(call.getCallee());
                 part && part->hasAttr("fed.part") && leave(part)) {
        calls.push_back(say_whether(call));
      }
    });
    if (calls.empty()) return false;
    OpBuilder b(function.getContext());
    Location loc = function.getLoc();
    Block* exit = b.createBlock(&function.getBody(), function.getBody().end());
    if (is_phase(function)) {
      auto status = func::CallOp::create(b, loc, kStatus, b.getI32Type(), function.getArgument(0));
      func::ReturnOp::create(b, loc, status.getResults());
    } else {
      return_from_part(function, exit);
    }
    for (func::CallOp call : calls) {
      Block* here = call->getBlock();
      Block* rest = here->splitBlock(std::next(call->getIterator()));
      b.setInsertionPointToEnd(here);
      cf::CondBranchOp::create(b, call.getLoc(), call.getResult(0), exit, rest);
    }
    return true;
  }

  // A part has one caller. Its first result becomes whether to leave; nobody reads the others then.
  void return_from_part(func::FuncOp part, Block* exit) {
    OpBuilder b(part.getContext());
    auto say = [&](bool leaving) -> Value {
      return arith::ConstantOp::create(b, part.getLoc(), b.getBoolAttr(leaving));
    };
    part.walk([&](func::ReturnOp end) {
      b.setInsertionPoint(end);
      end->insertOperands(0, say(false));
    });
    FunctionType type = part.getFunctionType();
    b.setInsertionPointToEnd(exit);
    SmallVector<Value> results{say(true)};
    for (Type result : type.getResults())
      results.push_back(ub::PoisonOp::create(b, part.getLoc(), result));
    func::ReturnOp::create(b, part.getLoc(), results);
    part.setType(b.getFunctionType(type.getInputs(), TypeRange(ValueRange(results))));
  }

  func::CallOp say_whether(func::CallOp call) {
    OpBuilder b(call);
    SmallVector<Type> types{b.getI1Type()};
    llvm::append_range(types, call.getResultTypes());
    auto saying =
        func::CallOp::create(b, call.getLoc(), call.getCallee(), types, call.getOperands());
    call.replaceAllUsesWith(saying.getResults().drop_front());
    call.erase();
    return saying;
  }
};

}  // namespace
}  // namespace fedc::lower
