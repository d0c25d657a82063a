// fed-phases-to-functions: phases become functions over a fed_frame.
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

class PhaseLowering {
 public:
  PhaseLowering(fed::PhaseOp phase, const fed::proto::Manifest& manifest,
                const fed::proto::Computation& computation, const split::SiteTable& sites)
      : phase_(phase), manifest_(manifest), computation_(computation), sites_(sites) {}

  FailureOr<func::FuncOp> run(OpBuilder& b, StringRef name) {
    Location loc = phase_.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    auto function =
        func::FuncOp::create(b, loc, name, b.getFunctionType({pointer}, {b.getI32Type()}));
    OpBuilder::InsertionGuard guard(b);
    Block* entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    Value frame = entry->getArgument(0);
    Lowering lowering(
        b, frame, [&](Location at) { return sites_.index(at); },
        [&](Lowering& l, local::ParamOp op) { return load_param(l, op); });
    lowering.call(b, loc, "fed.begin", {frame}, {});
    load_bases(lowering, loc);
    Block& body = phase_.getBody().front();
    for (auto [argument, slot] : llvm::zip_equal(body.getArguments(), phase_.getIns())) {
      FailureOr<Lowered> value = load(lowering, argument, cast<fed::SlotAttr>(slot));
      if (failed(value)) return failure();
      lowering.map(argument, *value);
    }
    if (failed(lowering.lower_block(body))) return failure();
    Operation* yield = body.getTerminator();
    for (auto [value, slot] : llvm::zip_equal(yield->getOperands(), phase_.getOuts()))
      if (failed(store(lowering, value, cast<fed::SlotAttr>(slot)))) return failure();
    Value status = lowering.call(b, loc, "fed.status", {frame}, b.getI32Type());
    func::ReturnOp::create(b, loc, status);
    cursors = lowering.cursors;
    return function;
  }

  SmallVector<uint32_t> cursors;

 private:
  bool is_server() const { return phase_.getSide() == fed::Placement::Server; }
  const fed::proto::Side& side() const {
    return is_server() ? computation_.server() : computation_.client();
  }
  const Layout& layout(Field field) const {
    // A server's steps are numbered from 0, a client's phases from 1.
    int64_t position = phase_.getLevel() - (is_server() ? 0 : 1);
    switch (field) {
      case kParams:
        return manifest_.param_layout();
      case kInput:
        return side().input();
      case kMessageIn:
        return side().phases(position).message_in();
      case kMessageOut:
        return side().phases(position).message_out();
      case kKept:
        return side().kept();
      case kResult:
        return side().result();
      default:
        return side().state();
    }
  }
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
      l.fail_if(loc, bad, FED_BAD_SIZE, actual, most);
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
      l.write(loc, fitted.value, place_of(l, loc, field, leaf, *home, memory));
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

  mutable fed::PhaseOp phase_;  // accessors of operations are not const
  const fed::proto::Manifest& manifest_;
  const fed::proto::Computation& computation_;
  const split::SiteTable& sites_;
  Values bases_;
};

// Aggregations whose run-time part does not exist are refused where the user wrote them.
LogicalResult refuse_unsupported(fed::ProgramOp program) {
  auto result = success();
  program.walk([&](fed::AggregationOp aggregation) {
    for (auto reduction : aggregation.getReductions().getAsRange<fed::ReductionAttr>()) {
      switch (reduction.getKind()) {
        case fed::ReductionKind::Sum:
        case fed::ReductionKind::Min:
        case fed::ReductionKind::Max:
        case fed::ReductionKind::SecureSum:
        case fed::ReductionKind::SecureModularSum:
          continue;
        default:
          break;
      }
      emitError(cast<LocationAttr>(reduction.getLoc()))
          << "`" << reduction.getIntrinsic() << "` cannot be compiled to machine code yet";
      result = failure();
    }
  });
  return result;
}

struct PhasesToFunctions : impl::FedPhasesToFunctionsPassBase<PhasesToFunctions> {
  using FedPhasesToFunctionsPassBase::FedPhasesToFunctionsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto programs = llvm::to_vector(module.getOps<fed::ProgramOp>());
    for (fed::ProgramOp program : programs)
      if (failed(refuse_unsupported(program))) return signalPassFailure();
    FailureOr<fed::proto::Manifest> layouts = manifest::build_manifest(module);
    if (failed(layouts)) return signalPassFailure();
    split::SiteTable sites(module);
    fed::Placement wanted = server ? fed::Placement::Server : fed::Placement::Clients;
    OpBuilder b(module.getContext());
    add_support(module);
    SmallVector<NamedAttribute> cursors;
    for (auto [i, program] : llvm::enumerate(programs)) {
      SmallVector<int32_t> most;
      auto phases = llvm::to_vector(program.getOps<fed::PhaseOp>());
      for (fed::PhaseOp phase : phases) {
        if (phase.getSide() != wanted) continue;
        b.setInsertionPoint(program);
        PhaseLowering lowering(phase, *layouts, layouts->computations(i), sites);
        Side side = server ? Side::kServer : Side::kClient;
        if (failed(lowering.run(b, phase_symbol(program.getSymName(), side, phase.getLevel()))))
          return signalPassFailure();
        most.resize(std::max(most.size(), lowering.cursors.size()));
        for (auto [j, count] : llvm::enumerate(lowering.cursors))
          most[j] = std::max<int32_t>(most[j], count);
      }
      cursors.push_back(b.getNamedAttr(program.getSymName(), b.getDenseI32ArrayAttr(most)));
    }
    module->setAttr("fed.cursors", b.getDictionaryAttr(cursors));
    for (fed::ProgramOp program : programs) program.erase();
    for (fed::ParamOp param : llvm::to_vector(module.getOps<fed::ParamOp>())) param.erase();
  }
};

}  // namespace
}  // namespace lower
}  // namespace fedc
