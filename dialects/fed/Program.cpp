// Verifiers of split programs: slots, phases, aggregations, and what a whole program promises.
#include <map>

#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"

using namespace mlir;

namespace fed {
namespace {

// Leaves of one layout, far more than any program has and few enough to make a table of.
constexpr int64_t kMaxLeaves = int64_t{1} << 20;

bool isLeafNumber(int64_t index) { return index >= 0 && index < kMaxLeaves; }

}  // namespace

LogicalResult SlotAttr::verify(function_ref<InFlightDiagnostic()> emit_error, Space, int64_t index,
                               StringRef) {
  if (!isLeafNumber(index))  // slot_c1
    return emit_error() << "a slot's index is from 0 to " << kMaxLeaves - 1 << ", not " << index;
  return success();
}

LogicalResult ReductionAttr::verify(function_ref<InFlightDiagnostic()> emit_error,
                                    ReductionKind kind, int64_t value, int64_t weight,
                                    int64_t result, int64_t limit, StringRef, Attribute loc) {
  for (int64_t leaf : {value, weight, result})
    if (leaf != -1 && !isLeafNumber(leaf))  // reduction_c1
      return emit_error() << "a leaf's number is from 0 to " << kMaxLeaves - 1
                          << ", or -1 for none, not " << leaf;
  if (value < 0 && kind != ReductionKind::Aggregate)  // reduction_c1
    return emit_error() << "a " << stringifyReductionKind(kind) << " has a value";
  if (weight >= 0 && kind != ReductionKind::Sum)  // reduction_c1
    return emit_error() << "a " << stringifyReductionKind(kind) << " has no weight";
  bool limited = kind == ReductionKind::SecureSum || kind == ReductionKind::SecureModularSum ||
                 kind == ReductionKind::Select;
  if (limit < 0 || (limit > 0 && !limited))  // reduction_c2
    return emit_error() << "a " << stringifyReductionKind(kind) << " has no limit of " << limit;
  if (!isa_and_nonnull<LocationAttr>(loc))  // reduction_c3
    return emit_error() << loc << " is no location";
  return success();
}

LogicalResult PhaseOp::verify() {
  for (ArrayAttr slots : {getIns(), getOuts()})
    for (Attribute slot : slots)
      if (!isa<SlotAttr>(slot)) return emitOpError() << slot << " is no slot";  // phase_c1
  Block& block = getBody().front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield) return emitOpError() << "must end with `fed.yield`";
  auto bind = [&](ArrayAttr slots, TypeRange types, StringRef what) -> LogicalResult {
    if (slots.size() != types.size())  // phase_c2
      return emitOpError() << "has " << slots.size() << " slots for " << types.size() << " "
                           << what;
    for (auto [attribute, type] : llvm::zip_equal(slots, types)) {
      bool sequence = cast<SlotAttr>(attribute).getSpace() == Space::Sequence;
      if (sequence != isa<local::SequenceType>(type))  // phase_c3
        return emitOpError() << "binds a " << type << " to " << attribute;
    }
    return success();
  };
  if (failed(bind(getIns(), block.getArgumentTypes(), "arguments"))) return failure();
  return bind(getOuts(), yield.getOperandTypes(), "yielded values");
}

LogicalResult SelectionOp::verify() {
  Block& block = getBody().front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield) return emitOpError() << "must end with `fed.yield`";
  auto bound = [&](ArrayAttr slots, size_t count, ArrayRef<Space> spaces) {
    return slots.size() == count && llvm::all_of(slots, [&](Attribute slot) {
             auto known = dyn_cast<SlotAttr>(slot);
             return known && llvm::is_contained(spaces, known.getSpace());
           });
  };
  if (!bound(getIns(), block.getNumArguments(), {Space::Kept, Space::Message}))
    return emitOpError() << "must bind each argument to a message or to what is kept";
  if (!bound(getOuts(), yield.getNumOperands(), {Space::Message}))  // selection_c1
    return emitOpError() << "must bind each yielded value to a message";
  return success();
}

LogicalResult AggregationOp::verify() {
  for (Attribute reduction : getReductions())
    if (!isa<ReductionAttr>(reduction))  // aggregation_c1
      return emitOpError() << reduction << " is no reduction";
  return success();
}

// Programs -------------------------------------------------------------------------------------

