#include "compiler/split/flat_code.h"

#include <algorithm>

#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fedc::split {

using fed::Space;
using mlir::Operation;
using mlir::Value;

bool is_sequence(Value value) { return llvm::isa<local::SequenceType>(value.getType()); }

llvm::SmallVector<Value> uses_of(Operation* op) {
  llvm::SetVector<Value> uses(op->operand_begin(), op->operand_end());
  if (op->getNumRegions() > 0) mlir::getUsedValuesDefinedAbove(op->getRegions(), uses);
  return uses.takeVector();
}

bool is_cloned(Operation* op) {
  if (crossing_of(op)) return false;
  return !side_of(op) || llvm::any_of(op->getResults(), is_sequence);
}

bool is_effect(Operation* op) { return !crossing_of(op) && !mlir::isMemoryEffectFree(op); }

std::string Names::unique(std::string name) {
  if (name.empty()) name = "value";
  std::string candidate = name;
  for (int i = 2; !taken_.insert(candidate).second; ++i) {
    candidate = name + "_" + std::to_string(i);
  }
  return candidate;
}

std::string name_or_operation(Value value) {
  while (true) {
    Operation* op = value.getDefiningOp();
    if (!op) return fed::name_of(value);
    if (!crossing_of(op)) {
      std::string name = fed::name_of(value);
      return name.empty() ? op->getName().stripDialect().str() : name;
    }
    unsigned result = llvm::cast<mlir::OpResult>(value).getResultNumber();
    std::string name = result_name(op, result);
    if (!name.empty()) return name;
    value = op->getOperand(std::min(result, static_cast<unsigned>(sent_for(op).size()) - 1));
  }
}

void sort_slots(std::vector<Slot>& slots, std::initializer_list<Space> spaces) {
  auto key = [&](const Slot& slot) {
    return std::make_pair(std::find(spaces.begin(), spaces.end(), slot.space), slot.index);
  };
  llvm::sort(slots, [&](const Slot& a, const Slot& b) { return key(a) < key(b); });
}

}  // namespace fedc::split
