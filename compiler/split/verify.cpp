// The promises of a split program, beyond what each operation's verifier can see.
#include <map>

#include "compiler/split/passes.h"
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"

namespace fedc::split {
namespace {

using fed::Placement;
using fed::ReductionKind;
using fed::Space;
using mlir::LogicalResult;

// Leaves of one slot space by index.
using Leaves = std::map<int64_t, mlir::Type>;

class Verifier {
 public:
  explicit Verifier(fed::ProgramOp program) : program_(program) {}

  LogicalResult run() {
    for (mlir::Operation& op : program_.getBody().front()) {
      if (auto phase = llvm::dyn_cast<fed::PhaseOp>(op)) {
        if (mlir::failed(visit(phase))) return mlir::failure();
      } else if (auto aggregation = llvm::dyn_cast<fed::AggregationOp>(op)) {
        if (mlir::failed(visit(aggregation))) return mlir::failure();
      } else {
        return op.emitError("a split program holds phases and aggregations only");
      }
    }
    if (next_server_ == 0) return program_.emitError("a split program has server step 0");
    if (next_client_ > next_server_ + 1) return program_.emitError("a server step is missing");
    if (!downloads_.empty()) return program_.emitError("a download is sent that no phase reads");
    if (!aggregates_.empty()) return program_.emitError("an aggregate is made that no step reads");
    for (Placement side : {Placement::Server, Placement::Clients}) {
      for (Space space : {Space::Result, Space::State, Space::Kept}) {
        if (mlir::failed(contiguous(program_, written_[{side, space}], "slots that are written"))) {
          return mlir::failure();
        }
      }
    }
    return mlir::success();
  }

 private:
  static LogicalResult contiguous(mlir::Operation* op, const Leaves& leaves, llvm::StringRef what) {
    if (leaves.empty()) return mlir::success();
    if (leaves.begin()->first == 0 &&
        leaves.rbegin()->first == static_cast<int64_t>(leaves.size()) - 1) {
      return mlir::success();
    }
    return op->emitError() << what << " are numbered from 0 without gaps";
  }

  LogicalResult visit(fed::PhaseOp phase) {
    bool client = phase.getSide() == Placement::Clients;
    int64_t& next = client ? next_client_ : next_server_;
    int64_t level = static_cast<int64_t>(phase.getLevel());
    if (level != next) return phase.emitError() << "expected level " << next << " here";
    ++next;
    // Client phase k stands between server steps k-1 and k.
    if (client ? next_server_ != level : next_client_ != level + 1) {
      return phase.emitError(
          "stands before a phase that it depends on, or after one that depends "
          "on it");
    }
    mlir::Block& body = phase.getBody().front();
    auto* terminator = body.getTerminator();
    if (phase.getIns().size() != body.getNumArguments() ||
        phase.getOuts().size() != terminator->getNumOperands()) {
      return phase.emitError("binds one slot to each argument and to each yielded value");
    }
    Leaves message_in, message_out;
    for (auto [attribute, argument] : llvm::zip(phase.getIns(), body.getArguments())) {
      auto slot = llvm::dyn_cast<fed::SlotAttr>(attribute);
      if (!slot) return phase.emitError("a binding is a `fed.slot`");
      if (mlir::failed(read(phase, slot, argument.getType(), message_in))) return mlir::failure();
    }
    for (auto [attribute, value] : llvm::zip(phase.getOuts(), terminator->getOperands())) {
      auto slot = llvm::dyn_cast<fed::SlotAttr>(attribute);
      if (!slot) return phase.emitError("a binding is a `fed.slot`");
      if (mlir::failed(write(phase, slot, value.getType(), message_out))) return mlir::failure();
    }
    Leaves& arrived = client ? downloads_ : aggregates_;
    if (client) {
      for (int64_t index : selected_) message_in.erase(index);
      selected_.clear();
    }
    if (arrived != message_in) {
      return phase.emitError("reads another message than what was ")
             << (client ? "sent to it" : "aggregated for it");
    }
    arrived.clear();
    if (selected_.empty() && mlir::failed(contiguous(phase, message_out, "leaves of a message"))) {
      return mlir::failure();
    }
    if (!client) {
      downloads_ = message_out;
      return mlir::success();
    }
    uploads_ = message_out;
    if (!uploads_.empty() && !llvm::isa_and_nonnull<fed::AggregationOp>(phase->getNextNode())) {
      return phase.emitError("has an upload that nothing aggregates");
    }
    return mlir::success();
  }

