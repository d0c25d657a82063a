// fed-phases-to-functions: phases, folds and selections become functions over a fed_frame.
#include <array>

#include "compiler/lower/lower.h"
#include "compiler/lower/lowering.h"
#include "compiler/lower/passes.h"
#include "compiler/lower/support.h"
#include "compiler/manifest/manifest.h"
#include "compiler/split/sites.h"
#include "dialects/fed/Fed.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "runtime/abi/fed_abi.h"

namespace fedc {

std::string phase_symbol(llvm::StringRef program, Side side, int64_t level) {
  return (program + (side == Side::kClient ? ".client." : ".server.") + llvm::Twine(level)).str();
}

std::string fold_symbol(llvm::StringRef program, int64_t level, size_t index,
                        llvm::StringRef function) {
  return (program + ".fold." + llvm::Twine(level) + "." + llvm::Twine(index) + "." + function)
      .str();
}

std::string selection_symbol(llvm::StringRef program, int64_t level) {
  return (program + ".selection." + llvm::Twine(level)).str();
}

namespace lower {

#define GEN_PASS_DEF_FEDPHASESTOFUNCTIONSPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;
using fed::proto::Layout;

// The pointers of a fed_frame, in its order.
enum Field {
  kParams,
  kInput,
  kMessageIn,
  kMessageOut,
  kKept,
  kResult,
  kStateIn,
  kStateOut,
  kFields
};
static_assert(offsetof(fed_frame, params) == 8 &&
              offsetof(fed_frame, state_out) == 8 + 8 * kStateOut);

// The layouts behind a frame's pointers.
using Layouts = std::array<const Layout*, kFields>;

// A block over slots of a frame: its arguments and what it yields.
struct Code {
  Block* body;
  SmallVector<fed::SlotAttr> ins, outs;
};

// Makes a function over a frame of blocks, one after the other.
class CodeLowering {
 public:
  CodeLowering(const Layouts& layouts, const fed::proto::Manifest& manifest,
               const split::SiteTable& sites, const TileProfile& tiles)
      : layouts_(layouts), manifest_(manifest), sites_(sites), tiles_(tiles) {}

  LogicalResult run(OpBuilder& b, Location loc, StringRef name, ArrayRef<Code> code) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    auto function =
        func::FuncOp::create(b, loc, name, b.getFunctionType({pointer}, {b.getI32Type()}));
    OpBuilder::InsertionGuard guard(b);
    Block* entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    Value frame = entry->getArgument(0);
    Lowering lowering(
        b, frame, [&](Location at, StringRef message) { return sites_.index(at, message); },
        [&](Lowering& l, local::ParamOp op) { return load_param(l, op); }, tiles_);
    lowering.call(b, loc, "fed.begin", {frame}, {});
    load_bases(lowering, loc);
    for (const Code& one : code) {
      for (auto [argument, slot] : llvm::zip_equal(one.body->getArguments(), one.ins)) {
        FailureOr<Lowered> value = load(lowering, argument, slot);
        if (failed(value)) return failure();
        lowering.map(argument, *value);
      }
      Operation* yield = one.body->getTerminator();
      offer_places(lowering, yield->getOperands(), one.outs);
      if (failed(lowering.lower_block(*one.body))) return failure();
      for (auto [value, slot] : llvm::zip_equal(yield->getOperands(), one.outs))
        if (slot && failed(store(lowering, value, slot))) return failure();
    }
    Value status = lowering.call(b, loc, "fed.status", {frame}, b.getI32Type());
    func::ReturnOp::create(b, loc, status);
    cursors = lowering.cursors;
    return success();
  }

  SmallVector<uint32_t> cursors;

 private:
  const Layout& layout(Field field) const { return *layouts_[field]; }
  static Field field_of(fed::Space space, bool out) {
    switch (space) {
      case fed::Space::Message:
        return out ? kMessageOut : kMessageIn;
      case fed::Space::Kept:
        return kKept;
      case fed::Space::Result:
        return kResult;
      case fed::Space::State:
        return out ? kStateOut : kStateIn;
      default:
        return kInput;
    }
  }

