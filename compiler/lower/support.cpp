// The few functions that every phase may call, as IR: errors and the host's sequences.
#include "compiler/lower/support.h"

#include <cstddef>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {
namespace {

// The offsets that the text below uses.
static_assert(offsetof(fed_frame, host) == 80 && offsetof(fed_frame, error) == 88);
static_assert(offsetof(fed_error, status) == 8 && offsetof(fed_error, site) == 12 &&
              offsetof(fed_error, detail) == 16);
static_assert(offsetof(fed_host, user) == 8 && offsetof(fed_host, sequence_next) == 24 &&
              offsetof(fed_host, cancelled) == 40 && offsetof(fed_host, debug) == 64);
static_assert(FED_OK == 0 && FED_END == 1 && FED_CANCELLED == 2 && FED_HOST_ERROR == 6);
static_assert(sizeof(fed_view) == 72);

constexpr const char* kSupport = R"mlir(
// Forgets what an earlier call left in the error.
func.func private @fed.begin(%frame: !llvm.ptr) {
  %zero = arith.constant 0 : i32
  %pe = llvm.getelementptr %frame[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %e = llvm.load %pe : !llvm.ptr -> !llvm.ptr
  %ps = llvm.getelementptr %e[8] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %zero, %ps : i32, !llvm.ptr
  return
}

func.func private @fed.status(%frame: !llvm.ptr) -> i32 {
  %pe = llvm.getelementptr %frame[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %e = llvm.load %pe : !llvm.ptr -> !llvm.ptr
  %ps = llvm.getelementptr %e[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %s = llvm.load %ps : !llvm.ptr -> i32
  return %s : i32
}

// The first error sticks.
func.func private @fed.fail(%frame: !llvm.ptr, %status: i32, %site: i32, %d0: i64, %d1: i64)
    attributes {passthrough = ["noinline", "cold"]} {
  %zero = arith.constant 0 : i32
  %pe = llvm.getelementptr %frame[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %e = llvm.load %pe : !llvm.ptr -> !llvm.ptr
  %ps = llvm.getelementptr %e[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %s = llvm.load %ps : !llvm.ptr -> i32
  %first = arith.cmpi eq, %s, %zero : i32
  cf.cond_br %first, ^set, ^done
^set:
  llvm.store %status, %ps : i32, !llvm.ptr
  %psite = llvm.getelementptr %e[12] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %site, %psite : i32, !llvm.ptr
  %p0 = llvm.getelementptr %e[16] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %d0, %p0 : i64, !llvm.ptr
  %p1 = llvm.getelementptr %e[24] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %d1, %p1 : i64, !llvm.ptr
  cf.br ^done
^done:
  return
}

// What a callback answered, as an error of the phase (FED_END is none that it may answer).
func.func private @fed.host_answer(%frame: !llvm.ptr, %answer: i32, %site: i32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %six = arith.constant 6 : i32
  %none = arith.constant 0 : i64
  %ok = arith.cmpi eq, %answer, %zero : i32
  cf.cond_br %ok, ^done, ^wrong
^wrong:
  %end = arith.cmpi eq, %answer, %one : i32
  %status = arith.select %end, %six, %answer : i32
  call @fed.fail(%frame, %status, %site, %none, %none) : (!llvm.ptr, i32, i32, i64, i64) -> ()
  cf.br ^done
^done:
  return
}

// Calls the host's function of a sequence and a cursor that stands at this offset of fed_host.
func.func private @fed.sequence_call(%frame: !llvm.ptr, %sequence: i32, %cursor: i32, %site: i32,
                                     %offset: i64)
    attributes {passthrough = ["noinline"]} {
  %zero = arith.constant 0 : i32
  %s = call @fed.status(%frame) : (!llvm.ptr) -> i32
  %ok = arith.cmpi eq, %s, %zero : i32
  cf.cond_br %ok, ^ask, ^done
^ask:
  %ph = llvm.getelementptr %frame[80] : (!llvm.ptr) -> !llvm.ptr, i8
  %host = llvm.load %ph : !llvm.ptr -> !llvm.ptr
  %pu = llvm.getelementptr %host[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %user = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %pf = llvm.getelementptr %host[%offset] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %f = llvm.load %pf : !llvm.ptr -> !llvm.ptr
  %answer = llvm.call %f(%user, %sequence, %cursor) : !llvm.ptr, (!llvm.ptr, i32, i32) -> i32
  call @fed.host_answer(%frame, %answer, %site) : (!llvm.ptr, i32, i32) -> ()
  cf.br ^done
^done:
  return
}

// Whether to leave the phase: after an error, and where the host wants to cancel, which is one. A
// server's step may have no host.
func.func private @fed.poll(%frame: !llvm.ptr, %site: i32) -> i1
    attributes {passthrough = ["noinline"]} {
  %zero = arith.constant 0 : i32
  %cancel = arith.constant 2 : i32
  %none = arith.constant 0 : i64
  %yes = arith.constant true
  %no = arith.constant false
  %null = llvm.mlir.zero : !llvm.ptr
  %s = call @fed.status(%frame) : (!llvm.ptr) -> i32
  %ok = arith.cmpi eq, %s, %zero : i32
  cf.cond_br %ok, ^find, ^done(%yes : i1)
^find:
  %ph = llvm.getelementptr %frame[80] : (!llvm.ptr) -> !llvm.ptr, i8
  %host = llvm.load %ph : !llvm.ptr -> !llvm.ptr
  %there = llvm.icmp "ne" %host, %null : !llvm.ptr
  cf.cond_br %there, ^look, ^done(%no : i1)
^look:
  %pc = llvm.getelementptr %host[40] : (!llvm.ptr) -> !llvm.ptr, i8
  %cancelled = llvm.load %pc : !llvm.ptr -> !llvm.ptr
  %has = llvm.icmp "ne" %cancelled, %null : !llvm.ptr
  cf.cond_br %has, ^ask, ^done(%no : i1)
^ask:
  %pu = llvm.getelementptr %host[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %user = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %wish = llvm.call %cancelled(%user) : !llvm.ptr, (!llvm.ptr) -> i32
  %stop = arith.cmpi ne, %wish, %zero : i32
  cf.cond_br %stop, ^stop, ^done(%no : i1)
^stop:
  call @fed.fail(%frame, %cancel, %site, %none, %none) : (!llvm.ptr, i32, i32, i64, i64) -> ()
  cf.br ^done(%yes : i1)
^done(%leave: i1):
  return %leave : i1
}

// Shows a value, unless there was an error. Behind the view stand its bounds.
func.func private @fed.debug(%frame: !llvm.ptr, %site: i32, %element: i32, %rank: i32,
                             %view: !llvm.ptr)
    attributes {passthrough = ["noinline", "cold"]} {
  %zero = arith.constant 0 : i32
  %null = llvm.mlir.zero : !llvm.ptr
  %s = call @fed.status(%frame) : (!llvm.ptr) -> i32
  %ok = arith.cmpi eq, %s, %zero : i32
  cf.cond_br %ok, ^find, ^done
^find:
  %ph = llvm.getelementptr %frame[80] : (!llvm.ptr) -> !llvm.ptr, i8
  %host = llvm.load %ph : !llvm.ptr -> !llvm.ptr
  %there = llvm.icmp "ne" %host, %null : !llvm.ptr
  cf.cond_br %there, ^look, ^done
^look:
  %pf = llvm.getelementptr %host[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %f = llvm.load %pf : !llvm.ptr -> !llvm.ptr
  %has = llvm.icmp "ne" %f, %null : !llvm.ptr
  cf.cond_br %has, ^show, ^done
^show:
  %pu = llvm.getelementptr %host[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %user = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %bounds = llvm.getelementptr %view[72] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.call %f(%user, %site, %element, %rank, %view, %bounds)
      : !llvm.ptr, (!llvm.ptr, i32, i32, i32, !llvm.ptr, !llvm.ptr) -> ()
  cf.br ^done
^done:
  return
}

// The next element, as views: 0 there is one, 2 the pass is over (for an error, or because the
// host wants to cancel, too).
func.func private @fed.sequence_next(%frame: !llvm.ptr, %sequence: i32, %cursor: i32, %site: i32,
                                     %views: !llvm.ptr, %count: i32) -> i32
    attributes {passthrough = ["noinline"]} {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %over = arith.constant 2 : i32
  %leave = call @fed.poll(%frame, %site) : (!llvm.ptr, i32) -> i1
  cf.cond_br %leave, ^done(%over : i32), ^next
^next:
  %ph = llvm.getelementptr %frame[80] : (!llvm.ptr) -> !llvm.ptr, i8
  %host = llvm.load %ph : !llvm.ptr -> !llvm.ptr
  %pu = llvm.getelementptr %host[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %user = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %pf = llvm.getelementptr %host[24] : (!llvm.ptr) -> !llvm.ptr, i8
  %f = llvm.load %pf : !llvm.ptr -> !llvm.ptr
  %answer = llvm.call %f(%user, %sequence, %cursor, %views, %count)
      : !llvm.ptr, (!llvm.ptr, i32, i32, !llvm.ptr, i32) -> i32
  %given = arith.cmpi eq, %answer, %zero : i32
  cf.cond_br %given, ^done(%zero : i32), ^none
^none:
  %end = arith.cmpi eq, %answer, %one : i32
  cf.cond_br %end, ^done(%over : i32), ^wrong
^wrong:
  call @fed.host_answer(%frame, %answer, %site) : (!llvm.ptr, i32, i32) -> ()
  cf.br ^done(%over : i32)
^done(%step: i32):
  return %step : i32
}
)mlir";

}  // namespace

void add_support(mlir::ModuleOp module) {
  // Locations inside this text are nobody's source.
  mlir::OwningOpRef<mlir::ModuleOp> support = mlir::parseSourceString<mlir::ModuleOp>(
      kSupport, mlir::ParserConfig(module.getContext()), "support");
  assert(support && "the support functions parse");
  mlir::Location nowhere = mlir::UnknownLoc::get(module.getContext());
  support->walk([&](mlir::Operation* op) { op->setLoc(nowhere); });
  for (mlir::Operation& op : llvm::make_early_inc_range(*support->getBody())) {
    op.remove();
    module.push_back(&op);
  }
}

}  // namespace fedc::lower
