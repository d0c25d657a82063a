// How much stack functions take, known as soon as their code is.
#include "compiler/codegen/machine.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunction.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/Support/MathExtras.h"

namespace fedc::codegen {
namespace {

class Frames : public llvm::MachineFunctionPass {
 public:
  static char ID;
  explicit Frames(const FramesCallback& done) : MachineFunctionPass(ID), done_(done) {}

  llvm::StringRef getPassName() const override { return "bytes of stack frames"; }

  void getAnalysisUsage(llvm::AnalysisUsage& usage) const override {
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

  bool runOnMachineFunction(llvm::MachineFunction& function) override {
    bytes_.push_back(function.getFrameInfo().getStackSize());
    return false;
  }

  // Passes end in the order opposite to theirs: before the printer does, which then writes data.
  bool doFinalization(llvm::Module&) override {
    done_(bytes_);
    return true;
  }

 private:
  FramesCallback done_;
  std::vector<uint64_t> bytes_;
};

char Frames::ID = 0;

}  // namespace

llvm::Pass* make_frames_pass(const FramesCallback& done) { return new Frames(done); }

uint64_t stack_bytes(std::vector<uint64_t> frames, size_t depth) {
  // The largest functions are enough for any chain of so many.
  llvm::sort(frames, std::greater<>());
  // What the sizes leave out: the return address, what aligning a frame for vectors may skip, and
  // in the last function of a chain the 128 bytes below the stack's end that x86-64 and Apple's
  // ARM64 grant it.
  constexpr uint64_t kReturn = 8, kAlignment = 64, kRedZone = 128;
  uint64_t sum = kRedZone;
  for (size_t i = 0; i < depth; ++i)
    sum += kReturn + kAlignment + (i < frames.size() ? frames[i] : 0);
  return llvm::alignTo(sum, 16);
}

}  // namespace fedc::codegen
