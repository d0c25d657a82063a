#include "compiler/manifest/flow.h"

#include <map>
#include <vector>

#include "dialects/local/Local.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace fedc::manifest {
namespace {

namespace proto = fed::proto;
using fed::Placement;
using fed::Space;
using mlir::Value;

class Flow {
 public:
  Flow(proto::Computation& computation, const proto::Manifest& manifest,
       const split::SiteTable& sites)
      : computation_(computation), sites_(sites) {
    for (int i = 0; i < manifest.params_size(); ++i) params_[manifest.params(i).name()] = i;
  }

  void visit(fed::PhaseOp phase) {
    Placement side = phase.getSide();
    values_.clear();
    unchanged_.clear();
    checks_.clear();
    control_.clear();
    mlir::Block& body = phase.getBody().front();
    for (auto [slot, argument] :
         llvm::zip(phase.getIns().getAsRange<fed::SlotAttr>(), body.getArguments())) {
      values_[argument] = arriving(side, static_cast<int>(phase.getLevel()), slot);
      bool computed = slot.getSpace() == Space::Kept && !kept_unchanged_[{side, slot.getIndex()}];
      if (!computed) unchanged_.insert(argument);
    }
    run(body);
    for (auto [slot, value] : llvm::zip(phase.getOuts().getAsRange<fed::SlotAttr>(),
                                        body.getTerminator()->getOperands())) {
      leave(side, static_cast<int>(phase.getLevel()), slot, values_[value],
            unchanged_.contains(value));
    }
    if (side == Placement::Clients) note_failures(static_cast<uint32_t>(phase.getLevel()));
  }

  // What the functions of an aggregate use beside the values of clients: here, parameters.
  void visit(fed::FoldOp fold, proto::Fold* out) {
    llvm::BitVector sources;
    fold->walk([&](local::ParamOp param) { sources |= of_param(param); });
    for (unsigned id : sources.set_bits()) *out->add_made_from() = all_[id];
  }

 private:
  void run(mlir::Block& block) {
    for (mlir::Operation& op : block.without_terminator()) run(op);
  }

  // Results of loops and branches are told apart; results of any other operation depend on all that
  // it reads. Recursion is as deep as regions nest.
  void run(mlir::Operation& op) {
    if (auto reduce = llvm::dyn_cast<local::SequenceReduceOp>(op)) return run(reduce);
    if (auto fold = llvm::dyn_cast<local::FoldOp>(op)) return run(fold);
    if (auto choice = llvm::dyn_cast<local::IfOp>(op)) return run(choice);
    check(op);
    llvm::BitVector sources;
    if (auto param = llvm::dyn_cast<local::ParamOp>(op)) sources = of_param(param);
    for (Value value : op.getOperands()) sources |= values_[value];
    Under under(*this, sources);
    for (mlir::Region& region : op.getRegions()) {
      for (mlir::Block& block : region) {
        for (Value argument : block.getArguments()) values_[argument] = sources;
        run(block);
        for (Value value : block.getTerminator()->getOperands()) sources |= values_[value];
      }
    }
    for (Value result : op.getResults()) values_[result] = sources;
  }

  llvm::BitVector of_param(local::ParamOp param) {
    llvm::BitVector sources;
    auto it = params_.find(param.getName().str());
    if (it != params_.end()) add(sources, proto::Source::PARAM, it->first, 0, it->second);
    return sources;
  }

  // While it lives: what runs now does so, or does so that often, because of `sources` too.
  class Under {
   public:
    Under(Flow& flow, const llvm::BitVector& sources) : flow_(flow), before_(flow.control_) {
      flow.control_ |= sources;
    }
    ~Under() { flow_.control_ = before_; }

   private:
    Flow& flow_;
    llvm::BitVector before_;
  };

  // What is the case where an operation fails, and the operands that decide it; "" where it cannot.
  static std::string failure(mlir::Operation& op, llvm::SmallVector<Value>& decide) {
    if (auto assertion = llvm::dyn_cast<local::AssertOp>(op)) {
      decide = {assertion.getCondition()};
      return assertion.getMessage().str();
    }
    if (llvm::isa<local::DivideOp, local::RemainderOp>(op)) {
      auto type = llvm::cast<mlir::RankedTensorType>(op.getResult(0).getType());
      if (!llvm::isa<mlir::IntegerType>(type.getElementType())) return "";
      decide = {op.getOperand(1)};
      return "an integer is divided by zero";
    }
    auto along = [](Value tensor, int64_t dim) {
      return llvm::cast<mlir::RankedTensorType>(tensor.getType()).getDimSize(dim);
    };
    if (auto take = llvm::dyn_cast<local::TakeOp>(op)) {
      if (!local::areInside(take.getIndices(), along(take.getOperand(), take.getDimension())))
        decide = {take.getIndices()};
    } else if (auto scatter = llvm::dyn_cast<local::ScatterAddOp>(op)) {
      if (!local::areInside(scatter.getIndices(),
                            along(scatter.getOperand(), scatter.getDimension())))
        decide = {scatter.getIndices()};
    } else if (auto slice = llvm::dyn_cast<local::DynamicSliceOp>(op)) {
      decide = llvm::to_vector(slice.getStart());
    } else if (auto update = llvm::dyn_cast<local::DynamicUpdateSliceOp>(op)) {
      decide = llvm::to_vector(update.getStart());
    } else if (auto fold = llvm::dyn_cast<local::FoldOp>(op); fold && fold.getAtMost()) {
      decide = {fold.getCount()};
      return "there are more steps than `at_most`";
    } else if (auto reduce = llvm::dyn_cast<local::SequenceReduceOp>(op);
               reduce && reduce.getAtMost()) {
      decide = {reduce.getSequence()};
      return "there are more elements than `at_most`";
    }
    return decide.empty() ? "" : "an index is out of range";
  }