  // All pointers at the entry, where they dominate every use; unused loads vanish.
  void load_bases(Lowering& l, Location loc) {
    auto pointer = LLVM::LLVMPointerType::get(l.b.getContext());
    for (int field = 0; field < kFields; ++field) {
      Value at = LLVM::GEPOp::create(l.b, loc, pointer, l.b.getI8Type(), l.frame,
                                     ArrayRef<LLVM::GEPArg>{8 + 8 * field});
      Value base = LLVM::LoadOp::create(l.b, loc, pointer, at);
      int64_t bytes = layout(static_cast<Field>(field)).bytes();
      bases_.push_back(l.bytes_at(loc, base, bytes));
    }
  }

  Value sizes_of(Lowering& l, Location loc, Field field, const fed::proto::Leaf& leaf,
                 int64_t unknown) {
    auto type = MemRefType::get({unknown}, l.b.getI64Type());
    return memref::ViewOp::create(l.b, loc, type, bases_[field],
                                  l.index_constant(loc, leaf.dims_offset()), ValueRange{});
  }

  FailureOr<Lowered> load_leaf(Lowering& l, Location loc, Type type, Field field,
                               const fed::proto::Leaf& leaf) {
    FailureOr<Home> home = Home::of(l, loc, type);
    if (failed(home)) return failure();
    Lowered value;
    value.bounds = home->bounds;
    Values unknown;
    Value sizes = home->unknown() ? sizes_of(l, loc, field, leaf, home->unknown()) : Value();
    for (auto [size, bound] : llvm::zip_equal(home->shape, home->bounds)) {
      if (!ShapedType::isDynamic(size)) {
        value.sizes.push_back(l.b.getIndexAttr(size));
        continue;
      }
      Value actual = memref::LoadOp::create(l.b, loc, sizes, l.index_constant(loc, unknown.size()));
      Value most = l.constant(loc, l.b.getI64Type(), bound);
      Value bad = arith::CmpIOp::create(l.b, loc, arith::CmpIPredicate::ugt, actual, most);
      l.fail_if(loc, bad, FED_BAD_SIZE, actual, l.beyond(loc, most));
      Value zero = l.constant(loc, l.b.getI64Type(), 0);
      actual = arith::SelectOp::create(l.b, loc, bad, zero, actual);
      unknown.push_back(arith::IndexCastOp::create(l.b, loc, l.b.getIndexType(), actual));
      value.sizes.push_back(unknown.back());
    }
    return l.load_packed(loc, bases_[field], leaf.offset(), *home, value, unknown);
  }

  Lowered load_param(Lowering& l, local::ParamOp op) {
    for (auto [param, leaf] : llvm::zip(manifest_.params(), manifest_.param_layout().leaves()))
      if (param.name() == op.getName())
        return *load_leaf(l, op.getLoc(), op.getType(), kParams, leaf);
    llvm_unreachable("a verified module declares its parameters");
  }

  FailureOr<Lowered> load(Lowering& l, BlockArgument argument, fed::SlotAttr slot) {
    if (slot.getSpace() == fed::Space::Sequence) {
      Lowered value;
      value.sequence = slot.getIndex();
      return value;
    }
    Field field = field_of(slot.getSpace(), false);
    return load_leaf(l, argument.getLoc(), argument.getType(), field,
                     layout(field).leaves(slot.getIndex()));
  }

  // Where a leaf of known size goes; at the entry, so that it may be computed there
  // (bufferize.cpp).
  Value place_of(Lowering& l, Location loc, Field field, const fed::proto::Leaf& leaf,
                 const Home& home, Type memory) {
    OpBuilder::InsertionGuard guard(l.b);
    l.b.setInsertionPointAfter(bases_.back().getDefiningOp());
    return memref::ViewOp::create(l.b, loc, MemRefType::get(home.shape, memory), bases_[field],
                                  l.index_constant(loc, leaf.offset()), ValueRange{});
  }

