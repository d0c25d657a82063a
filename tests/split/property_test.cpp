// Properties of splitting, over random modules. Both the unsplit entry and the split program are
// evaluated symbolically: a value is the term that computes it. So results must be the very same
// terms, and it can be seen what is computed or sent twice.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compiler/split/passes.h"
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "gtest/gtest.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "tests/split/random_module.h"

namespace fedc::split {
namespace {

using fed::Placement;
using fed::Space;
using mlir::Operation;
using mlir::Value;

// Terms, numbered: equal terms have one number.
class Terms {
 public:
  struct Term {
    bool fixed;     // a constant or parameter
    bool sequence;  // a lazy sequence
  };

  int of(const std::string& key, const Term& term) {
    auto [it, inserted] = numbers_.try_emplace(key, static_cast<int>(terms_.size()));
    if (inserted) terms_.push_back(term);
    return it->second;
  }
  const Term& operator[](int term) const { return terms_[term]; }

 private:
  std::map<std::string, int> numbers_;
  std::vector<Term> terms_;
};

template <typename T>
std::string print(T what) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << what;
  return text;
}

using Environment = llvm::DenseMap<Value, int>;

// The key of an operation over terms. Values of its regions are numbered from `local` on.
std::string key_of(Operation& op, const Environment& values, llvm::DenseMap<Value, int>& local) {
  std::string key = op.getName().getStringRef().str() + print(op.getAttrDictionary());
  std::vector<std::string> operands;
  for (Value operand : op.getOperands()) {
    auto inner = local.find(operand);
    operands.push_back(inner != local.end() ? " #" + std::to_string(inner->second)
                                            : " " + std::to_string(values.lookup(operand)));
  }
  // x + y and y + x are one computation.
  if (op.hasTrait<mlir::OpTrait::IsCommutative>()) std::sort(operands.begin(), operands.end());
  for (const std::string& operand : operands) key += operand;
  for (mlir::Region& region : op.getRegions()) {
    key += "{";
    for (mlir::Block& block : region) {
      for (Value argument : block.getArguments()) {
        local.try_emplace(argument, static_cast<int>(local.size()));
      }
      for (Operation& inner : block) {
        key += key_of(inner, values, local) + ";";
        for (Value result : inner.getResults()) {
          local.try_emplace(result, static_cast<int>(local.size()));
        }
      }
    }
    key += "}";
  }
  for (mlir::Type type : op.getResultTypes()) key += print(type);
  return key;
}

// What happens at the two placements.
struct Trace {
  std::map<std::pair<Placement, int64_t>, int> results;
  std::set<std::tuple<Placement, int, std::string>> assertions;
};

class Evaluator {
 public:
  explicit Evaluator(Terms& terms) : terms_(terms) {}

  int argument(Placement side, int64_t index, mlir::Type type) {
    bool sequence = llvm::isa<local::SequenceType>(type);
    return terms_.of((side == Placement::Server ? "server " : "client ") +
                         std::string(sequence ? "sequence " : "input ") + std::to_string(index),
                     {false, sequence});
  }

  int reduction(fed::ReductionKind kind, int value, int weight) {
    return terms_.of("reduce " + std::to_string(static_cast<int>(kind)) + " " +
                         std::to_string(value) + " " + std::to_string(weight),
                     {false, false});
  }

  // What clients get of a server's term. Constants are not sent.
  int broadcast(int value) {
    return terms_[value].fixed ? value
                               : terms_.of("broadcast " + std::to_string(value), {false, false});
  }

  // Terms of an operation's results; whether they are new to `done` (computed before).
  bool local(Operation& op, Environment& values, std::set<int>* done, Placement side,
             Trace& trace) {
    bool fixed = op.hasTrait<mlir::OpTrait::ConstantLike>() || llvm::isa<local::ParamOp>(op);
    llvm::DenseMap<Value, int> inner;
    std::string key = key_of(op, values, inner);
    if (auto assertion = llvm::dyn_cast<local::AssertOp>(op)) {
      trace.assertions.insert(
          {side, values.lookup(assertion.getCondition()), assertion.getMessage().str()});
    }
    bool fresh = true;
    for (auto [i, result] : llvm::enumerate(op.getResults())) {
      bool sequence = llvm::isa<local::SequenceType>(result.getType());
      int term = terms_.of(key + " ." + std::to_string(i), {fixed, sequence});
      values[result] = term;
      if (done && !sequence && !fixed) fresh &= done->insert(term).second;
    }
    return fresh;
  }

