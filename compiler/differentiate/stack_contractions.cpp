// The pass `local-stack-contractions` (see Passes.td).
#include "compiler/differentiate/differentiate.h"
#include "compiler/differentiate/sizes.h"
#include "dialects/local/Local.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace fedc {

#define GEN_PASS_DEF_LOCALSTACKCONTRACTIONS
#include "compiler/differentiate/Passes.h.inc"

namespace {

using namespace mlir;

// A state of a loop that each step adds a product to.
struct Accumulator {
  size_t state;
  local::DotGeneralOp product;  // into the state
};

// The product that the step of a loop adds to the state, which nothing else reads; null where there
// is none.
local::DotGeneralOp product_into(Block& step, size_t state) {
  BlockArgument before = step.getArgument(1 + state);
  Value after = step.getTerminator()->getOperand(state);
  auto product = after.getDefiningOp<local::DotGeneralOp>();
  if (!before.hasOneUse() || !after.hasOneUse() || !product || product->getBlock() != &step ||
      product.getInto() != before)
    return {};
  return product;
}

bool has_all_steps(local::FoldOp loop) {
  DenseElementsAttr count;
  return !loop.getUntilFalse() && loop.getAtMost() && *loop.getAtMost() > 0 &&
         matchPattern(loop.getCount(), m_Constant(&count)) &&
         count.getSplatValue<int64_t>() == static_cast<int64_t>(*loop.getAtMost());
}

// Positive zeros, with which sums begin anyway.
bool is_zero(Value value) {
  DenseElementsAttr known;
  return matchPattern(value, m_Constant(&known)) && known.isSplat() &&
         isa<FloatType>(known.getElementType()) && known.getSplatValue<APFloat>().isPosZero();
}

// Dimensions of a step's value, in its stack.
SmallVector<int64_t> behind(ArrayRef<int64_t> dims) {
  return llvm::map_to_vector(dims, [](int64_t dim) { return dim + 1; });
}

RankedTensorType stacked(Type type, int64_t steps) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<local::Dim> dims = local::getDims(tensor);
  dims.insert(dims.begin(), local::Dim::fixed(steps));
  return local::makeTensorType(dims, tensor.getElementType());
}

// Values of a step, once for each step. They have one size in all steps.
class Stacks {
 public:
  Stacks(local::FoldOp loop, int64_t most_bytes)
      : loop_(loop), step_(loop.getBody().front()), most_bytes_(most_bytes) {
    if (!SizeRoots::has_open(loop.getBody())) return;
    Region* all = loop->getParentRegion();
    while (!all->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>())
      all = all->getParentRegion();
    roots_.look_at(*all);
  }

  // Whether there may be stacks of both; they are planned, then.
  bool plan(Value left, Value right) {
    int64_t more = 0;
    llvm::SetVector<Value> fresh;
    for (Value value : {left, right}) {
      if (value.getParentBlock() != &step_ || !has_one_size(value)) return false;
      if (!is_there(value) && !noted_.contains(value) && fresh.insert(value))
        more += bytes_of(value.getType());
    }
    if (bytes_ + more > most_bytes_) return false;
    bytes_ += more;
    noted_.insert(fresh.begin(), fresh.end());
    return true;
  }

  // Whether a product's results are made before the loop, all at once: one side is there for all
  // steps, the other is the same in each.
  bool plan_before(local::DotGeneralOp product) {
    auto type = cast<RankedTensorType>(product.getType());
    if (product.getInto() || !product.getLhsBatching().empty() || !has_one_size(product) ||
        !has_one_size(product.getLhs()) || !local::isFloat(type.getElementType()) ||
        !is_there(product.getLhs()) || !is_outside(product.getRhs()))
      return false;
    const int64_t more = bytes_of(type);
    if (bytes_ + more > most_bytes_) return false;
    bytes_ += more;
    return true;
  }

  ArrayRef<Value> noted() const { return noted_.getArrayRef(); }
  int64_t bytes() const { return bytes_; }
  int64_t steps() { return static_cast<int64_t>(*loop_.getAtMost()); }

