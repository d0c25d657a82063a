#include "compiler/split/checks.h"
#include "compiler/split/flatten.h"
#include "compiler/split/passes.h"
#include "compiler/split/plan.h"
#include "compiler/types/type.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"

namespace fedc::split {

#define GEN_PASS_DEF_FEDSPLIT
#include "compiler/split/SplitPasses.h.inc"

namespace {

using fed::Placement;
using mlir::Location;
using mlir::LogicalResult;
using mlir::Operation;
using mlir::Value;

int64_t leaf_count(const Type* type) {
  if (type->is_federated()) return leaf_count(type->member());
  if (!type->is_struct()) return 1;
  int64_t count = 0;
  for (const Field& field : type->fields()) count += leaf_count(field.type);
  return count;
}

// Which parameter of the signature the `leaf`-th argument leaf belongs to; -1 where the signature
// does not have so many.
int64_t parameter_of(llvm::StringRef signature, int64_t leaf) {
  TypeContext context;
  std::string error;
  const Type* type =
      parse_type(context, std::string_view(signature.data(), signature.size()), &error);
  if (!type || !type->is_function() || !type->parameter()) return -1;
  if (!type->parameter()->is_struct()) return 0;
  for (auto [i, field] : llvm::enumerate(type->parameter()->fields())) {
    leaf -= leaf_count(field.type);
    if (leaf < 0) return static_cast<int64_t>(i);
  }
  return -1;
}

// Writes a plan as a `fed.program`.
class Writer {
 public:
  Writer(mlir::func::FuncOp entry, const Plan& plan)
      : entry_(entry), plan_(plan), builder_(entry) {}

  LogicalResult write() {
    auto signature = entry_->getAttrOfType<mlir::StringAttr>("fed.signature");
    auto program = fed::ProgramOp::create(builder_, entry_.getLoc(), entry_.getSymNameAttr(),
                                          entry_->getAttrOfType<fed::EntryAttr>("fed.entry"),
                                          signature ? signature : builder_.getStringAttr(""));
    for (unsigned i = 0; i < entry_.getNumArguments(); ++i) {
      if (!entry_.getArgAttr(i, "fed.client_state")) continue;
      int64_t parameter = parameter_of(program.getSignature(), i);
      if (parameter < 0) return entry_.emitError("the signature has no parameter for client state");
      program->setAttr("fed.client_state", builder_.getI64IntegerAttr(parameter));
      break;
    }
    // Who fills each parameter: for whoever runs the program, the phases do not care.
    if (mlir::Attribute origins = entry_->getAttr("fed.origins"))
      program->setAttr("fed.origins", origins);
    builder_.setInsertionPointToEnd(&program.getBody().emplaceBlock());
    write_phase(Placement::Server, 0, plan_.server[0]);
    for (size_t i = 0; i < plan_.clients.size(); ++i) {
      int64_t level = static_cast<int64_t>(i) + 1;
      write_phase(Placement::Clients, level, plan_.clients[i]);
      if (!plan_.aggregations[i].empty()) {
        llvm::SmallVector<mlir::Attribute> reductions(plan_.aggregations[i].begin(),
                                                      plan_.aggregations[i].end());
        fed::AggregationOp::create(builder_, entry_.getLoc(), level,
                                   builder_.getArrayAttr(reductions));
      }
      for (const FoldPlan& fold : plan_.folds[i]) write_fold(level, fold);
      if (i + 1 < plan_.server.size()) write_phase(Placement::Server, level, plan_.server[i + 1]);
      for (const SelectionPlan& selection : plan_.selections[i]) write_selection(level, selection);
    }
    // What a phase relies on, whoever runs the passes.
    return mlir::verify(program);
  }

 private:
  mlir::ArrayAttr slots(const std::vector<Slot>& slots) {
    llvm::SmallVector<mlir::Attribute> attributes;
    for (const Slot& slot : slots) {
      attributes.push_back(
          fed::SlotAttr::get(builder_.getContext(), slot.space, slot.index, slot.name));
    }
    return builder_.getArrayAttr(attributes);
  }

