#include "compiler/split/plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "compiler/split/flat_code.h"
#include "compiler/split/layout.h"
#include "compiler/split/schedule.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/IR/Builders.h"

namespace fedc::split {
namespace {

using fed::Placement;
using fed::ReductionKind;
using fed::Space;
using mlir::Operation;
using mlir::Value;

class Planner {
 public:
  explicit Planner(Flat& flat) : flat_(flat) {}

  mlir::FailureOr<Plan> run() {
    if (mlir::failed(analyse())) return mlir::failure();
    // What is computed from sums that are now one can be one too, and so can the sums of that.
    while (merge_reductions()) {
      merge_equal(flat_);
      if (mlir::failed(analyse())) return mlir::failure();
    }
    find_needs();
    int client_last = last_level(Placement::Clients);
    int server_last = last_level(Placement::Server);
    if (client_last > 0) schedule_side(Placement::Clients, 1, client_last);
    // A message goes out with the step before the phase that reads it.
    schedule_side(Placement::Server, 0, server_last);
    plan_.clients.resize(client_last);
    plan_.server.resize(server_last + 1);
    plan_.aggregations.resize(client_last);
    plan_.folds.resize(client_last);
    plan_.selections.resize(client_last);
    bind_downloads();
    bind_uploads();
    bind_results();
    fill(Placement::Server);
    fill(Placement::Clients);
    if (failed_) return mlir::failure();
    return std::move(plan_);
  }

 private:
  int first_level(Placement side) const { return side == Placement::Clients ? 1 : 0; }
  std::vector<PhasePlan>& phases(Placement side) {
    return side == Placement::Clients ? plan_.clients : plan_.server;
  }
  PhasePlan& phase(Placement side, int level) { return phases(side)[level - first_level(side)]; }
  mlir::ValueRange returned() { return flat_.block().getTerminator()->getOperands(); }
  auto operations() { return flat_.block().without_terminator(); }
  bool live(Operation* op) const { return live_.contains(op); }

  // --- What is needed at all --------------------------------------------------------------------

  mlir::LogicalResult analyse() {
    uses_.clear();
    live_.clear();
    levels_.clear();
    op_levels_.clear();
    for (Operation& op : flat_.block()) uses_[&op] = uses_of(&op);
    find_live();
    return find_levels();
  }

  void find_live() {
    llvm::DenseSet<Value> wanted;
    for (Value value : returned()) wanted.insert(value);
    for (Operation& op : llvm::reverse(operations())) {
      bool needed = is_effect(&op) || llvm::any_of(op.getResults(), [&](Value result) {
                      return wanted.contains(result);
                    });
      if (!needed) continue;
      live_.insert(&op);
      for (Value value : uses_[&op]) wanted.insert(value);
    }
    used_ = std::move(wanted);
  }

  // --- Levels -----------------------------------------------------------------------------------

  // The level of a value: -1 where it is at home everywhere.
  int level_of(Value value) const {
    auto it = levels_.find(value);
    return it == levels_.end() ? -1 : it->second;
  }

  // Passes over the operations until nothing changes: the reductions of one group raise each other.
  mlir::LogicalResult find_levels() {
    for (auto [argument, leaf] : llvm::zip(flat_.block().getArguments(), flat_.arguments)) {
      levels_[argument] = first_level(leaf.side);
    }
    llvm::DenseMap<int64_t, int> groups;
    const int most = static_cast<int>(uses_.size()) + 1;
    bool changed = true;
    while (changed) {
      changed = false;
      for (Operation& op : operations()) {
        if (!live(&op)) continue;
        int level = -1;
        for (Value value : uses_[&op]) level = std::max(level, level_of(value));
        if (std::optional<Placement> side = side_of(&op)) level = own_level(&op, *side, level);
        if (std::optional<int64_t> group = group_of(&op)) {
          int& shared = groups[*group];
          level = shared = std::max(shared, level);
        }
        if (level < 0) continue;
        if (level > most) {
          return op.emitError("an aggregation depends on another one of its own group");
        }
        auto [it, inserted] = op_levels_.try_emplace(&op, level);
        if (!inserted && it->second == level) continue;
        it->second = level;
        for (Value result : op.getResults()) levels_[result] = level;
        changed = true;
      }
    }
    return mlir::success();
  }