  // What is sent and what a computation gives may be made where it goes: nothing reads from there,
  // as it may from what is kept and from the state of a fold.
  void offer_places(Lowering& l, ValueRange values, ArrayRef<fed::SlotAttr> slots) {
    for (auto [value, slot] : llvm::zip_equal(values, slots)) {
      if (!slot || !value.getDefiningOp() || l.offered(value).memory) continue;
      if (slot.getSpace() != fed::Space::Message && slot.getSpace() != fed::Space::Result) continue;
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type || type.getRank() == 0 || !type.hasStaticShape() ||
          type.getElementType().isInteger(1))
        continue;
      Field field = field_of(slot.getSpace(), true);
      FailureOr<Home> home = Home::of(l, value.getLoc(), type);
      if (failed(home)) continue;
      Value place = place_of(l, value.getLoc(), field, layout(field).leaves(slot.getIndex()), *home,
                             home->element);
      l.offer(value, {place, {}, {}});
      places_[slot] = place;
    }
  }

  LogicalResult store(Lowering& l, Value value, fed::SlotAttr slot) {
    Location loc = value.getLoc();
    OpBuilder& b = l.b;
    Field field = field_of(slot.getSpace(), true);
    const fed::proto::Leaf& leaf = layout(field).leaves(slot.getIndex());
    FailureOr<Home> home = Home::of(l, loc, value.getType());
    if (failed(home)) return failure();
    bool is_bool = home->element.isInteger(1);
    Type memory = is_bool ? b.getI8Type() : home->element;
    Value offset = l.index_constant(loc, leaf.offset());
    Lowered lowered = l.get(value);
    auto byte = [&](Location at, Value v) -> Value {
      return arith::ExtUIOp::create(b, at, b.getI8Type(), v);
    };
    if (home->is_scalar()) {
      Value view = memref::ViewOp::create(b, loc, MemRefType::get({}, memory), bases_[field],
                                          offset, ValueRange{});
      memref::StoreOp::create(b, loc, is_bool ? byte(loc, lowered.value) : lowered.value, view,
                              ValueRange{});
      return success();
    }
    Values unknown;
    Lowered fitted = home->fit(l, loc, lowered, unknown);
    if (is_bool)
      fitted = l.generic(loc, fitted, memory, {fitted}, {},
                         [&](OpBuilder&, Location at, ValueRange v) { return byte(at, v[0]); });
    if (!home->unknown()) {
      Value place = places_.lookup(slot);
      if (!place) place = place_of(l, loc, field, leaf, *home, memory);
      auto tensor = fitted.value.getDefiningOp<bufferization::ToTensorOp>();
      if (!tensor || tensor.getBuffer() != place) l.write(loc, fitted.value, place);
      return success();
    }
    Value view = memref::ViewOp::create(b, loc, MemRefType::get(home->shape, memory), bases_[field],
                                        offset, unknown);
    l.write(loc, fitted.value, view);
    // The sizes, and zeros where a larger value would go on.
    Value sizes = sizes_of(l, loc, field, leaf, home->unknown());
    Value used = l.index_constant(loc, 1);
    for (OpFoldResult size : fitted.sizes)
      used = arith::MulIOp::create(b, loc, used, l.index(loc, size));
    for (auto [i, size] : llvm::enumerate(unknown))
      memref::StoreOp::create(b, loc, arith::IndexCastOp::create(b, loc, b.getI64Type(), size),
                              sizes, l.index_constant(loc, i));
    int64_t room = 1;
    for (int64_t bound : home->bounds) room *= bound;
    Value all = memref::ViewOp::create(b, loc, MemRefType::get({room}, memory), bases_[field],
                                       offset, ValueRange{});
    Value zero = l.constant(loc, memory, 0);
    scf::ForOp::create(b, loc, used, l.index_constant(loc, room), l.index_constant(loc, 1), {},
                       [&](OpBuilder& inner, Location at, Value i, ValueRange) {
                         memref::StoreOp::create(inner, at, zero, all, i);
                         scf::YieldOp::create(inner, at);
                       });
    return success();
  }

  const Layouts& layouts_;
  const fed::proto::Manifest& manifest_;
  const split::SiteTable& sites_;
  const TileProfile& tiles_;
  Values bases_;
  llvm::DenseMap<Attribute, Value> places_;  // by slot: what was offered
};