  void write_phase(Placement side, int64_t level, const PhasePlan& plan) {
    auto phase = fed::PhaseOp::create(builder_, entry_.getLoc(), side, level, slots(plan.ins),
                                      slots(plan.outs));
    mlir::Block* block = &phase.getBody().emplaceBlock();
    mlir::OpBuilder::InsertionGuard guard(builder_);
    builder_.setInsertionPointToEnd(block);
    mlir::IRMapping mapping;
    for (const Slot& slot : plan.ins) {
      Location loc = fed::named_location(fed::without_names(slot.value.getLoc()), {slot.name});
      mapping.map(slot.value, block->addArgument(slot.value.getType(), loc));
    }
    for (Operation* op : plan.operations) strip_notes(builder_.clone(*op, mapping));
    llvm::SmallVector<Value> values;
    for (const Slot& slot : plan.outs) values.push_back(mapping.lookup(slot.value));
    fed::YieldOp::create(builder_, entry_.getLoc(), values);
  }

  void write_fold(int64_t level, const FoldPlan& plan) {
    auto fold = fed::FoldOp::create(builder_, fed::without_names(plan.op->getLoc()), level,
                                    plan.values, plan.results);
    mlir::OpBuilder::InsertionGuard guard(builder_);
    builder_.setInsertionPointToEnd(&fold.getZero().emplaceBlock());
    mlir::IRMapping mapping;
    for (Operation* op : plan.operations) {
      Operation* copy = builder_.clone(*op, mapping);
      strip_notes(copy);
      // What has an effect has it once, in a step of the server.
      copy->walk([](Operation* inner) {
        if (llvm::isa<local::DebugOp, local::AssertOp>(inner)) inner->erase();
      });
    }
    llvm::SmallVector<Value> zero;
    for (Value value : plan.zero) zero.push_back(mapping.lookup(value));
    fed::YieldOp::create(builder_, fold.getLoc(), zero);
    mlir::IRMapping regions;
    fed::AggregateOp op = plan.op;
    op.getAccumulate().cloneInto(&fold.getAccumulate(), regions);
    op.getMerge().cloneInto(&fold.getMerge(), regions);
    op.getReport().cloneInto(&fold.getReport(), regions);
  }

  void write_selection(int64_t level, const SelectionPlan& plan) {
    std::vector<Slot> outs;
    for (const Slot& out : plan.outs) {
      if (out.index >= 0) outs.push_back(out);
    }
    fed::SelectOp op = plan.op;
    Location loc = fed::without_names(op->getLoc());
    auto selection = fed::SelectionOp::create(builder_, loc, level, slots(plan.ins), slots(outs));
    mlir::OpBuilder::InsertionGuard guard(builder_);
    mlir::Block* block = &selection.getBody().emplaceBlock();
    builder_.setInsertionPointToEnd(block);
    mlir::IRMapping mapping;
    for (const Slot& slot : plan.ins) {
      mapping.map(slot.value, block->addArgument(slot.value.getType(), loc));
    }
    for (Operation* each : plan.operations) strip_notes(builder_.clone(*each, mapping));
    llvm::SmallVector<Value> database;
    for (Value value : plan.database) database.push_back(mapping.lookup(value));
    llvm::SmallVector<Value> rows =
        FlatBuilder(builder_, loc).rows(block->getArgument(0), op.getSlice().front(), database);
    llvm::SmallVector<Value> sent;
    for (auto [row, out] : llvm::zip_equal(rows, plan.outs)) {
      if (out.index >= 0) sent.push_back(row);
    }
    fed::YieldOp::create(builder_, loc, sent);
  }

  mlir::func::FuncOp entry_;
  const Plan& plan_;
  mlir::OpBuilder builder_;
};

struct FedSplitPass : impl::FedSplitBase<FedSplitPass> {
  void runOnOperation() override {
    bool failed = false;
    for (auto entry : llvm::make_early_inc_range(getOperation().getOps<mlir::func::FuncOp>())) {
      if (!entry->hasAttr("fed.entry")) continue;
      failed |= mlir::failed(split(entry));
    }
    if (failed) return signalPassFailure();
    // What entries called has been inlined.
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<mlir::func::FuncOp>())) {
      if (function.isPrivate() && function.symbolKnownUseEmpty(getOperation())) function.erase();
    }
    getOperation()->setAttr("fed.hash",
                            mlir::StringAttr::get(&getContext(), program_hash(getOperation())));
  }

  static LogicalResult split(mlir::func::FuncOp entry) {
    mlir::FailureOr<Flat> flat = flatten(entry);
    if (mlir::failed(flat)) return mlir::failure();
    mlir::FailureOr<Plan> planned = plan(*flat);
    if (mlir::failed(planned)) return mlir::failure();
    if (mlir::failed(Writer(entry, *planned).write())) return mlir::failure();
    entry.erase();
    return mlir::success();
  }
};

}  // namespace
}  // namespace fedc::split