  int own_level(Operation* op, Placement side, int operands) const {
    std::optional<Crossing> crossing = crossing_of(op);
    if (!crossing) return std::max(operands, first_level(side));
    switch (*crossing) {
      case Crossing::kBroadcast:
        return operands + 1;
      case Crossing::kReduction:
        return std::max(operands, 1);  // of an unplaced value too: the clients send it
      case Crossing::kSelect:
        return std::max(operands, 1) + 1;
    }
  }

  int last_level(Placement side) {
    int last = 0;
    for (Operation& op : operations()) {
      if (!live(&op)) continue;
      std::optional<Crossing> crossing = crossing_of(&op);
      int level = op_levels_.lookup(&op);
      if (side_of(&op) == side) last = std::max(last, level);
      if (crossing == Crossing::kReduction) last = std::max(last, level);
      if (crossing == Crossing::kSelect && side == Placement::Server)
        last = std::max(last, level - 1);
    }
    for (auto [leaf, value] : llvm::zip(flat_.results, returned())) {
      if (leaf.side == side) last = std::max({last, level_of(value), first_level(side)});
    }
    return last;
  }

  // Sums of the same leaves that ended up on one level are one sum.
  bool merge_reductions() {
    bool merged = false;
    using Key = std::tuple<int, int, const void*, const void*, const void*>;
    std::map<Key, Operation*> known;
    for (Operation& op : llvm::make_early_inc_range(operations())) {
      if (!live(&op) || crossing_of(&op) != Crossing::kReduction) continue;
      ReductionKind kind = reduction_of(&op);
      if (kind != ReductionKind::Sum && kind != ReductionKind::Min && kind != ReductionKind::Max) {
        continue;
      }
      Value weight = op.getNumOperands() > 1 ? op.getOperand(1) : Value();
      Key key(op_levels_.lookup(&op), static_cast<int>(kind), op.getOperand(0).getAsOpaquePointer(),
              weight ? weight.getAsOpaquePointer() : nullptr,
              op.getResult(0).getType().getAsOpaquePointer());
      auto [it, inserted] = known.try_emplace(key, &op);
      if (inserted) continue;
      // A sum that the user wrote says more than the total of a mean's weights.
      if (is_of_mean(it->second) && !is_of_mean(&op)) stand_for(it->second, &op);
      join_groups(it->second, &op);
      op.replaceAllUsesWith(it->second);
      op.erase();
      merged = true;
    }
    return merged;
  }

  // `other` becomes `kept`: what was to be of the same clients as it stays so. Both are on one
  // level, so all of both groups are.
  void join_groups(Operation* kept, Operation* other) {
    std::optional<int64_t> mine = group_of(kept), theirs = group_of(other);
    if (!theirs || mine == theirs) return;
    if (!mine) return set_group(kept, *theirs);
    for (Operation& op : operations()) {
      if (group_of(&op) == theirs) set_group(&op, *mine);
    }
  }

  // --- Schedules --------------------------------------------------------------------------------

  // The values that have to be there for `value` to be: itself, or where phases make it anew those
  // that it is made of.
  llvm::SmallVector<Value> needs(Value value) const {
    auto it = needs_.find(value);
    if (it != needs_.end()) return it->second;
    if (is_sequence(value)) return {};  // an argument: open in every phase
    return {value};
  }

  void find_needs() {
    for (Operation& op : operations()) {
      if (!live(&op) || !is_cloned(&op)) continue;
      llvm::SetVector<Value> all;
      for (Value value : uses_[&op]) {
        for (Value need : needs(value)) all.insert(need);
      }
      llvm::SmallVector<Value> list = all.takeVector();
      for (Value result : op.getResults()) needs_[result] = list;
    }
  }