  void check(mlir::Operation& op) {
    llvm::SmallVector<Value> decide;
    std::string text = failure(op, decide);
    if (text.empty()) return;
    auto& [what, sources] = checks_[&op];
    what = text;
    sources |= control_;
    for (Value value : decide) sources |= values_[value];
  }

  // The checks that hang on something of the client's own; those of one place as one.
  void note_failures(uint32_t phase) {
    llvm::MapVector<std::pair<uint32_t, mlir::StringAttr>, llvm::BitVector> at;
    for (auto& [op, check] : checks_) {
      mlir::StringAttr text = mlir::StringAttr::get(op->getContext(), check.first);
      bool assertion = llvm::isa<local::AssertOp>(op);
      at[{sites_.index(op->getLoc(), assertion ? check.first : ""), text}] |= check.second;
    }
    for (auto& [where, sources] : at) {
      bool own = llvm::any_of(sources.set_bits(), [&](unsigned id) {
        return all_[id].kind() != proto::Source::PARAM &&
               all_[id].kind() != proto::Source::DOWNLOAD;
      });
      if (!own) continue;
      proto::Failure* failure = computation_.add_failures();
      failure->set_phase(phase);
      failure->set_site(where.first);
      failure->set_text(where.second.str());
      for (unsigned id : sources.set_bits()) *failure->add_depends_on() = all_[id];
    }
  }

  void run(local::SequenceReduceOp reduce) {
    check(*reduce.getOperation());
    mlir::Block& body = reduce.getBody().front();
    mlir::ValueRange carried = body.getArguments().take_front(reduce.getInit().size());
    // How often the body runs depends on the sequence.
    llvm::BitVector elements = values_[reduce.getSequence()];
    for (Value element : body.getArguments().drop_front(carried.size())) {
      values_[element] = elements;
    }
    iterate(body, carried, reduce.getInit(), elements);
    for (auto [i, result] : llvm::enumerate(reduce.getResults())) {
      llvm::BitVector sources =
          values_[i < carried.size() ? carried[i] : body.getTerminator()->getOperand(i)];
      sources |= elements;
      values_[result] = sources;
    }
  }

  void run(local::FoldOp fold) {
    check(*fold.getOperation());
    mlir::Block& body = fold.getBody().front();
    mlir::ValueRange carried = body.getArguments().slice(1, fold.getInit().size());
    llvm::BitVector count = values_[fold.getCount()];
    values_[body.getArgument(0)] = count;
    for (auto [argument, rows] :
         llvm::zip(body.getArguments().drop_front(1 + carried.size()), fold.getRows())) {
      llvm::BitVector sources = values_[rows];
      values_[argument] = sources;
    }
    iterate(body, carried, fold.getInit(), count);
    for (auto [i, result] : llvm::enumerate(fold.getResults())) {
      llvm::BitVector sources =
          values_[i < carried.size() ? carried[i] : body.getTerminator()->getOperand(i)];
      sources |= count;
      if (fold.getUntilFalse()) sources |= values_[carried[0]];
      values_[result] = sources;
    }
  }

  // Runs a body whose arguments `carried` begin as `init` until nothing comes to them any more; how
  // often it runs depends on `steps`.
  void iterate(mlir::Block& body, mlir::ValueRange carried, mlir::ValueRange init,
               const llvm::BitVector& steps) {
    Under under(*this, steps);
    for (auto [argument, value] : llvm::zip(carried, init)) {
      llvm::BitVector sources = values_[value];
      sources |= steps;
      values_[argument] = sources;
    }
    bool changed = true;
    while (changed) {
      changed = false;
      run(body);
      for (auto [argument, next] : llvm::zip(carried, body.getTerminator()->getOperands())) {
        llvm::BitVector sources = values_[argument];
        sources |= values_[next];
        unsigned before = values_[argument].count();
        changed |= sources.count() > before;
        values_[argument] = sources;
      }
    }
  }

  void run(local::IfOp choice) {
    Under under(*this, values_[choice.getCondition()]);
    for (mlir::Region& region : choice->getRegions()) run(region.front());
    for (auto [i, result] : llvm::enumerate(choice.getResults())) {
      llvm::BitVector sources = values_[choice.getCondition()];
      for (mlir::Region& region : choice->getRegions()) {
        sources |= values_[region.front().getTerminator()->getOperand(i)];
      }
      values_[result] = sources;
    }
  }

