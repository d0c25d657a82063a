#include "compiler/lower/buffer_lives.h"

#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace fedc::lower {

using namespace mlir;

namespace {

class Lives {
 public:
  explicit Lives(func::FuncOp function) : function_(function), flow_(function) {
    number(function.getOperation());
  }

  Life life(memref::AllocOp buffer) {
    users_.clear();
    escapes_ = false;
    for (Value alias : flow_.resolve(buffer.getResult())) add(alias);
    Block* around = buffer->getBlock();
    if (escapes_) around = &function_.front();
    for (Operation* user : users_)
      while (!around->findAncestorOpInBlock(*user)) around = around->getParentOp()->getBlock();
    Life life;
    if (escapes_) {
      life.begin = &around->front();
      life.end = around->getTerminator();
      life.first = moments_[life.begin].first;
      life.last = moments_[life.end].second;
      return life;
    }
    life.begin = life.end = buffer;
    life.first = INT64_MAX;
    for (Operation* user : users_) {
      auto [first, last] = moments_[around->findAncestorOpInBlock(*user)];
      if (first < life.first) {
        life.first = first;
        life.begin = user;
      }
      if (last > life.last) life.last = last;
      if (moments_[user].second > moments_[life.end].second) life.end = user;
    }
    if (users_.empty()) life.first = life.last = moments_[buffer].first;
    return life;
  }

 private:
  void number(Operation* op) {
    int64_t first = ++moment_;
    for (Region& region : op->getRegions())
      for (Block& block : region)
        for (Operation& inner : block) number(&inner);
    moments_[op] = {first, moment_};
  }

  void add(Value alias) {
    // Values of a loop or branch: it may hand the buffer on to its next iteration.
    if (auto argument = dyn_cast<BlockArgument>(alias)) {
      users_.insert(argument.getOwner()->getParentOp());
    } else if (alias.getDefiningOp()->getNumRegions() != 0) {
      users_.insert(alias.getDefiningOp());
    }
    for (Operation* user : alias.getUsers()) {
      users_.insert(user);
      if (isa<memref::ExtractAlignedPointerAsIndexOp>(user)) follow(user->getResult(0));
    }
  }

  // An address may be computed with and handed to calls, which do not keep it; in memory it may
  // be found again at any time.
  void follow(Value address) {
    for (OpOperand& use : address.getUses()) {
      Operation* user = use.getOwner();
      users_.insert(user);
      auto store = dyn_cast<LLVM::StoreOp>(user);
      if (isa<CallOpInterface>(user) || isa<LLVM::LoadOp>(user) ||
          (store && use.get() == store.getAddr()))
        continue;
      if (isa<arith::IndexCastOp, arith::AddIOp, LLVM::IntToPtrOp, LLVM::GEPOp>(user)) {
        follow(user->getResult(0));
      } else {
        escapes_ = true;
      }
    }
  }

  func::FuncOp function_;
  BufferViewFlowAnalysis flow_;
  llvm::DenseMap<Operation*, std::pair<int64_t, int64_t>> moments_;
  int64_t moment_ = 0;
  llvm::SetVector<Operation*> users_;
  bool escapes_ = false;
};

}  // namespace

SmallVector<Life> lives_of(func::FuncOp function, ArrayRef<memref::AllocOp> buffers) {
  Lives lives(function);
  SmallVector<Life> result;
  for (memref::AllocOp buffer : buffers) result.push_back(lives.life(buffer));
  return result;
}

}  // namespace fedc::lower