  void schedule_side(Placement side, int first, int last) {
    std::vector<Task> tasks;
    std::vector<TaskValue> values;
    llvm::DenseMap<Value, int> value_index;
    llvm::DenseMap<Operation*, int> task_index;
    auto produce = [&](Value value, int task) {
      if (!used_.contains(value)) return;
      value_index[value] = static_cast<int>(values.size());
      values.push_back({task, cost(value)});
    };
    auto need = [&](Task& task, Value value) {
      for (Value one : needs(value)) task.needs.push_back(value_index.at(one));
    };

    for (auto [argument, leaf] : llvm::zip(flat_.block().getArguments(), flat_.arguments)) {
      if (leaf.side != side || is_sequence(argument)) continue;
      tasks.push_back({first, false, {}});
      produce(argument, static_cast<int>(tasks.size()) - 1);
    }
    for (Operation& op : operations()) {
      if (!live(&op)) continue;
      std::optional<Crossing> crossing = crossing_of(&op);
      int level = op_levels_.lookup(&op);
      // Where it takes something away from this side.
      if (crossing == Crossing::kReduction && side == Placement::Clients) {
        Task upload{level, true, {}};
        for (Value value : sent_for(&op)) need(upload, value);
        tasks.push_back(std::move(upload));
      } else if (crossing == Crossing::kSelect && side == Placement::Clients) {
        Task upload{level - 1, true, {}};
        need(upload, op.getOperand(0));
        tasks.push_back(std::move(upload));
      } else if (crossing == Crossing::kSelect) {
        Task database{level - 1, true, {}};
        for (Value value : unsent_for(&op)) need(database, value);
        tasks.push_back(std::move(database));
      } else if (crossing == Crossing::kBroadcast && side == Placement::Server) {
        Task send{phase_of_.lookup(op.getResult(0)) - 1, true, {}};
        need(send, op.getOperand(0));
        tasks.push_back(std::move(send));
      }
      if (side_of(&op) != side || is_cloned(&op)) continue;
      Task task{level, crossing ? *crossing != Crossing::kBroadcast : is_effect(&op), {}};
      if (!crossing) {
        for (Value value : uses_[&op]) need(task, value);
      }
      task_index[&op] = static_cast<int>(tasks.size());
      tasks.push_back(std::move(task));
      for (Value result : op.getResults()) produce(result, static_cast<int>(tasks.size()) - 1);
    }
    for (auto [leaf, value] : llvm::zip(flat_.results, returned())) {
      if (leaf.side != side) continue;
      Task result{std::max(level_of(value), first), false, {}};
      need(result, value);
      result_tasks_.push_back(static_cast<int>(tasks.size()));
      tasks.push_back(std::move(result));
    }

    std::vector<int> scheduled = schedule(tasks, values, first, last);
    for (auto [value, index] : value_index) phase_of_[value] = scheduled[values[index].producer];
    for (auto [op, task] : task_index) op_phase_[op] = scheduled[task];
    for (int task : result_tasks_) result_phases_[side].push_back(scheduled[task]);
    result_tasks_.clear();
  }

  uint64_t cost(Value value) const {
    std::optional<LeafType> leaf = leaf_type(value.getType());
    return leaf ? leaf_footprint(*leaf).value_or(kMaxLayoutBytes) : kMaxLayoutBytes;
  }

  // --- Messages and results ---------------------------------------------------------------------

  void check_leaf(Value value, const std::string& name) {
    if (std::optional<LeafType> leaf = leaf_type(value.getType())) {
      if (leaf_footprint(*leaf)) return;
      error(value, name) << " takes more memory than a layout can have";
    } else if (is_sequence(value)) {
      error(value, name)
          << " is a sequence, which cannot be sent, kept or returned; reduce it first";
    } else {
      error(value, name) << " has an unknown dimension without a bound, so that no memory can be "
                            "set aside for it; give its type a bound, as in `float32[?<=100]`";
    }
  }

  mlir::InFlightDiagnostic error(Value value, const std::string& name) {
    failed_ = true;
    mlir::InFlightDiagnostic diagnostic = mlir::emitError(fed::without_names(value.getLoc()));
    if (name.empty()) return std::move(diagnostic << "this value");
    return std::move(diagnostic << "`" << name << "`");
  }

