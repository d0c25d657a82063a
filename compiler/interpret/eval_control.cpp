// Control, calls and sequences.
#include "compiler/interpret/eval.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "runtime/data/threefry.h"

namespace fedc::interpret {
namespace {

std::vector<Value> copies(const std::vector<const Value*>& values, size_t first = 0) {
  std::vector<Value> result;
  for (size_t i = first; i < values.size(); ++i) result.push_back(*values[i]);
  return result;
}

// The leaves of `elements` stacked along a new first dimension. Empty where two of them differ in
// size.
std::optional<Element> stack(const std::vector<Element>& elements) {
  Element result;
  for (size_t leaf = 0; leaf < elements[0].size(); ++leaf) {
    Tensor stacked = Tensor::zeros(elements[0][leaf].element, {0});
    stacked.dims = elements[0][leaf].dims;
    stacked.dims.insert(stacked.dims.begin(), elements.size());
    for (const Element& element : elements) {
      if (element[leaf].dims != elements[0][leaf].dims) return std::nullopt;
      stacked.bytes.insert(stacked.bytes.end(), element[leaf].bytes.begin(),
                           element[leaf].bytes.end());
    }
    result.push_back(std::move(stacked));
  }
  return result;
}

Tensor row_of(const Tensor& stack, int64_t row) {
  Tensor one = Tensor::zeros(stack.element, {0});
  one.dims.assign(stack.dims.begin() + 1, stack.dims.end());
  const size_t bytes = stack.bytes.size() / stack.dims[0];
  one.bytes.assign(stack.bytes.begin() + row * bytes, stack.bytes.begin() + (row + 1) * bytes);
  return one;
}

Sequence rows_of(const std::vector<const Value*>& operands) {
  std::vector<Tensor> stacks;
  for (const Value* operand : operands) stacks.push_back(std::get<Tensor>(*operand));
  return [stacks](const auto& visit) {
    for (int64_t row = 0; row < stacks[0].dims[0]; ++row) {
      Element element;
      for (const Tensor& stack : stacks) element.push_back(row_of(stack, row));
      if (!visit([&] { return element; })) return;
    }
  };
}

// What the steps of a loop note, before the first one.
std::vector<Value> no_notes(mlir::TypeRange types) {
  std::vector<Value> notes;
  for (const mlir::Type type : types) {
    const auto tensor = mlir::cast<mlir::RankedTensorType>(type);
    notes.emplace_back(
        Tensor::zeros(element_type(tensor.getElementType()), tensor.getShape().vec()));
  }
  return notes;
}

// Copies `note` to the beginning, in each dimension, of the place for it, of `row`'s dimensions.
void write_beginning(const Tensor& note, const std::vector<int64_t>& row, uint8_t* place) {
  const size_t rank = note.dims.size(), element = fedrt::element_size(note.element);
  if (note.dims == row) {
    std::copy(note.bytes.begin(), note.bytes.end(), place);
    return;
  }
  std::vector<int64_t> at(rank);
  for (size_t from = 0; from < note.bytes.size(); from += element) {
    int64_t to = 0;
    for (size_t d = 0; d < rank; ++d) to = to * row[d] + at[d];
    std::copy_n(note.bytes.begin() + from, element, place + to * element);
    for (size_t d = rank; d-- > 0 && ++at[d] == note.dims[d];) at[d] = 0;
  }
}

// Moves what step i yields behind its states to row i of the notes.
void take_notes(std::vector<Value>& yielded, size_t states, int64_t i, std::vector<Value>& notes) {
  for (size_t n = 0; n < notes.size(); ++n) {
    Tensor& all = std::get<Tensor>(notes[n]);
    const std::vector<int64_t> row(all.dims.begin() + 1, all.dims.end());
    write_beginning(std::get<Tensor>(yielded[states + n]), row,
                    all.bytes.data() + i * (all.bytes.size() / all.dims[0]));
  }
  yielded.resize(states);
}

int64_t count_of(const Value& value) { return integer(std::get<Tensor>(value)); }

Sequence take(const Sequence& from, int64_t count) {
  return [count, from](const auto& visit) {
    if (count <= 0) return;
    int64_t taken = 0;
    from([&](const LazyElement& element) { return visit(element) && ++taken < count; });
  };
}

Sequence skip(const Sequence& from, int64_t count) {
  return [count, from](const auto& visit) {
    int64_t left = count;
    from([&](const LazyElement& element) { return left-- > 0 || visit(element); });
  };
}

// `failed` tells of what made a pass end early.
Sequence repeat(const Sequence& from, int64_t count, const std::optional<Failure>& failed) {
  return [count, from, &failed](const auto& visit) {
    bool more = true;
    for (int64_t i = 0; i < count && more && !failed; ++i) {
      bool any = false;
      from([&](const LazyElement& element) {
        any = true;
        return more = visit(element);
      });
      if (!any) return;  // however often it is repeated
    }
  };
}

// The leaves of `first`, then those of `second`.
LazyElement joined(const LazyElement& first, const LazyElement& second) {
  return [first, second]() -> std::optional<Element> {
    std::optional<Element> result = first();
    if (!result) return std::nullopt;
    const std::optional<Element> rest = second();
    if (!rest) return std::nullopt;
    result->insert(result->end(), rest->begin(), rest->end());
    return result;
  };
}

Sequence enumerate(const Sequence& from) {
  return [from](const auto& visit) {
    int64_t number = 0;
    from([&](const LazyElement& element) {
      const Tensor index = Tensor::scalar<int64_t>(number++);
      return visit(joined([index] { return Element{index}; }, element));
    });
  };
}

// For each element of one sequence, the one at its place in the other is looked for from the start.
Sequence zip(const Sequence& lhs, const Sequence& rhs) {
  return [lhs, rhs](const auto& visit) {
    int64_t place = 0;
    lhs([&](const LazyElement& left) {
      bool more = false;
      take(skip(rhs, place++),
           1)([&](const LazyElement& right) { return more = visit(joined(left, right)); });
      return more;
    });
  };
}

// The interpretation of local.sequence_shuffle. An element is computed when it comes into the
// buffer.
Sequence shuffle(const Sequence& from, uint64_t size, uint64_t key,
                 const std::optional<Failure>& failed) {
  return [from, size, key, &failed](const auto& visit) {
    std::vector<Element> buffer;
    uint64_t drawn = 0;
    bool more = true;
    const auto draw = [&] {
      std::swap(buffer[fedrt::threefry(key, drawn++) % buffer.size()], buffer.back());
      const Element element = std::move(buffer.back());
      buffer.pop_back();
      return more = visit([element] { return element; });
    };
    from([&](const LazyElement& lazy) {
      std::optional<Element> element = lazy();
      if (!element) return more = false;
      buffer.push_back(*std::move(element));
      return buffer.size() < size || draw();
    });
    while (more && !failed && !buffer.empty()) draw();
  };
}

Sequence concatenate(const Sequence& lhs, const Sequence& rhs,
                     const std::optional<Failure>& failed) {
  return [lhs, rhs, &failed](const auto& visit) {
    bool more = true;
    lhs([&](const LazyElement& element) { return more = visit(element); });
    if (more && !failed) rhs(visit);
  };
}

}  // namespace

Value from_leaf(const fedrt::LeafValue& leaf, mlir::Type type) {
  if (!mlir::isa<local::SequenceType>(type)) return leaf.tensor;
  return Sequence([elements = leaf.elements](const auto& visit) {
    for (const Element& element : elements) {
      if (!visit([&] { return element; })) return;
    }
  });
}

fedrt::LeafValue to_leaf(const Value& value) {
  fedrt::LeafValue leaf;
  if (const Tensor* tensor = std::get_if<Tensor>(&value)) {
    leaf.tensor = *tensor;
  } else {
    std::get<Sequence>(value)([&](const LazyElement& lazy) {
      const std::optional<Element> element = lazy();
      if (element) leaf.elements.push_back(*element);
      return element.has_value();
    });
  }
  return leaf;
}

Evaluator::Results Evaluator::control(mlir::Operation& op, const Operands& operands,
                                      const ScopePtr& scope) {
  if (auto assertion = mlir::dyn_cast<local::AssertOp>(op)) {
    if (integer(std::get<Tensor>(*operands[0])) == 0) {
      fail(FED_ASSERTION, op.getLoc(), assertion.getMessage().str());
      return std::nullopt;
    }
    return std::vector<Value>{};
  }
  if (auto debug = mlir::dyn_cast<local::DebugOp>(op)) {
    show(debug, std::get<Tensor>(*operands[0]));
    return std::vector<Value>{};
  }
  if (auto call = mlir::dyn_cast<mlir::func::CallOp>(op)) {
    auto callee =
        mlir::SymbolTable::lookupNearestSymbolFrom<mlir::func::FuncOp>(&op, call.getCalleeAttr());
    if (callee && !callee.isExternal()) return run(callee.getBody().front(), copies(operands));
    fail(FED_BAD_CALL, op.getLoc(), "no function `" + call.getCallee().str() + "`");
    return std::nullopt;
  }
  if (auto branch = mlir::dyn_cast<local::IfOp>(op)) {
    const bool condition = integer(std::get<Tensor>(*operands[0])) != 0;
    return run((condition ? branch.getThenRegion() : branch.getElseRegion()).front(), {}, scope);
  }
  if (auto fold = mlir::dyn_cast<local::FoldOp>(op)) return iterate(fold, operands, scope);
  return sequence(op, operands, scope);
}

Evaluator::Results Evaluator::iterate(local::FoldOp fold, const Operands& operands,
                                      const ScopePtr& scope) {
  const int64_t count = integer(std::get<Tensor>(*operands[0]));
  const size_t states = fold.getInit().size(), rows = fold.getRows().size();
  if (fold.getAtMost() && count > static_cast<int64_t>(*fold.getAtMost())) {
    fail(FED_BAD_SIZE, fold.getLoc(), "more steps than `at_most`");
    return std::nullopt;
  }
  std::vector<Value> state;
  for (size_t i = 0; i < states; ++i) state.push_back(*operands[1 + i]);
  std::vector<Value> notes = no_notes(fold.getResults().drop_front(states).getTypes());
  for (int64_t step = 0; step < count; ++step) {
    if (fold.getUntilFalse() && integer(std::get<Tensor>(state[0])) == 0) break;
    const int64_t i = fold.getReverse() ? count - 1 - step : step;
    std::vector<Value> arguments = {Tensor::scalar<int64_t>(i)};
    std::move(state.begin(), state.end(), std::back_inserter(arguments));
    for (size_t r = 0; r < rows; ++r) {
      arguments.emplace_back(row_of(std::get<Tensor>(*operands[1 + states + r]), i));
    }
    auto next = run(fold.getBody().front(), std::move(arguments), scope);
    if (!next) return std::nullopt;
    take_notes(*next, states, i, notes);
    state = std::move(*next);
  }
  std::move(notes.begin(), notes.end(), std::back_inserter(state));
  return state;
}

Evaluator::Results Evaluator::sequence(mlir::Operation& op, const Operands& operands,
                                       const ScopePtr& scope) {
  if (mlir::isa<local::SequenceRowsOp>(op)) return std::vector<Value>{rows_of(operands)};
  const Sequence* source = operands.empty() ? nullptr : std::get_if<Sequence>(operands[0]);
  if (!source) {
    fail(FED_BAD_CALL, op.getLoc(),
         "the interpreter does not know `" + op.getName().getStringRef().str() + "`");
    return std::nullopt;
  }
  if (auto fold = mlir::dyn_cast<local::SequenceReduceOp>(op)) {
    std::vector<Value> accumulator = copies(operands, 1);
    const size_t states = accumulator.size();
    std::vector<Value> notes = no_notes(fold.getResults().drop_front(states).getTypes());
    int64_t steps = 0;
    (*source)([&](const LazyElement& lazy) {
      if (fold.getAtMost() && steps == static_cast<int64_t>(*fold.getAtMost())) {
        fail(FED_BAD_SIZE, fold.getLoc(), "more elements than `at_most`");
        return false;
      }
      const std::optional<Element> element = lazy();
      if (!element) return false;
      std::vector<Value> arguments = std::move(accumulator);
      arguments.insert(arguments.end(), element->begin(), element->end());
      auto next = run(fold.getBody().front(), std::move(arguments), scope);
      if (!next) return false;
      take_notes(*next, states, steps++, notes);
      accumulator = std::move(*next);
      return true;
    });
    if (failure_) return std::nullopt;
    std::move(notes.begin(), notes.end(), std::back_inserter(accumulator));
    return accumulator;
  }
  if (const std::optional<Sequence> made = stage(op, operands, scope))
    return std::vector<Value>{*made};
  fail(FED_BAD_CALL, op.getLoc(),
       "the interpreter does not know `" + op.getName().getStringRef().str() + "`");
  return std::nullopt;
}

// What a lazy operation gives, nothing for one that is not known.
std::optional<Sequence> Evaluator::stage(mlir::Operation& op, const Operands& operands,
                                         const ScopePtr& scope) {
  const Sequence& from = std::get<Sequence>(*operands[0]);
  if (mlir::isa<local::SequenceTakeOp>(op)) return take(from, count_of(*operands[1]));
  if (mlir::isa<local::SequenceSkipOp>(op)) return skip(from, count_of(*operands[1]));
  if (mlir::isa<local::SequenceRepeatOp>(op)) return repeat(from, count_of(*operands[1]), failure_);
  if (mlir::isa<local::SequenceEnumerateOp>(op)) return enumerate(from);
  if (mlir::isa<local::SequenceZipOp>(op)) return zip(from, std::get<Sequence>(*operands[1]));
  if (mlir::isa<local::SequenceConcatenateOp>(op))
    return concatenate(from, std::get<Sequence>(*operands[1]), failure_);
  if (auto shuffled = mlir::dyn_cast<local::SequenceShuffleOp>(op))
    return shuffle(from, shuffled.getSize(), std::get<Tensor>(*operands[1]).as<uint64_t>()[0],
                   failure_);
  if (auto batch = mlir::dyn_cast<local::SequenceBatchOp>(op))
    return batches(from, batch.getSize(), batch.getDropRemainder(), op.getLoc());
  if (auto map = mlir::dyn_cast<local::SequenceMapOp>(op)) {
    mlir::Block* body = &map.getBody().front();
    cyclic_.push_back(scope);
    return Sequence([this, body, scope, from](const auto& visit) {
      from([&](const LazyElement& given) {
        return visit([this, body, scope, given]() -> std::optional<Element> {
          const std::optional<Element> element = given();
          if (!element) return std::nullopt;
          auto yielded = run(*body, {element->begin(), element->end()}, scope);
          if (!yielded) return std::nullopt;
          Element mapped;
          for (Value& value : *yielded) mapped.push_back(std::get<Tensor>(std::move(value)));
          return mapped;
        });
      });
    });
  }
  if (auto filter = mlir::dyn_cast<local::SequenceFilterOp>(op)) {
    mlir::Block* body = &filter.getBody().front();
    cyclic_.push_back(scope);
    return Sequence([this, body, scope, from](const auto& visit) {
      from([&](const LazyElement& given) {
        const std::optional<Element> element = given();
        if (!element) return false;
        const auto wanted = run(*body, {element->begin(), element->end()}, scope);
        if (!wanted) return false;
        return integer(std::get<Tensor>(wanted->front())) == 0 || visit([&] { return element; });
      });
    });
  }
  return std::nullopt;
}

Sequence Evaluator::batches(const Sequence& from, size_t size, bool drop_remainder,
                            mlir::Location location) {
  return [this, from, size, drop_remainder, location](const auto& visit) {
    std::vector<Element> group;
    bool more = true;
    const auto flush = [&] {
      const std::optional<Element> stacked = stack(group);
      group.clear();
      if (!stacked) fail(FED_BAD_SIZE, location, "elements of a batch differ in size");
      return more = stacked && visit([&] { return stacked; });
    };
    from([&](const LazyElement& lazy) {
      const std::optional<Element> element = lazy();
      if (!element) return more = false;
      group.push_back(*element);
      return group.size() < size || flush();
    });
    if (more && !failure_ && !group.empty() && !drop_remainder) flush();
  };
}

}  // namespace fedc::interpret
