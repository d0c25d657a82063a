#include "compiler/split/sites.h"

#include <utility>

#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace fedc::split {

SiteTable::SiteTable(mlir::ModuleOp split_module) {
  sites_.push_back(Site{"", 0, 0, "unknown", 0});
  // Pre-order, so that numbers follow the program's text.
  split_module->walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation* op) {
    if (op == split_module.getOperation()) return;
    if (auto aggregation = llvm::dyn_cast<fed::AggregationOp>(op)) {
      for (mlir::Attribute attribute : aggregation.getReductions()) {
        auto reduction = llvm::dyn_cast<fed::ReductionAttr>(attribute);
        if (!reduction) continue;
        add(llvm::cast<mlir::LocationAttr>(reduction.getLoc()), reduction.getIntrinsic().str());
      }
    } else if (auto fold = llvm::dyn_cast<local::FoldOp>(op); fold && fold.getAtMost()) {
      add(op->getLoc(), "`at_most` of this `fold`");
    } else if (auto reduce = llvm::dyn_cast<local::SequenceReduceOp>(op);
               reduce && reduce.getAtMost()) {
      add(op->getLoc(), "`at_most` of this `sequence_reduce`");
    } else {
      add(op->getLoc(), "");
    }
    for (mlir::Region& region : op->getRegions()) {
      for (mlir::Block& block : region) {
        for (mlir::BlockArgument argument : block.getArguments()) add(argument.getLoc(), "");
      }
    }
  });
  // What an assertion says, or `debug`, matters more than what else is computed there.
  llvm::DenseSet<uint32_t> said;
  split_module->walk([&](mlir::Operation* op) {
    auto assertion = llvm::dyn_cast<local::AssertOp>(op);
    auto debug = llvm::dyn_cast<local::DebugOp>(op);
    if (!assertion && !debug) return;
    uint32_t site = index(op->getLoc());
    std::string message = (assertion ? assertion.getMessage() : debug.getLabel()).str();
    if (site == 0 || !assertions_.try_emplace({site, message}, site).second) return;
    if (said.insert(site).second) {
      sites_[site].text = message;
      return;
    }
    assertions_[{site, message}] = static_cast<uint32_t>(sites_.size());
    Site another = sites_[site];
    another.text = message;
    sites_.push_back(another);
  });
}

void SiteTable::add(mlir::Location location, std::string text) {
  uint32_t site = 0;
  const llvm::SmallVector<fed::Frame> frames = fed::frames_of(location);
  for (const fed::Frame& frame : llvm::reverse(frames)) {
    auto [it, inserted] = indices_.try_emplace({frame.place.getAsOpaquePointer(), site},
                                               static_cast<uint32_t>(sites_.size()));
    if (inserted) {
      sites_.push_back(Site{frame.place.getFilename().str(), frame.place.getLine(),
                            frame.place.getColumn(), "", site});
    }
    site = it->second;
  }
  if (site != 0 && sites_[site].text.empty()) sites_[site].text = std::move(text);
}

uint32_t SiteTable::index(mlir::Location location) const {
  uint32_t site = 0;
  const llvm::SmallVector<fed::Frame> frames = fed::frames_of(location);
  for (const fed::Frame& frame : llvm::reverse(frames)) {
    auto it = indices_.find({frame.place.getAsOpaquePointer(), site});
    if (it == indices_.end()) return 0;
    site = it->second;
  }
  return site;
}

uint32_t SiteTable::index(mlir::Location location, llvm::StringRef message) const {
  uint32_t place = index(location);
  auto it = assertions_.find({place, message.str()});
  return it == assertions_.end() ? place : it->second;
}

}  // namespace fedc::split
