// Code calls memcpy, memmove and memset of a library and nothing else.
#include "compiler/codegen/machine.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Target/TargetMachine.h"

namespace fedc::codegen {

namespace {

template <class Kind>
std::vector<Kind*> all(llvm::Module& module) {
  std::vector<Kind*> found;
  for (llvm::Function& function : module)
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (auto* one = llvm::dyn_cast<Kind>(&instruction)) found.push_back(one);
  return found;
}

// What Darwin fills with zeros it would fill with bzero: it gets to see calls. So few bytes are
// some stores and no call.
void call_memset(llvm::Module& module, llvm::Type* size) {
  constexpr uint64_t kStores = 256;
  for (auto* fill : all<llvm::MemSetInst>(module)) {
    auto* length = llvm::dyn_cast<llvm::ConstantInt>(fill->getLength());
    if (length && length->getZExtValue() <= kStores) continue;
    llvm::IRBuilder<> b(fill);
    llvm::FunctionCallee memset =
        module.getOrInsertFunction("memset", b.getPtrTy(), b.getPtrTy(), b.getInt32Ty(), size);
    b.CreateCall(memset, {fill->getRawDest(), b.CreateZExt(fill->getValue(), b.getInt32Ty()),
                          b.CreateZExtOrTrunc(fill->getLength(), size)});
    fill->eraseFromParent();
  }
}

// Lengths as long as pointers are: others have no function.
void narrow_lengths(llvm::Module& module, llvm::Type* size) {
  for (auto* one : all<llvm::MemIntrinsic>(module)) {
    if (one->getLength()->getType() == size) continue;
    llvm::IRBuilder<> b(one);
    llvm::Value* length = b.CreateZExtOrTrunc(one->getLength(), size);
    if (auto* fill = llvm::dyn_cast<llvm::MemSetInst>(one)) {
      b.CreateMemSet(fill->getRawDest(), fill->getValue(), length, fill->getDestAlign());
    } else {
      auto* transfer = llvm::cast<llvm::MemTransferInst>(one);
      b.CreateMemTransferInst(transfer->getIntrinsicID(), transfer->getRawDest(),
                              transfer->getDestAlign(), transfer->getRawSource(),
                              transfer->getSourceAlign(), length);
    }
    one->eraseFromParent();
  }
}

// Products of 128 bits, of the four products of halves of their lower 64 bits (and of what the
// upper ones add to the upper half): else each is a call.
void multiply_by_halves(llvm::Module& module) {
  for (auto* product : all<llvm::BinaryOperator>(module)) {
    llvm::Type* type = product->getType();
    if (product->getOpcode() != llvm::Instruction::Mul || !type->isIntOrIntVectorTy(128)) continue;
    llvm::IRBuilder<> b(product);
    llvm::Type* half = type->getWithNewType(b.getInt64Ty());
    auto above = [&](llvm::Value* x, uint64_t bits) { return b.CreateLShr(x, bits); };
    auto below = [&](llvm::Value* x) { return b.CreateAnd(x, 0xffffffffu); };
    llvm::Value *x = product->getOperand(0), *y = product->getOperand(1);
    llvm::Value *xl = b.CreateTrunc(x, half), *xh = b.CreateTrunc(above(x, 64), half);
    llvm::Value *yl = b.CreateTrunc(y, half), *yh = b.CreateTrunc(above(y, 64), half);
    llvm::Value* low = b.CreateMul(below(xl), below(yl));
    llvm::Value* first = b.CreateMul(below(xl), above(yl, 32));
    llvm::Value* second = b.CreateMul(above(xl, 32), below(yl));
    llvm::Value* high = b.CreateMul(above(xl, 32), above(yl, 32));
    llvm::Value* middle = b.CreateAdd(above(low, 32), b.CreateAdd(below(first), below(second)));
    high = b.CreateAdd(high, b.CreateAdd(above(first, 32), above(second, 32)));
    high = b.CreateAdd(high, above(middle, 32));
    high = b.CreateAdd(high, b.CreateAdd(b.CreateMul(xl, yh), b.CreateMul(xh, yl)));
    low = b.CreateOr(b.CreateShl(middle, 32), below(low));
    product->replaceAllUsesWith(
        b.CreateOr(b.CreateShl(b.CreateZExt(high, type), 64), b.CreateZExt(low, type)));
    product->eraseFromParent();
  }
}

}  // namespace

void keep_to_library(llvm::Module& module, const llvm::TargetMachine& machine) {
  llvm::Type* size = module.getDataLayout().getIntPtrType(module.getContext());
  if (machine.getTargetTriple().isOSDarwin()) call_memset(module, size);
  if (size->getIntegerBitWidth() < 64) narrow_lengths(module, size);
  if (machine.getTargetTriple().isWasm()) multiply_by_halves(module);
}

}  // namespace fedc::codegen
