// LLVM modules to machine code, for the targets that are known. (Inside compiler/codegen.)
#ifndef COMPILER_CODEGEN_MACHINE_H_
#define COMPILER_CODEGEN_MACHINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/targets.h"
#include "llvm/IR/Module.h"
#include "llvm/Pass.h"
#include "llvm/Target/TargetMachine.h"

namespace fedc::codegen {

std::unique_ptr<llvm::TargetMachine> make_machine(const Target& target, std::string* error);

// Optimises for the machine, without any pass that changes results of float arithmetic.
void optimise(llvm::Module& module, llvm::TargetMachine& machine);

// Called when the code of all functions is there and data is not: with the bytes of stack that each
// function takes. It may change what constants of the module hold.
using FramesCallback = std::function<void(const std::vector<uint64_t>& frames)>;

// An object or assembly text of the module, which is used up.
std::optional<std::string> emit(llvm::Module& module, llvm::TargetMachine& machine, bool assembly,
                                const FramesCallback& frames = nullptr);

// The last machine pass before code is written: instructions that optimisations left without a line
// of the source get a neighbour's.
llvm::Pass* make_lines_pass();

// The pass behind the one that writes code, for `emit`.
llvm::Pass* make_frames_pass(const FramesCallback& done);

// Multiplications and additions of one rounding, on a target that has no instruction for them: of
// float32 by float64, of float64 by pairs of numbers. What rounds twice differs in the last bit.
void expand_fused(llvm::Module& module);

// Replaces what the target would make a call of something else than memcpy, memmove and memset.
void keep_to_library(llvm::Module& module, const llvm::TargetMachine& machine);

// The most functions of the module that are active at once, callbacks and libraries excluded;
// nothing where functions call each other in a circle. Of the module that `emit` takes.
std::optional<size_t> call_depth(const llvm::Module& module);

// An upper bound, in bytes, of the stack that a call into code takes, from its functions' frames:
// over every chain of `depth` of the functions in it, callbacks of the host excluded, and what
// they call of a library (memcpy, memmove, memset; a server's kernels).
uint64_t stack_bytes(std::vector<uint64_t> frames, size_t depth);

// The bytes of machine code in an object.
uint64_t code_bytes(llvm::StringRef object);

}  // namespace fedc::codegen

#endif  // COMPILER_CODEGEN_MACHINE_H_
