// llvm.fma where there is no such instruction.
#include "compiler/codegen/machine.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace fedc::codegen {
namespace {

using llvm::Value;

// A product of float32 values is exact in float64, and so is its difference to a value near it.
Value* by_wider(llvm::IRBuilder<>& b, Value* x, Value* y, Value* z) {
  llvm::Type* narrow = x->getType();
  llvm::Type* wide = narrow->getWithNewType(b.getDoubleTy());
  Value* product = b.CreateFMul(b.CreateFPExt(x, wide), b.CreateFPExt(y, wide));
  return b.CreateFPTrunc(b.CreateFAdd(product, b.CreateFPExt(z, wide)), narrow);
}

// The upper half of the bits of a value; the lower one is the rest (Veltkamp 1968).
Value* upper(llvm::IRBuilder<>& b, Value* x) {
  Value* scaled = b.CreateFMul(x, llvm::ConstantFP::get(x->getType(), 134217729.0));  // 2^27 + 1
  return b.CreateFSub(scaled, b.CreateFSub(scaled, x));
}

// The product (Dekker 1971) and the sum (Knuth) each with what rounding took from them.
Value* by_pairs(llvm::IRBuilder<>& b, Value* x, Value* y, Value* z) {
  Value *xh = upper(b, x), *yh = upper(b, y);
  Value *xl = b.CreateFSub(x, xh), *yl = b.CreateFSub(y, yh);
  Value* product = b.CreateFMul(x, y);
  Value* rest = b.CreateFSub(b.CreateFMul(xh, yh), product);
  rest = b.CreateFAdd(rest, b.CreateFMul(xh, yl));
  rest = b.CreateFAdd(rest, b.CreateFMul(xl, yh));
  rest = b.CreateFAdd(rest, b.CreateFMul(xl, yl));
  Value* sum = b.CreateFAdd(product, z);
  Value* second = b.CreateFSub(sum, product);
  Value* lost =
      b.CreateFAdd(b.CreateFSub(product, b.CreateFSub(sum, second)), b.CreateFSub(z, second));
  Value* result = b.CreateFAdd(sum, b.CreateFAdd(lost, rest));
  // Of infinities, and of what is too large to be halved, nothing is known to be lost.
  return b.CreateSelect(b.CreateFCmpORD(result, result), result, sum);
}

}  // namespace

void expand_fused(llvm::Module& module) {
  std::vector<llvm::IntrinsicInst*> found;
  for (llvm::Function& function : module)
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction))
        if (call->getIntrinsicID() == llvm::Intrinsic::fma) found.push_back(call);
  for (llvm::IntrinsicInst* call : found) {
    llvm::IRBuilder<> b(call);
    auto* expand = call->getType()->getScalarType()->isDoubleTy() ? by_pairs : by_wider;
    call->replaceAllUsesWith(
        expand(b, call->getArgOperand(0), call->getArgOperand(1), call->getArgOperand(2)));
    call->eraseFromParent();
  }
}

}  // namespace fedc::codegen