  // What the server sends to all clients comes first in a download, then each client's own slices.
  void bind_downloads() {
    std::vector<Names> names(plan_.clients.size() + 1);
    std::vector<int64_t> next(plan_.clients.size() + 1, 0);
    for (Crossing wanted : {Crossing::kBroadcast, Crossing::kSelect}) {
      for (Operation& op : operations()) {
        if (!live(&op) || crossing_of(&op) != wanted) continue;
        for (Value result : op.getResults()) {
          if (!used_.contains(result)) continue;
          int level = phase_of_.lookup(result);
          std::string name = names[level].unique(name_or_operation(result));
          check_leaf(result, name);
          int64_t index = next[level]++;
          messages_[result] = {Space::Message, index, name, result};
          if (wanted != Crossing::kBroadcast) continue;
          phase(Placement::Server, level - 1)
              .outs.push_back({Space::Message, index, name, op.getOperand(0)});
        }
      }
    }
  }

  void bind_uploads() {
    size_t levels = plan_.clients.size() + 1;
    std::vector<Names> upload_names(levels), result_names(levels);
    std::vector<llvm::MapVector<Value, int64_t>> uploads(levels);
    std::vector<int64_t> results(levels, 0);
    for (Operation& op : operations()) {
      std::optional<Crossing> crossing = crossing_of(&op);
      if (!live(&op) || !crossing || crossing == Crossing::kBroadcast) continue;
      bool select = crossing == Crossing::kSelect;
      int level = op_levels_.lookup(&op) - (select ? 1 : 0);
      auto upload = [&](unsigned operand) {
        Value value = op.getOperand(operand);
        auto [it, inserted] =
            uploads[level].insert({value, static_cast<int64_t>(uploads[level].size())});
        if (inserted) {
          std::string name = operand_name(&op, operand);
          // What has no name of its own is called what is made of it, which of a fold may have
          // other fields.
          if (name.empty() && reduction_of(&op) == ReductionKind::Aggregate) name = "value";
          if (name.empty() && operand == 0 && !select) name = result_name(&op, 0);
          if (name.empty()) name = name_or_operation(value);
          name = upload_names[level].unique(name);
          check_leaf(value, name);
          phase(Placement::Clients, level)
              .outs.push_back({Space::Message, it->second, name, value});
        }
        return it->second;
      };
      auto arrive = [&](unsigned i) {
        Value result = op.getResult(i);
        if (select) {
          auto it = messages_.find(result);
          return it == messages_.end() ? int64_t{-1} : it->second.index;
        }
        if (!used_.contains(result)) return int64_t{-1};
        std::string name = result_names[level].unique(name_or_operation(result));
        check_leaf(result, name);
        messages_[result] = {Space::Message, results[level], name, result};
        return results[level]++;
      };
      auto reduce = [&](int64_t value, int64_t weight, int64_t result) {
        mlir::FileLineColLoc place = fed::position_of(op.getLoc());
        mlir::Location loc = place ? fed::without_names(op.getLoc())
                                   : mlir::Location(mlir::UnknownLoc::get(op.getContext()));
        plan_.aggregations[level - 1].push_back(
            fed::ReductionAttr::get(op.getContext(), reduction_of(&op), value, weight, result,
                                    limit_of(&op), intrinsic_of(&op), mlir::LocationAttr(loc)));
      };
      ReductionKind kind = reduction_of(&op);
      if (kind == ReductionKind::Aggregate) {
        // Leaves of the members and of the result need not pair up: -1 stands where one is missing.
        FoldPlan fold{llvm::cast<fed::AggregateOp>(flat_.origins[origin_of(&op)]), {}, {}, {}, {}};
        unsigned sent = sent_for(&op).size();
        for (unsigned i = 0; i < std::max(sent, op.getNumResults()); ++i) {
          if (i < sent) fold.values.push_back(upload(i));
          if (i < op.getNumResults()) fold.results.push_back(arrive(i));
          reduce(i < sent ? fold.values.back() : -1, -1,
                 i < op.getNumResults() ? fold.results.back() : -1);
        }
        for (Value value : unsent_for(&op)) fold.zero.push_back(value);
        // All that zeros are made of has no place, but for what has an effect beside.
        fold.operations = remake({fold.zero.begin(), fold.zero.end()}, is_effect);
        plan_.folds[level - 1].push_back(std::move(fold));
      } else if (select) {
        int64_t keys = upload(0);
        SelectionPlan selection{
            llvm::cast<fed::SelectOp>(flat_.origins[origin_of(&op)]), {}, {}, {}, {}};
        selection.ins.push_back({Space::Message, keys, "keys", op.getOperand(0)});
        for (Value value : unsent_for(&op)) selection.database.push_back(value);
        for (unsigned i = 0; i < op.getNumResults(); ++i) {
          reduce(keys, -1, arrive(i));
          selection.outs.push_back(
              {Space::Message, arrive(i), messages_.lookup(op.getResult(i)).name, op.getResult(i)});
        }
        plan_.selections[level - 1].push_back(std::move(selection));
      } else {
        int64_t value = upload(0);
        int64_t weight = op.getNumOperands() > 1 ? upload(1) : -1;
        reduce(value, weight, arrive(0));
      }
    }
  }