SmallVector<fed::SlotAttr> slots_of(ArrayAttr slots) {
  return llvm::to_vector(slots.getAsRange<fed::SlotAttr>());
}

// All functions of one program and side.
class ProgramLowering {
 public:
  ProgramLowering(fed::ProgramOp program, bool server, const fed::proto::Manifest& manifest,
                  const fed::proto::Computation& computation, const split::SiteTable& sites,
                  const TileProfile& tiles)
      : program_(program),
        server_(server),
        manifest_(manifest),
        computation_(computation),
        sites_(sites),
        tiles_(tiles) {}

  LogicalResult run(OpBuilder& b) {
    b.setInsertionPoint(program_);
    for (auto phase : program_.getOps<fed::PhaseOp>())
      if ((phase.getSide() == fed::Placement::Server) == server_ && failed(lower(b, phase)))
        return failure();
    if (!server_) return success();
    llvm::DenseMap<int64_t, size_t> folds;
    for (auto fold : program_.getOps<fed::FoldOp>())
      if (failed(lower(b, fold, folds[fold.getLevel()]++))) return failure();
    for (const fed::proto::Selection& selection : computation_.selections())
      if (failed(lower(b, selection))) return failure();
    return success();
  }

  SmallVector<int32_t> cursors;  // the most of any phase, by sequence

 private:
  Layouts layouts(const fed::proto::Side& side) const {
    Layouts layouts;
    layouts.fill(&nothing_);
    layouts[kParams] = &manifest_.param_layout();
    layouts[kInput] = &side.input();
    layouts[kKept] = &side.kept();
    layouts[kResult] = &side.result();
    layouts[kStateIn] = layouts[kStateOut] = &side.state();
    return layouts;
  }

  LogicalResult lower(OpBuilder& b, fed::PhaseOp phase) {
    const fed::proto::Side& side = server_ ? computation_.server() : computation_.client();
    // A server's steps are numbered from 0, a client's phases from 1.
    const fed::proto::Phase& messages = side.phases(phase.getLevel() - (server_ ? 0 : 1));
    Layouts all = layouts(side);
    all[kMessageIn] = &messages.message_in();
    all[kMessageOut] = &messages.message_out();
    CodeLowering lowering(all, manifest_, sites_, tiles_);
    Code code{&phase.getBody().front(), slots_of(phase.getIns()), slots_of(phase.getOuts())};
    Side which = server_ ? Side::kServer : Side::kClient;
    if (failed(lowering.run(b, phase.getLoc(),
                            phase_symbol(program_.getSymName(), which, phase.getLevel()), code)))
      return failure();
    cursors.resize(std::max(cursors.size(), lowering.cursors.size()));
    for (auto [i, count] : llvm::enumerate(lowering.cursors))
      cursors[i] = std::max<int32_t>(cursors[i], count);
    return success();
  }

  // Leaves 0, 1, ... of a layout.
  static SmallVector<fed::SlotAttr> all_of(Operation* op, fed::Space space, int count) {
    SmallVector<fed::SlotAttr> slots;
    for (int i = 0; i < count; ++i)
      slots.push_back(fed::SlotAttr::get(op->getContext(), space, i, ""));
    return slots;
  }
  // Leaves of a message; null where it is -1.
  static SmallVector<fed::SlotAttr> messages(Operation* op, ArrayRef<int64_t> leaves) {
    SmallVector<fed::SlotAttr> slots;
    for (int64_t leaf : leaves)
      slots.push_back(leaf < 0
                          ? fed::SlotAttr()
                          : fed::SlotAttr::get(op->getContext(), fed::Space::Message, leaf, ""));
    return slots;
  }

