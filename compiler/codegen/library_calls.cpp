// Code calls memcpy, memmove and memset of a library and nothing else.
#include "compiler/codegen/machine.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Target/TargetMachine.h"

namespace fedc::codegen {

void keep_to_library(llvm::Module& module, const llvm::TargetMachine& machine) {
  if (!machine.getTargetTriple().isOSDarwin()) return;
  // What Darwin fills with zeros it would fill with bzero: it gets to see calls. So few bytes are
  // some stores and no call.
  constexpr uint64_t kStores = 256;
  std::vector<llvm::MemSetInst*> fills;
  for (llvm::Function& function : module)
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (auto* fill = llvm::dyn_cast<llvm::MemSetInst>(&instruction)) {
        auto* length = llvm::dyn_cast<llvm::ConstantInt>(fill->getLength());
        if (!length || length->getZExtValue() > kStores) fills.push_back(fill);
      }
  for (llvm::MemSetInst* fill : fills) {
    llvm::IRBuilder<> b(fill);
    llvm::Type* size = b.getIntPtrTy(module.getDataLayout());
    llvm::FunctionCallee memset =
        module.getOrInsertFunction("memset", b.getPtrTy(), b.getPtrTy(), b.getInt32Ty(), size);
    b.CreateCall(memset, {fill->getRawDest(), b.CreateZExt(fill->getValue(), b.getInt32Ty()),
                          b.CreateZExtOrTrunc(fill->getLength(), size)});
    fill->eraseFromParent();
  }
}

}  // namespace fedc::codegen