  void bind_results() {
    llvm::DenseMap<int, int64_t> next_result, next_state;
    llvm::DenseMap<int, size_t> next_phase;
    for (auto [leaf, value] : llvm::zip(flat_.results, returned())) {
      int side = static_cast<int>(leaf.side);
      int level = result_phases_[leaf.side][next_phase[side]++];
      std::string name = leaf.name.empty() ? "result" : leaf.name;
      check_leaf(value, name);
      phase(leaf.side, level)
          .outs.push_back({leaf.state ? Space::State : Space::Result,
                           leaf.state ? next_state[side]++ : next_result[side]++, name, value});
    }
    for (auto [argument, leaf] : llvm::zip(flat_.block().getArguments(), flat_.arguments)) {
      if (!is_sequence(argument)) check_leaf(argument, leaf.name);
    }
  }

  // --- Phases -----------------------------------------------------------------------------------

  void fill(Placement side) {
    int first = first_level(side);
    int last = first + static_cast<int>(phases(side).size()) - 1;
    llvm::DenseSet<Value> kept;
    for (int level = first; level <= last; ++level) {
      for (Value value : collect(side, level)) {
        if (!is_sequence(value) && phase_of_.lookup(value) < level) kept.insert(value);
      }
    }
    if (side == Placement::Server) keep_databases(kept);
    number_kept(side, first, last, kept);
    llvm::DenseMap<Value, Slot> arguments = argument_slots(side);
    if (side == Placement::Server) bind_databases();
    for (int level = first; level <= last; ++level) {
      PhasePlan& plan = phase(side, level);
      llvm::DenseSet<Value> needed = collect(side, level);
      for (Value value : needed) {
        if (!is_sequence(value) && phase_of_.lookup(value) < level) {
          plan.ins.push_back(kept_[value]);
        } else if (auto it = arguments.find(value); it != arguments.end()) {
          plan.ins.push_back(it->second);
        } else {
          plan.ins.push_back(messages_[value]);
        }
      }
      sort_slots(plan.ins,
                 {Space::Message, Space::Input, Space::State, Space::Sequence, Space::Kept});
      sort_slots(plan.outs, {Space::Message, Space::Kept, Space::Result, Space::State});
    }
  }

  // Slices are made between the steps, of what the server keeps.
  void keep_databases(llvm::DenseSet<Value>& kept) {
    for (std::vector<SelectionPlan>& level : plan_.selections) {
      for (SelectionPlan& selection : level) {
        for (Value value : selection.database) {
          for (Value need : needs(value)) kept.insert(need);
        }
      }
    }
  }

  void bind_databases() {
    for (std::vector<SelectionPlan>& level : plan_.selections) {
      for (SelectionPlan& selection : level) {
        llvm::SetVector<Value> all;
        for (Value value : selection.database) {
          for (Value need : needs(value)) all.insert(need);
        }
        for (Value need : all) selection.ins.push_back(kept_[need]);
        selection.operations = remake({selection.database.begin(), selection.database.end()});
      }
    }
  }

