#include "compiler/interpret/levels.h"

#include <algorithm>

#include "llvm/ADT/SetVector.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fedc::interpret {

int Levels::moment_of(mlir::Operation* op, int earliest) {
  int latest = earliest;
  for (const mlir::Value operand : op->getOperands()) latest = std::max(latest, moment(operand));
  // What its regions use from above, it uses.
  llvm::SetVector<mlir::Value> above;
  mlir::getUsedValuesDefinedAbove(op->getRegions(), above);
  for (const mlir::Value used : above) latest = std::max(latest, moment(used));
  return latest;
}

void Levels::set_aggregates(const std::vector<mlir::Operation*>& aggregates) {
  for (mlir::Operation* op : aggregates) {
    if (auto group = op->getAttrOfType<mlir::IntegerAttr>("group")) {
      groups_[group.getInt()].push_back(op);
    }
  }
}

int Levels::phase(mlir::Operation* aggregate) {
  int latest = own_phase(aggregate);
  if (auto group = aggregate->getAttrOfType<mlir::IntegerAttr>("group")) {
    for (mlir::Operation* op : groups_[group.getInt()]) latest = std::max(latest, own_phase(op));
  }
  return latest;
}

int Levels::own_phase(mlir::Operation* aggregate) {
  int latest = kClientStart;
  for (const mlir::Value operand : aggregate->getOperands()) {
    const auto type = mlir::dyn_cast<fed::FederatedType>(operand.getType());
    if (type && type.getPlacement() == fed::Placement::Clients) {
      latest = std::max(latest, moment(operand));
    }
  }
  return client_phase(latest);
}

int Levels::moment(mlir::Value value) {
  if (auto it = moments_.find(value); it != moments_.end()) return it->second;
  int result = kServerStart;
  mlir::Operation* op = value.getDefiningOp();
  if (!op) {
    auto argument = mlir::cast<mlir::BlockArgument>(value);
    if (auto map = mlir::dyn_cast<fed::MapOp>(argument.getOwner()->getParentOp())) {
      result = std::max(earliest(map.getPlacement()),
                        moment(map.getOperands()[argument.getArgNumber()]));
    } else if (auto type = mlir::dyn_cast<fed::FederatedType>(value.getType())) {
      result = earliest(type.getPlacement());
    }
  } else if (auto map = mlir::dyn_cast<fed::MapOp>(op)) {
    const unsigned number = mlir::cast<mlir::OpResult>(value).getResultNumber();
    mlir::Operation* yield = map.getBody().front().getTerminator();
    result = std::max(earliest(map.getPlacement()), moment(yield->getOperand(number)));
  } else if (mlir::isa<fed::SumOp, fed::MeanOp, fed::MinOp, fed::MaxOp, fed::SecureSumOp,
                       fed::SecureSumBitwidthOp, fed::SecureModularSumOp, fed::AggregateOp>(op)) {
    result = 2 * phase(op);
    if (auto mean = mlir::dyn_cast<fed::MeanOp>(op); mean && mean.getIfEmpty()) {
      result = std::max(result, moment(mean.getIfEmpty()));
    }
  } else if (mlir::isa<fed::SelectOp>(op)) {
    // Keys go up in one client phase, when the database is there; slices come in the next.
    int phase = 1;
    for (const mlir::Value operand : op->getOperands()) {
      phase = std::max(phase, client_phase(moment(operand)));
    }
    result = 2 * (phase + 1) - 1;
  } else if (mlir::isa<fed::BroadcastOp>(op)) {
    result = moment(op->getOperand(0)) + 1;
  } else if (mlir::isa<fed::ValueOp>(op)) {
    result = earliest(mlir::cast<fed::FederatedType>(value.getType()).getPlacement());
  } else if (auto map = op->getParentOfType<fed::MapOp>()) {
    result = moment_of(op, earliest(map.getPlacement()));
  } else {
    result = moment_of(op, kServerStart);  // unplaced: known from the start
  }
  moments_[value] = result;
  return result;
}

}  // namespace fedc::interpret