 private:
  Terms& terms_;
};

Trace evaluate_unsplit(mlir::func::FuncOp entry, Terms& terms) {
  Evaluator evaluator(terms);
  Trace trace;
  Environment values;
  std::map<std::pair<Placement, bool>, int64_t> next;
  for (Value argument : entry.getArguments()) {
    auto type = llvm::cast<fed::FederatedType>(argument.getType());
    bool sequence = llvm::isa<local::SequenceType>(type.getMember());
    values[argument] = evaluator.argument(
        type.getPlacement(), next[{type.getPlacement(), sequence}]++, type.getMember());
  }
  for (Operation& op : entry.getBody().front().without_terminator()) {
    if (auto map = llvm::dyn_cast<fed::MapOp>(op)) {
      mlir::Block& body = map.getBody().front();
      for (auto [argument, operand] : llvm::zip(body.getArguments(), map.getOperands())) {
        values[argument] = values.lookup(operand);
      }
      for (Operation& inner : body.without_terminator()) {
        evaluator.local(inner, values, nullptr, map.getPlacement(), trace);
      }
      for (auto [result, value] :
           llvm::zip(map.getResults(), body.getTerminator()->getOperands())) {
        values[result] = values.lookup(value);
      }
    } else if (llvm::isa<fed::ValueOp>(op)) {
      values[op.getResult(0)] = values.lookup(op.getOperand(0));
    } else if (llvm::isa<fed::BroadcastOp>(op)) {
      values[op.getResult(0)] = evaluator.broadcast(values.lookup(op.getOperand(0)));
    } else if (auto sum = llvm::dyn_cast<fed::SumOp>(op)) {
      values[sum] = evaluator.reduction(fed::ReductionKind::Sum, values.lookup(sum.getValue()),
                                        sum.getWeight() ? values.lookup(sum.getWeight()) : -1);
    } else if (auto min = llvm::dyn_cast<fed::MinOp>(op)) {
      values[min] = evaluator.reduction(fed::ReductionKind::Min, values.lookup(min.getValue()), -1);
    } else if (auto max = llvm::dyn_cast<fed::MaxOp>(op)) {
      values[max] = evaluator.reduction(fed::ReductionKind::Max, values.lookup(max.getValue()), -1);
    } else {
      evaluator.local(op, values, nullptr, Placement::Server, trace);
    }
  }
  std::map<Placement, int64_t> next_result;
  for (Value value : entry.getBody().front().getTerminator()->getOperands()) {
    Placement side = llvm::cast<fed::FederatedType>(value.getType()).getPlacement();
    trace.results[{side, next_result[side]++}] = values.lookup(value);
  }
  return trace;
}

// Evaluates and checks what holds phase by phase. The weights of means of several levels are summed
// over the clients of each: with means, equal terms of the server need not be equal values.
Trace evaluate_split(fed::ProgramOp program, Terms& terms, bool means) {
  Evaluator evaluator(terms);
  Trace trace;
  std::map<Placement, std::set<int>> done;
  std::map<std::pair<Placement, int64_t>, int> kept;
  std::map<int64_t, int> download, upload, aggregates;
  std::set<int> sent;
  for (Operation& op : program.getBody().front()) {
    if (auto aggregation = llvm::dyn_cast<fed::AggregationOp>(op)) {
      for (auto one : aggregation.getReductions().getAsRange<fed::ReductionAttr>()) {
        int weight = one.getWeight() < 0 ? -1 : upload.at(one.getWeight());
        aggregates[one.getResult()] =
            evaluator.reduction(one.getKind(), upload.at(one.getValue()), weight);
      }
      continue;
    }
    auto phase = llvm::cast<fed::PhaseOp>(op);
    Placement side = phase.getSide();
    bool client = side == Placement::Clients;
    mlir::Block& body = phase.getBody().front();
    Environment values;
    for (auto [slot, argument] :
         llvm::zip(phase.getIns().getAsRange<fed::SlotAttr>(), body.getArguments())) {
      int64_t index = slot.getIndex();
      if (slot.getSpace() == Space::Kept) {
        values[argument] = kept.at({side, index});
      } else if (slot.getSpace() == Space::Message) {
        values[argument] = client ? evaluator.broadcast(download.at(index)) : aggregates.at(index);
        EXPECT_FALSE(client && argument.use_empty()) << "a download that its phase does not use";
      } else {
        values[argument] = evaluator.argument(side, index, argument.getType());
        EXPECT_FALSE(argument.use_empty()) << "an argument that its phase does not use";
      }
    }
    for (Operation& inner : body.without_terminator()) {
      EXPECT_TRUE(
          evaluator.local(inner, values, means && !client ? nullptr : &done[side], side, trace))
          << "computed twice: " << inner.getName().getStringRef().str();
    }
    std::map<int64_t, int> message;
    std::set<int> leaves;
    for (auto [slot, value] : llvm::zip(phase.getOuts().getAsRange<fed::SlotAttr>(),
                                        body.getTerminator()->getOperands())) {
      int term = values.lookup(value);
      if (slot.getSpace() == Space::Message) {
        message[slot.getIndex()] = term;
        EXPECT_TRUE(leaves.insert(term).second) << "a leaf twice in one message";
        if (!client && !means) EXPECT_TRUE(sent.insert(term).second) << "a leaf is sent twice";
      } else if (slot.getSpace() == Space::Kept) {
        EXPECT_FALSE(terms[term].fixed) << "a constant is kept";
        kept[{side, slot.getIndex()}] = term;
      } else {
        trace.results[{side, slot.getIndex()}] = term;
      }
    }
    (client ? upload : download) = message;
  }
  return trace;
}

// The number of client phases that data flow asks for, found by recursion on the unsplit entry.
int needed_phases(mlir::func::FuncOp entry) {
  llvm::DenseMap<Value, int> levels;  // of values that depend on arguments
  auto highest = [&](Operation& op) {
    llvm::SmallVector<Value> uses(op.getOperands());
    op.walk([&](Operation* inner) { llvm::append_range(uses, inner->getOperands()); });
    int level = -1;
    for (Value value : uses) {
      auto it = levels.find(value);
      if (it != levels.end()) level = std::max(level, it->second);
    }
    return level;
  };
  for (Value argument : entry.getArguments()) {
    auto type = llvm::cast<fed::FederatedType>(argument.getType());
    levels[argument] = type.getPlacement() == Placement::Clients ? 1 : 0;
  }
  for (Operation& op : entry.getBody().front().without_terminator()) {
    if (auto map = llvm::dyn_cast<fed::MapOp>(op)) {
      int lowest = map.getPlacement() == Placement::Clients ? 1 : 0;
      mlir::Block& body = map.getBody().front();
      for (auto [argument, operand] : llvm::zip(body.getArguments(), map.getOperands())) {
        auto it = levels.find(operand);
        if (it != levels.end()) levels[argument] = it->second;
      }
      for (Operation& inner : body.without_terminator()) {
        if (inner.hasTrait<mlir::OpTrait::ConstantLike>() || llvm::isa<local::ParamOp>(inner)) {
          continue;
        }
        int level = std::max(lowest, highest(inner));
        for (Value result : inner.getResults()) levels[result] = level;
      }
      for (auto [result, value] :
           llvm::zip(map.getResults(), body.getTerminator()->getOperands())) {
        auto it = levels.find(value);
        if (it != levels.end()) levels[result] = it->second;
      }
    } else if (llvm::isa<fed::BroadcastOp>(op)) {
      auto it = levels.find(op.getOperand(0));
      if (it != levels.end()) levels[op.getResult(0)] = it->second + 1;
    } else {
      levels[op.getResult(0)] = std::max(1, highest(op));
    }
  }
  // What results need, backwards.
  int phases = 0;
  llvm::DenseSet<Value> live;
  for (Value value : entry.getBody().front().getTerminator()->getOperands()) {
    live.insert(value);
    auto type = llvm::cast<fed::FederatedType>(value.getType());
    if (type.getPlacement() == Placement::Clients) phases = std::max(phases, 1);
  }
  auto need = [&](Operation& op) {
    op.walk([&](Operation* inner) {
      for (Value operand : inner->getOperands()) live.insert(operand);
    });
  };
  auto count = [&](Value value, Placement side) {
    auto it = levels.find(value);
    if (it != levels.end() && side == Placement::Clients) phases = std::max(phases, it->second);
  };
  for (Operation& op : llvm::reverse(entry.getBody().front().without_terminator())) {
    if (auto map = llvm::dyn_cast<fed::MapOp>(op)) {
      mlir::Block& body = map.getBody().front();
      for (auto [result, value] :
           llvm::zip(map.getResults(), body.getTerminator()->getOperands())) {
        if (live.contains(result)) live.insert(value);
      }
      for (Operation& inner : llvm::reverse(body.without_terminator())) {
        if (!llvm::any_of(inner.getResults(), [&](Value r) { return live.contains(r); })) continue;
        need(inner);
        for (Value result : inner.getResults()) count(result, map.getPlacement());
      }
      for (auto [argument, operand] : llvm::zip(body.getArguments(), map.getOperands())) {
        if (live.contains(argument)) live.insert(operand);
      }
    } else if (live.contains(op.getResult(0))) {
      live.insert(op.getOperand(0));
      // Aggregating takes a client phase of its level, receiving one of its own.
      count(op.getResult(0), Placement::Clients);
    }
  }
  return phases;
}

mlir::MLIRContext& context() {
  static mlir::MLIRContext* instance = [] {
    mlir::DialectRegistry registry;
    registry.insert<fed::FedDialect, local::LocalDialect, mlir::func::FuncDialect>();
    auto* made = new mlir::MLIRContext(registry, mlir::MLIRContext::Threading::DISABLED);
    made->loadAllAvailableDialects();
    return made;
  }();
  return *instance;
}

// How far the random modules go, so that a test that tests little is noticed.
struct Reach {
  int several_phases = 0;  // modules of at least three client phases
  int kept = 0;            // modules that keep something
};

void check(uint32_t seed, bool means, Reach& reach) {
  std::string text = random_module(seed, means);
  SCOPED_TRACE("seed " + std::to_string(seed) + (means ? ", means" : "") + "\n" + text);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context());
  ASSERT_TRUE(module);
  mlir::PassManager expand(&context());
  expand.addPass(createFedExpandMeans());
  ASSERT_TRUE(mlir::succeeded(expand.run(*module)));
  auto entry = module->lookupSymbol<mlir::func::FuncOp>("f");
  Terms terms;
  Trace unsplit = evaluate_unsplit(entry, terms);
  int phases = means ? 0 : needed_phases(entry);