  // The operations that phases make anew, or that are so too, and that `wanted` takes, in order.
  std::vector<Operation*> remake(
      llvm::DenseSet<Value> wanted,
      llvm::function_ref<bool(Operation*)> too = [](Operation*) { return false; }) {
    std::vector<Operation*> made;
    for (Operation& op : llvm::reverse(operations())) {
      if (!is_cloned(&op) && !too(&op)) continue;
      if (llvm::none_of(op.getResults(), [&](Value v) { return wanted.contains(v); })) continue;
      made.push_back(&op);
      for (Value value : uses_[&op]) wanted.insert(value);
    }
    std::reverse(made.begin(), made.end());
    return made;
  }

  // Notes the operations of a phase and returns what it reads from its slots.
  llvm::DenseSet<Value> collect(Placement side, int level) {
    PhasePlan& plan = phase(side, level);
    plan.operations.clear();
    llvm::DenseSet<Value> needed;
    for (const Slot& out : plan.outs) needed.insert(out.value);
    for (Operation& op : llvm::reverse(operations())) {
      if (!live(&op)) continue;
      auto it = op_phase_.find(&op);
      bool scheduled =
          it != op_phase_.end() && it->second == level && side_of(&op) == side && !crossing_of(&op);
      bool cloned = is_cloned(&op) && llvm::any_of(op.getResults(), [&](Value result) {
                      return needed.contains(result);
                    });
      if (!scheduled && !cloned) continue;
      plan.operations.push_back(&op);
      for (Value result : op.getResults()) needed.erase(result);
      for (Value value : uses_[&op]) needed.insert(value);
    }
    std::reverse(plan.operations.begin(), plan.operations.end());
    return needed;
  }

  // Kept leaves are written in the phase that makes them and numbered in that order.
  void number_kept(Placement side, int first, int last, const llvm::DenseSet<Value>& kept) {
    Names names;
    int64_t next = 0;
    for (int level = first; level <= last; ++level) {
      auto keep = [&](Value value) {
        if (!kept.contains(value) || phase_of_.lookup(value) != level) return;
        std::string name;
        if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value)) {
          name = flat_.arguments[argument.getArgNumber()].name;
        } else if (auto it = messages_.find(value); it != messages_.end()) {
          name = it->second.name;
        } else {
          name = name_or_operation(value);
        }
        name = names.unique(name);
        check_leaf(value, name);
        kept_[value] = {Space::Kept, next, name, value};
        phase(side, level).outs.push_back(kept_[value]);
        ++next;
      };
      for (Value argument : flat_.block().getArguments()) keep(argument);
      for (Operation& op : operations()) {
        for (Value result : op.getResults()) keep(result);
      }
    }
  }

  llvm::DenseMap<Value, Slot> argument_slots(Placement side) {
    llvm::DenseMap<Value, Slot> slots;
    int64_t input = 0, sequence = 0, state = 0;
    for (auto [argument, leaf] : llvm::zip(flat_.block().getArguments(), flat_.arguments)) {
      if (leaf.side != side) continue;
      if (is_sequence(argument)) {
        slots[argument] = {Space::Sequence, sequence++, leaf.name, argument};
      } else if (leaf.state) {
        slots[argument] = {Space::State, state++, leaf.name, argument};
      } else {
        slots[argument] = {Space::Input, input++, leaf.name, argument};
      }
    }
    return slots;
  }

  Flat& flat_;
  Plan plan_;
  bool failed_ = false;
  llvm::DenseMap<Operation*, llvm::SmallVector<Value>> uses_;
  llvm::DenseSet<Operation*> live_;
  llvm::DenseSet<Value> used_;                             // by what is live
  llvm::DenseMap<Value, int> levels_;                      // of placed values
  llvm::DenseMap<Operation*, int> op_levels_;              // of placed operations
  llvm::DenseMap<Value, llvm::SmallVector<Value>> needs_;  // of what phases make anew
  llvm::DenseMap<Value, int> phase_of_;                    // the phase that makes or reads it first
  llvm::DenseMap<Operation*, int> op_phase_;
  std::vector<int> result_tasks_;
  std::map<Placement, std::vector<int>> result_phases_;
  llvm::DenseMap<Value, Slot> messages_;  // of what arrives
  llvm::DenseMap<Value, Slot> kept_;
};

}  // namespace

mlir::FailureOr<Plan> plan(Flat& flat) { return Planner(flat).run(); }

}  // namespace fedc::split