namespace {

using Leaves = std::map<int64_t, Type>;  // of one layout, by index

StringRef nameOf(Placement side) { return side == Placement::Server ? "server" : "clients"; }

// Goes through a program in the order of time.
class ProgramVerifier {
 public:
  explicit ProgramVerifier(ProgramOp program) : program_(program) {}

  LogicalResult run() {
    for (Operation& op : program_.getBody().front()) {
      if (auto phase = dyn_cast<PhaseOp>(op)) {
        if (failed(visit(phase))) return failure();
      } else if (auto aggregation = dyn_cast<AggregationOp>(op)) {
        if (failed(visit(aggregation))) return failure();
      } else if (auto fold = dyn_cast<FoldOp>(op)) {
        if (failed(visit(fold))) return failure();
      } else if (auto selection = dyn_cast<SelectionOp>(op)) {
        if (failed(visit(selection))) return failure();
      } else {  // program_c1
        return op.emitOpError() << "is no phase, aggregation, fold or selection of a program";
      }
    }
    if (next_server_ == 0) return program_.emitOpError() << "has no server step 0";  // program_c2
    if (!downloads_.empty() || !selected_.empty())                                   // program_c3
      return program_.emitOpError() << "sends a message that no phase reads";
    if (failed(all_aggregated(program_))) return failure();
    for (auto& [space, leaves] : written_)
      if (failed(contiguous(program_, leaves, stringifySpace(space.second)))) return failure();
    return success();
  }

 private:
  static LogicalResult contiguous(Operation* op, const Leaves& leaves, StringRef what) {
    if (leaves.empty() || leaves.rbegin()->first == static_cast<int64_t>(leaves.size()) - 1)
      return success();
    return op->emitOpError() << what
                             << " slots are not numbered from 0 without gaps";  // program_c5
  }

  // Uploads that await their aggregation, and aggregates that await their step.
  LogicalResult all_aggregated(Operation* op) {
    if (!uploads_.empty())  // program_c3
      return op->emitOpError() << (op == program_ ? "ends with" : "follows")
                               << " an upload that nothing aggregates";
    if (!aggregates_.empty())  // program_c3
      return op->emitOpError() << "leaves aggregates that no step reads";
    if (!fold_results_.empty())  // program_c7
      return op->emitOpError() << "leaves aggregates that no fold makes";
    return success();
  }

  LogicalResult visit(PhaseOp phase) {
    bool client = phase.getSide() == Placement::Clients;
    int64_t level = phase.getLevel(), expected = client ? next_client_ : next_server_;
    // Client phase k stands between server steps k-1 and k.
    if (level != expected ||
        (client ? next_server_ != level : next_client_ != level + 1))  // program_c2
      return phase.emitOpError() << "of the " << nameOf(phase.getSide()) << " at level " << level
                                 << " is out of order";
    ++(client ? next_client_ : next_server_);
    if (client && failed(all_aggregated(phase))) return failure();
    if (!client && !fold_results_.empty())  // program_c7
      return phase.emitOpError() << "follows an aggregate that no fold makes";
    Leaves in, out;
    Block& body = phase.getBody().front();
    for (auto [slot, argument] :
         llvm::zip_equal(phase.getIns().getAsRange<SlotAttr>(), body.getArguments()))
      if (failed(read(phase, slot, argument.getType(), in))) return failure();
    for (auto [slot, value] : llvm::zip_equal(phase.getOuts().getAsRange<SlotAttr>(),
                                              body.getTerminator()->getOperands()))
      if (failed(write(phase, slot, value.getType(), out))) return failure();
    if (failed(contiguous(phase, in, "message")) || failed(contiguous(phase, out, "message")))
      return failure();
    if (client) {
      for (auto& [index, type] : in) {
        if (index < static_cast<int64_t>(downloads_.size())) continue;
        auto it = selected_.find(index);
        if (it == selected_.end())
          return phase.emitOpError() << "reads message " << index << ", which is not sent to it";
        if (it->second != type)  // program_c8
          return phase.emitOpError()
                 << "reads message " << index << " as a " << type << ", which no selection makes";
        selected_.erase(it);
      }
      if (!selected_.empty())  // program_c3
        return phase.emitOpError() << "does not read the slices that are selected for it";
      in.erase(in.lower_bound(downloads_.size()), in.end());
    } else if (!uploads_.empty()) {
      return all_aggregated(phase);
    }
    if (client) sent_ = out;
    Leaves& arrived = client ? downloads_ : aggregates_;
    if (arrived != in)  // program_c3
      return phase.emitOpError() << "reads another message than what is "
                                 << (client ? "sent to it" : "aggregated for it");
    arrived.clear();
    (client ? uploads_ : downloads_) = std::move(out);
    return success();
  }

