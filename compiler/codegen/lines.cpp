// Every instruction of code that comes from a source has a line of it.
#include "compiler/codegen/machine.h"
#include "llvm/CodeGen/MachineFunction.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Function.h"

namespace fedc::codegen {
namespace {

// Optimisations leave instructions that belong to several lines, or to none, without one: what was
// the same in two places and is computed once, what was moved out of a loop, spills. Whoever looks
// up an address wants to know where the program is, so these take the place of what stands before
// them in their block, else of what comes after, else of the block before, else the function's own.
class Lines : public llvm::MachineFunctionPass {
 public:
  static char ID;
  Lines() : MachineFunctionPass(ID) {}

  llvm::StringRef getPassName() const override { return "lines of the source"; }

  void getAnalysisUsage(llvm::AnalysisUsage& usage) const override {
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

  bool runOnMachineFunction(llvm::MachineFunction& function) override {
    llvm::DISubprogram* subprogram = function.getFunction().getSubprogram();
    if (subprogram == nullptr) return false;
    llvm::DebugLoc before =
        llvm::DILocation::get(subprogram->getContext(), subprogram->getLine(), 0, subprogram);
    for (llvm::MachineBasicBlock& block : function) {
      for (llvm::MachineInstr& instruction : block) {
        if (!has_line(instruction)) continue;
        before = instruction.getDebugLoc();
        break;
      }
      for (llvm::MachineInstr& instruction : block) {
        if (has_line(instruction)) {
          before = instruction.getDebugLoc();
        } else if (!instruction.isMetaInstruction()) {
          instruction.setDebugLoc(before);
        }
      }
    }
    return true;
  }

 private:
  static bool has_line(const llvm::MachineInstr& instruction) {
    return instruction.getDebugLoc() && instruction.getDebugLoc().getLine() != 0;
  }
};

char Lines::ID = 0;

}  // namespace

llvm::Pass* make_lines_pass() { return new Lines; }

}  // namespace fedc::codegen