  void add(llvm::BitVector& sources, proto::Source::Kind kind, const std::string& name,
           uint32_t phase, uint32_t index) {
    auto [it, inserted] =
        ids_.try_emplace(std::make_tuple(kind, phase, index), static_cast<unsigned>(all_.size()));
    if (inserted) {
      proto::Source source;
      source.set_kind(kind);
      source.set_name(name);
      source.set_phase(phase);
      source.set_index(index);
      all_.push_back(source);
    }
    if (sources.size() <= it->second) sources.resize(it->second + 1);
    sources.set(it->second);
  }

  llvm::BitVector arriving(Placement side, int level, fed::SlotAttr slot) {
    llvm::BitVector sources;
    uint32_t index = static_cast<uint32_t>(slot.getIndex());
    std::string name = slot.getName().str();
    switch (slot.getSpace()) {
      case Space::Input:
        add(sources, proto::Source::INPUT, name, 0, index);
        break;
      case Space::Sequence:
        add(sources, proto::Source::SEQUENCE, name, 0, index);
        break;
      case Space::State:
        add(sources, proto::Source::STATE, name, 0, index);
        break;
      case Space::Message:
        add(sources,
            side == Placement::Clients ? proto::Source::DOWNLOAD : proto::Source::AGGREGATE, name,
            static_cast<uint32_t>(level), index);
        if (side == Placement::Clients) add_keys(sources, level, index);
        break;
      case Space::Kept:
        return kept_[{side, slot.getIndex()}];
      case Space::Result:
        break;
    }
    return sources;
  }

  // What chose slices that a client downloads: what its keys of the phase before were made from.
  void add_keys(llvm::BitVector& sources, int level, uint32_t index) {
    for (const proto::Aggregation& aggregation : computation_.aggregations()) {
      if (static_cast<int>(aggregation.level()) + 1 != level) continue;
      for (const proto::Reduction& reduction : aggregation.reductions()) {
        if (reduction.kind() != proto::SELECT || reduction.result() != index) continue;
        const proto::Layout& sent = computation_.client().phases(level - 2).message_out();
        for (const proto::Source& source :
             sent.leaves(static_cast<int>(reduction.value())).made_from())
          add(sources, source.kind(), source.name(), source.phase(), source.index());
      }
    }
  }

  void leave(Placement side, int level, fed::SlotAttr slot, const llvm::BitVector& sources,
             bool unchanged) {
    if (slot.getSpace() == Space::Kept) {
      kept_[{side, slot.getIndex()}] = sources;
      kept_unchanged_[{side, slot.getIndex()}] = unchanged;
      return;
    }
    proto::Side* tables =
        side == Placement::Clients ? computation_.mutable_client() : computation_.mutable_server();
    int phase = side == Placement::Clients ? level - 1 : level;
    proto::Layout* layout = slot.getSpace() == Space::Message
                                ? tables->mutable_phases(phase)->mutable_message_out()
                            : slot.getSpace() == Space::State ? tables->mutable_state()
                                                              : tables->mutable_result();
    proto::Leaf* leaf = layout->mutable_leaves(static_cast<int>(slot.getIndex()));
    for (unsigned id : sources.set_bits()) {
      *leaf->add_made_from() = all_[id];
      leaf->mutable_made_from(leaf->made_from_size() - 1)->set_unchanged(unchanged);
    }
  }

  proto::Computation& computation_;
  const split::SiteTable& sites_;
  // What can fail in this phase: what is the case then, and what it depends on.
  llvm::MapVector<mlir::Operation*, std::pair<std::string, llvm::BitVector>> checks_;
  llvm::BitVector control_;  // what decides whether the operation at hand runs
  std::map<std::string, uint32_t> params_;
  std::map<std::tuple<int, uint32_t, uint32_t>, unsigned> ids_;
  std::vector<proto::Source> all_;
  llvm::DenseMap<Value, llvm::BitVector> values_;
  llvm::DenseSet<Value> unchanged_;  // what a phase reads from its slots, but for kept results
  std::map<std::pair<Placement, int64_t>, bool> kept_unchanged_;
  std::map<std::pair<Placement, int64_t>, llvm::BitVector> kept_;
};

}  // namespace

void add_sources(fed::ProgramOp program, proto::Computation& computation,
                 const proto::Manifest& manifest, const split::SiteTable& sites) {
  // One a side: the numbers of sources mean the same phase of different sides otherwise.
  Flow server(computation, manifest, sites), client(computation, manifest, sites);
  proto::Aggregation* aggregation = nullptr;
  int level = 0, folds = 0;
  for (mlir::Operation& op : program.getBody().front()) {
    if (llvm::isa<fed::AggregationOp>(op)) {
      aggregation = computation.mutable_aggregations(level++);
      folds = 0;
    } else if (auto fold = llvm::dyn_cast<fed::FoldOp>(op)) {
      server.visit(fold, aggregation->mutable_folds(folds++));
    }
  }
  for (auto phase : program.getOps<fed::PhaseOp>()) {
    (phase.getSide() == Placement::Server ? server : client).visit(phase);
  }
}

}  // namespace fedc::manifest