  static InFlightDiagnostic error(Operation* phase, SlotAttr slot) {
    return phase->emitOpError() << "slot " << stringifySpace(slot.getSpace()) << " "
                                << slot.getIndex() << " ";
  }

  LogicalResult read(PhaseOp phase, SlotAttr slot, Type type, Leaves& message) {
    return read(phase, phase.getSide(), slot, type, message);
  }

  LogicalResult read(Operation* phase, Placement side, SlotAttr slot, Type type, Leaves& message) {
    switch (slot.getSpace()) {
      case Space::Result:  // program_c6
        return error(phase, slot) << "cannot be read";
      case Space::Kept: {
        const Leaves& kept = written_[{side, Space::Kept}];
        auto it = kept.find(slot.getIndex());
        if (it == kept.end())  // program_c4
          return error(phase, slot) << "is read before it is written";
        if (it->second != type)  // program_c4
          return error(phase, slot) << "is read as " << type << " and written as " << it->second;
        return success();
      }
      case Space::Message:
        if (message.try_emplace(slot.getIndex(), type).second) return success();
        return error(phase, slot) << "is bound twice";  // program_c4
      case Space::State:
        if (side == Placement::Server)  // program_c6
          return error(phase, slot) << "is the clients' alone";
        break;
      case Space::Input:
      case Space::Sequence:
        break;
    }
    auto [it, inserted] = arguments_.try_emplace({side, slot.getSpace(), slot.getIndex()}, type);
    if (it->second != type)  // program_c4
      return error(phase, slot) << "is read as " << type << " and as " << it->second;
    return success();
  }

  LogicalResult write(PhaseOp phase, SlotAttr slot, Type type, Leaves& message) {
    Space space = slot.getSpace();
    if (space == Space::Input || space == Space::Sequence)  // program_c6
      return error(phase, slot) << "cannot be written";
    if (space == Space::State && phase.getSide() == Placement::Server)  // program_c6
      return error(phase, slot) << "is the clients' alone";
    Leaves& leaves = space == Space::Message ? message : written_[{phase.getSide(), space}];
    if (leaves.try_emplace(slot.getIndex(), type).second) return success();
    return error(phase, slot) << "is written twice";  // program_c4
  }

  LogicalResult visit(AggregationOp aggregation) {
    int64_t level = aggregation.getLevel();
    if (level != next_client_ - 1 || next_server_ != level || level == 0)  // program_c2
      return aggregation.emitOpError() << "does not follow client phase " << level;
    llvm::DenseSet<int64_t> used;
    fold_values_.clear();
    keys_.clear();
    for (auto reduction : aggregation.getReductions().getAsRange<ReductionAttr>()) {
      for (int64_t leaf : {reduction.getValue(), reduction.getWeight()}) {
        if (leaf < 0) continue;
        if (!uploads_.count(leaf))  // program_c3
          return aggregation.emitOpError() << "combines leaf " << leaf << ", which is not uploaded";
        used.insert(leaf);
      }
      if (reduction.getKind() == ReductionKind::Select) keys_.insert(reduction.getValue());
      if (reduction.getKind() == ReductionKind::Aggregate)
        fold_values_.insert(reduction.getValue());
      if (failed(arrive(aggregation, reduction))) return failure();
    }
    if (used.size() != uploads_.size())  // program_c3
      return aggregation.emitOpError() << "does not combine all leaves of the upload";
    uploads_.clear();
    return contiguous(aggregation, aggregates_, "aggregated");
  }

  // Notes what a reduction makes.
  LogicalResult arrive(AggregationOp aggregation, ReductionAttr reduction) {
    int64_t result = reduction.getResult();
    if (result < 0) return success();
    if (reduction.getKind() == ReductionKind::Select) {
      // Each client is sent slices of its own: nothing that a server step yields.
      if (selected_.try_emplace(result).second) return success();
      return aggregation.emitOpError() << "makes leaf " << result << " twice";  // program_c4
    }
    Type type = read_as(aggregation, result);
    if (!type)  // program_c3
      return aggregation.emitOpError() << "makes leaf " << result << ", which no step reads";
    bool same = reduction.getKind() != ReductionKind::Aggregate;
    if (!same) fold_results_[result] = type;
    Type part = same ? uploads_.at(reduction.getValue()) : type;
    bool sum = reduction.getKind() == ReductionKind::Sum;
    if (sum ? !is_sum_of(type, part, reduction.getWeight() >= 0) : type != part)  // program_c3
      return aggregation.emitOpError()
             << "makes leaf " << result << " of " << uploads_.at(reduction.getValue())
             << ", which is read as " << type;
    if (aggregates_.try_emplace(result, type).second) return success();
    return aggregation.emitOpError() << "makes leaf " << result << " twice";  // program_c4
  }

