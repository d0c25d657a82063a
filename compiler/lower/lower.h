// Lowering: one side of a split module (see dialects/fed, `fed.program`) down to MLIR's LLVM
// dialect, as functions of the ABI (runtime/abi/fed_abi.h).
#ifndef COMPILER_LOWER_LOWER_H_
#define COMPILER_LOWER_LOWER_H_

#include <cstdint>
#include <string>

#include "mlir/Pass/PassManager.h"

namespace fedc {

enum class Side { kClient, kServer };

// As measured: shorter parts gain little compile time, longer ones lose much.
inline constexpr int64_t kPartOperations = 4000;
// Steps between two polls; see fed-insert-polls.
inline constexpr int64_t kPollSteps = 1 << 19;

// The passes from a split module to the LLVM dialect, in order. What they leave: one function
// `<program>.<client|server>.<level>` a phase, taking a `const fed_frame *` and returning its
// status, at the server also those of folds and selections (see fed_fold and fed_selection), and
// the attribute `fed.arena_bytes` on the module. Phases of the other side vanish. Errors (an
// unknown dimension without a bound) are reported at the user's location.
// Code of more than twice `part_operations` is cut into functions of about so many. `cpu` names the
// processor that loops are cut for. The results do not depend on either, nor on `poll_steps`.
void add_lowering_passes(mlir::OpPassManager& pm, Side side,
                         int64_t part_operations = kPartOperations, const std::string& cpu = "",
                         int64_t poll_steps = kPollSteps);

// What the passes need in a context beside our own dialects: upstream's, and how they lower.
void register_lowering_dialects(mlir::DialectRegistry& registry);

// The functions of a fold, the `index`-th of its level, and the one that makes a level's slices.
inline constexpr const char* kFoldFunctions[] = {"zero", "accumulate", "merge", "report"};
std::string fold_symbol(llvm::StringRef program, int64_t level, size_t index,
                        llvm::StringRef function);
std::string selection_symbol(llvm::StringRef program, int64_t level);
// The name of the function made of a phase: `training.next.client.1`.
std::string phase_symbol(llvm::StringRef program, Side side, int64_t level);

}  // namespace fedc

#endif  // COMPILER_LOWER_LOWER_H_