  LogicalResult read(fed::PhaseOp phase, fed::SlotAttr slot, mlir::Type type, Leaves& message) {
    auto error = [&]() {
      return phase.emitError() << "slot " << fed::stringifySpace(slot.getSpace()) << " "
                               << slot.getIndex() << " ";
    };
    switch (slot.getSpace()) {
      case Space::Result:
        return error() << "cannot be read";
      case Space::Sequence:
        if (llvm::isa<local::SequenceType>(type)) break;
        return error() << "is a sequence";
      case Space::Kept: {
        const Leaves& kept = written_[{phase.getSide(), Space::Kept}];
        auto it = kept.find(slot.getIndex());
        if (it == kept.end()) return error() << "is read before it is written";
        if (it->second != type) return error() << "is " << it->second << " where it is written";
        return mlir::success();
      }
      case Space::Message:
        if (message.try_emplace(slot.getIndex(), type).second) return mlir::success();
        return error() << "is bound twice";
      case Space::State:
        if (phase.getSide() == Placement::Server) return error() << "is the clients' alone";
        break;
      case Space::Input:
        break;
    }
    if (slot.getSpace() != Space::Sequence && !llvm::isa<mlir::RankedTensorType>(type)) {
      return error() << "is a tensor";
    }
    auto [it, inserted] =
        arguments_.try_emplace({{phase.getSide(), slot.getSpace()}, slot.getIndex()}, type);
    if (!inserted && it->second != type) return error() << "has two types";
    return mlir::success();
  }

  LogicalResult write(fed::PhaseOp phase, fed::SlotAttr slot, mlir::Type type, Leaves& message) {
    auto error = [&]() {
      return phase.emitError() << "slot " << fed::stringifySpace(slot.getSpace()) << " "
                               << slot.getIndex() << " ";
    };
    if (!llvm::isa<mlir::RankedTensorType>(type)) return error() << "is a tensor";
    if (slot.getSpace() == Space::Input || slot.getSpace() == Space::Sequence) {
      return error() << "cannot be written";
    }
    if (slot.getSpace() == Space::State && phase.getSide() == Placement::Server) {
      return error() << "is the clients' alone";
    }
    Leaves& leaves =
        slot.getSpace() == Space::Message ? message : written_[{phase.getSide(), slot.getSpace()}];
    if (leaves.try_emplace(slot.getIndex(), type).second) return mlir::success();
    return error() << "is written twice";
  }

  LogicalResult visit(fed::AggregationOp aggregation) {
    if (static_cast<int64_t>(aggregation.getLevel()) != next_client_ - 1 || next_client_ == 1 ||
        next_server_ != next_client_ - 1) {
      return aggregation.emitError("stands after the client phase of its level");
    }
    llvm::DenseSet<int64_t> used;
    for (mlir::Attribute attribute : aggregation.getReductions()) {
      auto reduction = llvm::dyn_cast<fed::ReductionAttr>(attribute);
      if (!reduction) return aggregation.emitError("holds `fed.reduction`s");
      for (int64_t leaf : {reduction.getValue(), reduction.getGuard()}) {
        if (leaf < 0) continue;
        if (!uploads_.count(leaf))
          return aggregation.emitError() << "leaf " << leaf << " is not uploaded";
        used.insert(leaf);
      }
      if (reduction.getKind() == ReductionKind::Select) {
        // Each client is sent slices of its own: nothing that a server step yields.
        if (reduction.getResult() >= 0) selected_.insert(reduction.getResult());
        continue;
      }
      if (reduction.getResult() < 0) continue;
      mlir::Type type = result_type(aggregation, reduction);
      if (!type)
        return aggregation.emitError() << "leaf " << reduction.getResult() << " is not read";
      bool same = reduction.getKind() == ReductionKind::Sum ||
                  reduction.getKind() == ReductionKind::Min ||
                  reduction.getKind() == ReductionKind::Max;
      if (same && (reduction.getValue() < 0 || uploads_.at(reduction.getValue()) != type)) {
        return aggregation.emitError() << "leaf " << reduction.getResult() << " is " << type
                                       << " at the server, unlike what is uploaded";
      }
      if (!aggregates_.try_emplace(reduction.getResult(), type).second) {
        return aggregation.emitError() << "leaf " << reduction.getResult() << " is made twice";
      }
    }
    if (used.size() != uploads_.size()) {
      return aggregation.emitError("an uploaded leaf is not aggregated");
    }
    return contiguous(aggregation, aggregates_, "aggregated leaves");
  }

  // The type that the following server step reads a leaf at; null where it does not.
  static mlir::Type result_type(fed::AggregationOp aggregation, fed::ReductionAttr reduction) {
    auto step = llvm::dyn_cast_or_null<fed::PhaseOp>(aggregation->getNextNode());
    if (!step) return {};
    for (auto [attribute, argument] :
         llvm::zip(step.getIns(), step.getBody().front().getArguments())) {
      auto slot = llvm::dyn_cast<fed::SlotAttr>(attribute);
      if (slot && slot.getSpace() == Space::Message && slot.getIndex() == reduction.getResult()) {
        return argument.getType();
      }
    }
    return {};
  }

  fed::ProgramOp program_;
  int64_t next_server_ = 0;
  int64_t next_client_ = 1;
  Leaves downloads_, uploads_, aggregates_;
  llvm::DenseSet<int64_t> selected_;  // slices that the next client phase reads
  std::map<std::pair<Placement, Space>, Leaves> written_;
  std::map<std::pair<std::pair<Placement, Space>, int64_t>, mlir::Type> arguments_;
};

}  // namespace

LogicalResult verify_split(fed::ProgramOp program) { return Verifier(program).run(); }

}  // namespace fedc::split