  // The type that the following server step reads a leaf at; null where it does not.
  static Type read_as(AggregationOp aggregation, int64_t leaf) {
    Operation* next = aggregation->getNextNode();
    while (isa_and_nonnull<FoldOp>(next)) next = next->getNextNode();
    auto step = dyn_cast_or_null<PhaseOp>(next);
    if (!step) return {};
    for (auto [slot, argument] : llvm::zip_equal(step.getIns().getAsRange<SlotAttr>(),
                                                 step.getBody().front().getArguments()))
      if (slot.getSpace() == Space::Message && slot.getIndex() == leaf) return argument.getType();
    return {};
  }

  LogicalResult visit(FoldOp fold) {
    if (static_cast<int64_t>(fold.getLevel()) != next_client_ - 1 ||
        next_server_ != next_client_ - 1)  // program_c2
      return fold.emitOpError() << "does not follow the aggregation of level " << fold.getLevel();
    SmallVector<Type> taken(fold.getAccumulate().getArgumentTypes());
    auto members = ArrayRef(taken).take_back(fold.getValues().size());
    for (auto [leaf, type] : llvm::zip_equal(fold.getValues(), members)) {
      auto it = sent_.find(leaf);
      if (it == sent_.end() || !fold_values_.count(leaf) || it->second != type)  // program_c7
        return fold.emitOpError() << "reads leaf " << leaf << " as a " << type
                                  << ", which no aggregate uploads";
    }
    auto yielded = fold.getReport().front().getTerminator()->getOperandTypes();
    for (auto [leaf, type] : llvm::zip_equal(fold.getResults(), yielded)) {
      if (leaf == -1) continue;
      auto it = fold_results_.find(leaf);
      if (it == fold_results_.end() || it->second != type)  // program_c7
        return fold.emitOpError() << "makes leaf " << leaf << " as a " << type
                                  << ", which no aggregate is to make";
      fold_results_.erase(it);
    }
    return success();
  }

  LogicalResult visit(SelectionOp selection) {
    int64_t level = selection.getLevel();
    if (level != next_client_ - 1 || level != next_server_ - 1)  // program_c2
      return selection.emitOpError() << "does not follow server step " << level;
    Block& body = selection.getBody().front();
    for (auto [slot, argument] :
         llvm::zip_equal(selection.getIns().getAsRange<SlotAttr>(), body.getArguments())) {
      Leaves upload;
      if (failed(read(selection, Placement::Server, slot, argument.getType(), upload)))
        return failure();
      if (upload.empty()) continue;
      auto it = sent_.find(slot.getIndex());
      if (it == sent_.end() || !keys_.count(it->first) ||
          it->second != argument.getType())  // program_c8
        return error(selection, slot) << "is no key that clients upload";
    }
    for (auto [slot, value] : llvm::zip_equal(selection.getOuts().getAsRange<SlotAttr>(),
                                              body.getTerminator()->getOperands())) {
      auto it = selected_.find(slot.getIndex());
      if (it == selected_.end() || it->second)  // program_c8
        return error(selection, slot) << "is not to be selected, or is selected twice";
      it->second = value.getType();
    }
    return success();
  }

  ProgramOp program_;
  int64_t next_server_ = 0, next_client_ = 1;
  Leaves downloads_, uploads_, aggregates_;  // sent and not read yet
  Leaves sent_;                              // by the last client phase
  Leaves selected_;                          // slices for the next client phase; null: not made yet
  Leaves fold_results_;                      // aggregates that a fold has to make
  std::set<int64_t> fold_values_, keys_;     // leaves of `sent_`
  std::map<std::pair<Placement, Space>, Leaves> written_;
  std::map<std::tuple<Placement, Space, int64_t>, Type> arguments_;
};

}  // namespace

LogicalResult ProgramOp::verifyRegions() { return ProgramVerifier(*this).run(); }

}  // namespace fed