  // Asked before the loop is rebuilt: the stack, perhaps with room for the largest, or null for
  // what is noted.
  Value is_there(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      const size_t first = 1 + loop_.getInit().size();
      const bool is_row = argument.getOwner() == &step_ && argument.getArgNumber() >= first;
      return is_row ? loop_.getRows()[argument.getArgNumber() - first] : Value();
    }
    auto take = value.getDefiningOp<local::TakeOp>();
    if (!take) return {};
    auto type = cast<RankedTensorType>(take.getOperand().getType());
    // The beginning of such a value, of one size.
    if (take.getBatch() == 0 &&
        local::areFirstPlaces(take.getIndices(), type.getDimSize(take.getDimension())))
      return has_one_size(value) && take.getOperand().getParentBlock() == &step_
                 ? is_there(take.getOperand())
                 : Value();
    // Row i of a tensor of as many rows as there are steps.
    if (take.getIndices() != step_.getArgument(0) || take.getDimension() != 0) return {};
    if (is_outside(take.getOperand()) && type.getDimSize(0) == steps()) return take.getOperand();
    return {};
  }

  // Sizes for `fitted`, built in front of the loop before it is rebuilt.
  SmallVector<Value> sizes_of(Value value) {
    OpBuilder before(loop_);
    SmallVector<Value> sizes;
    auto type = cast<RankedTensorType>(value.getType());
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d)) continue;
      const SizeRoots::Root root = roots_.root(value, d);
      auto [it, is_new] = sizes_.try_emplace({root.value, root.dim});
      if (is_new) it->second = roots_.outside(before, value.getLoc(), value, d, loop_.getBody());
      sizes.push_back(it->second);
    }
    return sizes;
  }

 private:
  bool is_outside(Value value) {
    return value.getParentRegion()->isAncestor(loop_->getParentRegion());
  }
  // Whether dimensions that the type leaves open have bounds, and sizes that are known before the
  // loop.
  bool has_one_size(Value value) {
    for (auto [i, dim] : llvm::enumerate(local::getDims(cast<RankedTensorType>(value.getType()))))
      if (dim.bound < 0 || (dim.is_unknown() && !roots_.is_outside(value, i, loop_.getBody())))
        return false;
    return true;
  }
  // Of the stack of values of this type, at its bounds; much more than any memory where that is
  // very much.
  int64_t bytes_of(Type type) {
    auto tensor = cast<RankedTensorType>(type);
    double bytes =
        static_cast<double>(steps()) * llvm::divideCeil(tensor.getElementTypeBitWidth(), 8);
    for (int64_t bound : local::getBounds(tensor)) bytes *= static_cast<double>(bound);
    return static_cast<int64_t>(std::min(bytes, 0x1p60));
  }

  local::FoldOp loop_;
  Block& step_;
  const int64_t most_bytes_;
  int64_t bytes_ = 0;
  llvm::SetVector<Value> noted_;
  SizeRoots roots_;
  llvm::DenseMap<std::pair<Value, int64_t>, Value> sizes_;  // by root
};

// The stack of all steps, of values of this type, which `whole` has room for.
Value fitted(OpBuilder& b, Location loc, Value whole, Type type, int64_t steps, ValueRange sizes) {
  return local::makeBeginning(b, loc, whole, stacked(type, steps), sizes);
}

// What took rows that are now read as they are.
void erase_dead(local::FoldOp loop) {
  for (Operation& op : llvm::make_early_inc_range(llvm::reverse(loop.getBody().front())))
    if (isOpTriviallyDead(&op)) op.erase();
}

// The loop with the results of the products, of all steps, as rows.
local::FoldOp move_before(local::FoldOp loop, ArrayRef<local::DotGeneralOp> products,
                          Stacks& stacks) {
  OpBuilder b(loop);
  SmallVector<Value> rows(loop.getRows());
  for (local::DotGeneralOp product : products) {
    Value left = product.getLhs(), all = stacks.is_there(left);
    const SmallVector<Value> sizes = stacks.sizes_of(left);
    all = fitted(b, product.getLoc(), all, left.getType(), stacks.steps(), sizes);
    rows.push_back(local::DotGeneralOp::create(
        b, product.getLoc(), stacked(product.getType(), stacks.steps()), all, product.getRhs(),
        Value(), ArrayRef<int64_t>{}, ArrayRef<int64_t>{}, behind(product.getLhsContracting()),
        product.getRhsContracting()));
  }
  auto with = local::FoldOp::create(b, loop.getLoc(), loop.getResultTypes(), loop.getCount(),
                                    loop.getInit(), rows, loop.getAtMostAttr(), loop.getReverse());
  with->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  with.getBody().takeBody(loop.getBody());
  Block& step = with.getBody().front();
  for (local::DotGeneralOp product : products) {
    product->replaceAllUsesWith(ValueRange(step.addArgument(product.getType(), product.getLoc())));
    product->erase();
  }
  erase_dead(with);
  loop->replaceAllUsesWith(with.getResults());
  loop->erase();
  return with;
}