  LogicalResult lower(OpBuilder& b, fed::FoldOp fold, size_t index) {
    int64_t level = fold.getLevel();
    const Layout* accumulator = nullptr;
    for (const fed::proto::Aggregation& aggregation : computation_.aggregations())
      if (aggregation.level() == level)
        accumulator = &aggregation.folds(static_cast<int>(index)).accumulator();
    int count = accumulator->leaves_size();
    SmallVector<fed::SlotAttr> state = all_of(fold, fed::Space::State, count), with_value = state,
                               with_other = state;
    llvm::append_range(with_value, messages(fold, fold.getValues()));
    llvm::append_range(with_other, all_of(fold, fed::Space::Message, count));
    const Layout& upload = computation_.client().phases(level - 1).message_out();
    const Layout& results = computation_.server().phases(level).message_in();
    Code codes[] = {{&fold.getZero().front(), {}, state},
                    {&fold.getAccumulate().front(), with_value, state},
                    {&fold.getMerge().front(), with_other, state},
                    {&fold.getReport().front(), state, messages(fold, fold.getResults())}};
    const Layout* arrives[] = {&nothing_, &upload, accumulator, &nothing_};
    for (size_t i = 0; i < std::size(codes); ++i) {
      Layouts all;
      all.fill(&nothing_);
      all[kParams] = &manifest_.param_layout();
      all[kStateIn] = all[kStateOut] = accumulator;
      all[kMessageIn] = arrives[i];
      all[kMessageOut] = &results;
      std::string name = fold_symbol(program_.getSymName(), level, index, kFoldFunctions[i]);
      if (failed(
              CodeLowering(all, manifest_, sites_, tiles_).run(b, fold.getLoc(), name, codes[i])))
        return failure();
    }
    return success();
  }

  LogicalResult lower(OpBuilder& b, const fed::proto::Selection& selection) {
    Layouts all = layouts(computation_.server());
    all[kMessageIn] = &selection.keys();
    all[kMessageOut] = &computation_.client().phases(selection.level()).message_in();
    SmallVector<Code> codes;
    for (auto op : program_.getOps<fed::SelectionOp>()) {
      if (op.getLevel() != selection.level()) continue;
      Code code{&op.getBody().front(), slots_of(op.getIns()), slots_of(op.getOuts())};
      for (fed::SlotAttr& slot : code.ins) {
        if (slot.getSpace() != fed::Space::Message) continue;
        // Of the upload only the keys are kept.
        auto at = llvm::find(selection.upload_leaves(), slot.getIndex());
        slot = fed::SlotAttr::get(op.getContext(), fed::Space::Message,
                                  at - selection.upload_leaves().begin(), slot.getName());
      }
      codes.push_back(std::move(code));
    }
    return CodeLowering(all, manifest_, sites_, tiles_)
        .run(b, program_.getLoc(), selection_symbol(program_.getSymName(), selection.level()),
             codes);
  }

  fed::ProgramOp program_;
  bool server_;
  const fed::proto::Manifest& manifest_;
  const fed::proto::Computation& computation_;
  const split::SiteTable& sites_;
  const TileProfile& tiles_;
  const Layout nothing_;
};

struct PhasesToFunctions : impl::FedPhasesToFunctionsPassBase<PhasesToFunctions> {
  using FedPhasesToFunctionsPassBase::FedPhasesToFunctionsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto programs = llvm::to_vector(module.getOps<fed::ProgramOp>());
    FailureOr<fed::proto::Manifest> layouts = manifest::build_manifest(module);
    if (failed(layouts)) return signalPassFailure();
    split::SiteTable sites(module);
    OpBuilder b(module.getContext());
    add_support(module);
    SmallVector<NamedAttribute> cursors;
    for (auto [i, program] : llvm::enumerate(programs)) {
      ProgramLowering lowering(program, server, *layouts, layouts->computations(i), sites,
                               tile_profile(cpu));
      if (failed(lowering.run(b))) return signalPassFailure();
      cursors.push_back(
          b.getNamedAttr(program.getSymName(), b.getDenseI32ArrayAttr(lowering.cursors)));
    }
    module->setAttr("fed.cursors", b.getDictionaryAttr(cursors));
    for (fed::ProgramOp program : programs) program.erase();
    for (fed::ParamOp param : llvm::to_vector(module.getOps<fed::ParamOp>())) param.erase();
  }
};

}  // namespace
}  // namespace lower
}  // namespace fedc
