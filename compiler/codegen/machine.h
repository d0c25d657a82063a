// LLVM modules to machine code, for the targets that are known. (Inside compiler/codegen.)
#ifndef COMPILER_CODEGEN_MACHINE_H_
#define COMPILER_CODEGEN_MACHINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "llvm/IR/Module.h"
#include "llvm/Pass.h"
#include "llvm/Target/TargetMachine.h"

namespace fedc::codegen {

// A target and a named profile of its processors, never the host's.
struct Target {
  const char* name;     // as users write it
  const char* profile;  // as users write it
  const char* triple;
  const char* cpu;
  const char* features;
};

// Null for a target or profile that is not known. Without a profile it is the target's first.
const Target* find_target(llvm::StringRef name, llvm::StringRef profile = "");

std::unique_ptr<llvm::TargetMachine> make_machine(const Target& target, std::string* error);

// Optimises for the machine, without any pass that changes results of float arithmetic.
void optimise(llvm::Module& module, llvm::TargetMachine& machine);

// An object or assembly text of the module, which is used up.
std::optional<std::string> emit(llvm::Module& module, llvm::TargetMachine& machine, bool assembly);

// The last machine pass before code is written: instructions that optimisations left without a line
// of the source get a neighbour's.
llvm::Pass* make_lines_pass();

// The most functions of the module that are active at once, callbacks and libraries excluded;
// nothing where functions call each other in a circle. Of the module that `emit` takes.
std::optional<size_t> call_depth(const llvm::Module& module);

// An upper bound, in bytes, of the stack that a call into an object takes, from its .stack_sizes:
// over every chain of `depth` of the functions in it, callbacks of the host excluded, and what
// they call of a library (memcpy, memmove, memset; a server's kernels).
uint64_t stack_bytes(llvm::StringRef object, size_t depth);

// The bytes of machine code in an object.
uint64_t code_bytes(llvm::StringRef object);

// Overwrites the 8 bytes at `offset` of a symbol's data in an ELF object.
bool patch(std::string& object, llvm::StringRef symbol, uint64_t offset, uint64_t value);

}  // namespace fedc::codegen

#endif  // COMPILER_CODEGEN_MACHINE_H_