// The loop without the accumulators, and their products, of all steps, behind it.
void move_behind(local::FoldOp loop, ArrayRef<Accumulator> accumulators, Stacks& stacks) {
  Location loc = loop.getLoc();
  Block& step = loop.getBody().front();
  const size_t states = loop.getInit().size();
  llvm::BitVector moved(states), arguments(step.getNumArguments());
  for (const Accumulator& a : accumulators) {
    moved.set(a.state);
    arguments.set(1 + a.state);
  }
  // What the products are of, as numbers of notes or as what is there.
  struct Product {
    local::DotGeneralOp of;
    struct Side {
      Value there;  // null: of a note
      size_t note;
      SmallVector<Value> sizes;
    };
    Side left, right;
  };
  SmallVector<Product> products;
  auto number = [&](Value value) {
    return static_cast<size_t>(llvm::find(stacks.noted(), value) - stacks.noted().begin());
  };
  auto side = [&](Value value) -> Product::Side {
    return {stacks.is_there(value), number(value), stacks.sizes_of(value)};
  };
  for (Accumulator a : accumulators)
    products.push_back({a.product, side(a.product.getLhs()), side(a.product.getRhs())});

  OpBuilder b(loop);
  SmallVector<Value> init, yielded;
  SmallVector<Type> types;
  for (auto [i, value] : llvm::enumerate(step.getTerminator()->getOperands())) {
    if (i < states && moved.test(i)) continue;
    if (i < states) init.push_back(loop.getInit()[i]);
    yielded.push_back(value);
    types.push_back(loop.getResult(i).getType());
  }
  for (Value value : stacks.noted()) {
    yielded.push_back(value);
    types.push_back(local::noteType(value.getType(), stacks.steps()));
  }
  step.getTerminator()->setOperands(yielded);
  auto rest = local::FoldOp::create(b, loc, types, loop.getCount(), init, loop.getRows(),
                                    loop.getAtMostAttr(), loop.getReverse());
  rest->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  rest.getBody().takeBody(loop.getBody());
  ValueRange notes = rest.getResults().take_back(stacks.noted().size());

  SmallVector<Value> results(loop.getNumResults());
  struct Turned {
    Value whole;
    Type of;
    SmallVector<Value> sizes;
    Value value;
  };
  SmallVector<Turned> reversed;
  for (auto [a, product] : llvm::zip_equal(accumulators, products)) {
    local::DotGeneralOp dot = product.of;
    auto all_steps = [&](const Product::Side& from, Value of) -> Value {
      Value whole = from.there ? from.there : notes[from.note];
      for (const Turned& turned : reversed)
        if (turned.whole == whole && turned.of == of.getType() && turned.sizes == from.sizes)
          return turned.value;
      Value value = fitted(b, dot.getLoc(), whole, of.getType(), stacks.steps(), from.sizes);
      if (loop.getReverse())
        value = local::ReverseOp::create(b, dot.getLoc(), value, ArrayRef<int64_t>{0});
      reversed.push_back({whole, of.getType(), from.sizes, value});
      return value;
    };
    Value sides[] = {all_steps(product.left, dot.getLhs()), all_steps(product.right, dot.getRhs())};
    auto with_steps = [&](ArrayRef<int64_t> dims) {
      SmallVector<int64_t> all = behind(dims);
      all.insert(all.begin(), 0);
      return all;
    };
    Value start = loop.getInit()[a.state];
    results[a.state] = local::DotGeneralOp::create(
        b, dot.getLoc(), dot.getType(), sides[0], sides[1], is_zero(start) ? Value() : start,
        behind(dot.getLhsBatching()), behind(dot.getRhsBatching()),
        with_steps(dot.getLhsContracting()), with_steps(dot.getRhsContracting()));
  }
  for (Product& product : products) product.of->erase();
  rest.getBody().front().eraseArguments(arguments);
  erase_dead(rest);
  size_t next = 0;
  for (Value& result : results)
    if (!result) result = rest.getResult(next++);
  loop->replaceAllUsesWith(results);
  loop->erase();
}

struct LocalStackContractions : impl::LocalStackContractionsBase<LocalStackContractions> {
  using LocalStackContractionsBase::LocalStackContractionsBase;

  void runOnOperation() override {
    SmallVector<local::FoldOp> loops;  // post-order: innermost first
    getOperation()->walk([&](local::FoldOp op) { loops.push_back(op); });
    for (local::FoldOp loop : loops) {
      int64_t most = mostStored;
      const bool may_move = has_all_steps(loop);
      if (may_move) {
        Stacks stacks(loop, most);
        SmallVector<local::DotGeneralOp> products;
        for (auto product : loop.getBody().front().getOps<local::DotGeneralOp>())
          if (stacks.plan_before(product)) products.push_back(product);
        most -= stacks.bytes();
        if (!products.empty()) loop = move_before(loop, products, stacks);
      }
      Block& step = loop.getBody().front();
      SmallVector<Accumulator> accumulators;
      Stacks stacks(loop, most);
      for (size_t i = 0; i < loop.getInit().size(); ++i) {
        local::DotGeneralOp product = may_move ? product_into(step, i) : local::DotGeneralOp();
        if (product && stacks.plan(product.getLhs(), product.getRhs()))
          accumulators.push_back({i, product});
      }
      if (!accumulators.empty()) move_behind(loop, accumulators, stacks);
    }
  }
};

}  // namespace
}  // namespace fedc