  mlir::PassManager split(&context());
  split.addPass(createFedSplit());
  ASSERT_TRUE(mlir::succeeded(split.run(*module)));
  auto program = module->lookupSymbol<fed::ProgramOp>("f");
  SCOPED_TRACE(print(program));
  Trace trace = evaluate_split(program, terms, means);
  EXPECT_EQ(trace.results, unsplit.results);
  EXPECT_EQ(trace.assertions, unsplit.assertions);
  int clients = 0;
  bool kept = false;
  for (auto phase : program.getOps<fed::PhaseOp>()) {
    clients += phase.getSide() == Placement::Clients;
    for (auto slot : phase.getOuts().getAsRange<fed::SlotAttr>()) {
      kept |= slot.getSpace() == Space::Kept;
    }
  }
  reach.several_phases += clients >= 3;
  reach.kept += kept;
  if (!means) EXPECT_EQ(clients, phases);
}

TEST(Split, KeepsItsPromises) {
  Reach reach;
  for (uint32_t seed = 0; seed < 250; ++seed) {
    check(seed, false, reach);
    if (HasFailure()) return;
  }
  EXPECT_GT(reach.several_phases, 15);
  EXPECT_GT(reach.kept, 30);
}

TEST(Split, KeepsItsPromisesWithMeans) {
  Reach reach;
  for (uint32_t seed = 0; seed < 250; ++seed) {
    check(seed, true, reach);
    if (HasFailure()) return;
  }
  EXPECT_GT(reach.several_phases, 15);
  EXPECT_GT(reach.kept, 30);
}

}  // namespace
}  // namespace fedc::split
