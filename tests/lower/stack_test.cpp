// The stack that a program states is no less than what its phases take.
#include <gtest/gtest.h>
#include <ucontext.h>

#include <cstring>

#include "runtime/data/flat.h"
#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::AlignedBuffer;

constexpr size_t kStack = 1 << 16;
constexpr uint8_t kPaint = 0xc7;

alignas(64) uint8_t stack[kStack];
ucontext_t here, there;
fed_phase_fn phase;
const fed_frame* frame;
int64_t deepest;  // bytes below the stack's top at which a callback began

void on_stack() { phase(frame); }
int32_t nothing(const fed_frame*) { return FED_OK; }
void note(const void* address) {
  deepest = std::max<int64_t>(deepest, stack + kStack - static_cast<const uint8_t*>(address));
}

// Runs a phase on a stack of its own; gives the bytes of it that were written.
int64_t written(fed_phase_fn function, const fed_frame* of) {
  phase = function;
  frame = of;
  deepest = 0;
  std::memset(stack, kPaint, kStack);
  getcontext(&there);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = kStack;
  there.uc_link = &here;
  makecontext(&there, on_stack, 0);
  swapcontext(&here, &there);
  size_t at = 0;
  while (at < kStack && stack[at] == kPaint) ++at;
  EXPECT_GT(at, 0u) << "the stack is too small for the test";
  return kStack - at;
}

// Runs the phase of a program whose inputs are zeros and whose sequences have three elements.
void expect_bound(const std::string& text, bool calls_back) {
  auto compiled = Compiled::of_function(text);
  ASSERT_TRUE(compiled);
  const fed_program& program = compiled->program();
  const fed_computation& computation = program.computations[0];
  const fed_phase& compiled_phase = computation.phases[0];
  AlignedBuffer params(program.params.bytes), input(computation.input.bytes),
      in(compiled_phase.message_in.bytes), out(compiled_phase.message_out.bytes),
      kept(computation.kept.bytes), result(computation.result.bytes), arena(program.arena_bytes);
  std::memset(input.data(), 0, input.size());
  static int given;
  static float element[4096];
  fed_host host{};
  host.size = sizeof host;
  host.version = FED_ABI_VERSION;
  host.sequence_open = [](void*, uint32_t, uint32_t) -> int32_t {
    note(__builtin_frame_address(0));
    given = 0;
    return FED_OK;
  };
  host.sequence_next = [](void*, uint32_t, uint32_t, fed_view* leaves, uint32_t) -> int32_t {
    note(__builtin_frame_address(0));
    leaves[0].data = element;
    leaves[0].dims[0] = leaves[0].dims[1] = 64;
    return given++ < 3 ? FED_OK : FED_END;
  };
  host.cancelled = [](void*) -> int32_t {
    note(__builtin_frame_address(0));
    return 0;
  };
  if (!calls_back) host.cancelled = nullptr;
  fed_error error{sizeof(fed_error), FED_ABI_VERSION, 0, 0, {0, 0}};
  const fed_frame of{sizeof(fed_frame), FED_ABI_VERSION, params.data(), input.data(), in.data(),
                     out.data(),        kept.data(),     result.data(), nullptr,      nullptr,
                     arena.data(),      &host,           &error};
  const int64_t without = written(nothing, &of);
  const int64_t with = written(compiled_phase.run, &of);
  ASSERT_EQ(error.status, FED_OK);
  // `nothing` itself took its return address and its caller's frame pointer; a callback likewise,
  // of which the return address is its caller's to provide for.
  const int64_t taken = (calls_back ? deepest : with) - without + 16;
  std::printf("taken %lld, stated %llu\n", static_cast<long long>(taken),
              static_cast<unsigned long long>(program.stack_bytes));
  EXPECT_GT(taken, 16);
  EXPECT_LE(taken, static_cast<int64_t>(program.stack_bytes));
  EXPECT_LE(program.stack_bytes, static_cast<uint64_t>(taken) + 2048) << "needlessly large";
}

// Sums of a block of rows, more than there are registers for; functions of math over vectors.
const char* const kKernels = R"(
  %y = local.dot_general %x, %x batching = [] x [] contracting = [0] x [0] : (!m, !m) -> !m
  %z = local.exp %y : !m
  %t = local.tanh %z : !m
  %u = local.dot_general %t, %y batching = [] x [] contracting = [1] x [0] : (!m, !m) -> !m
)";

TEST(Stack, OfKernelsIsNoMoreThanStated) {
  for (const char* type : {"!m = tensor<64x64xf32>\n", "!m = tensor<31x31xf64>\n"})
    expect_bound(
        std::string(type) + "func.func @f(%x: !m) -> !m {" + kKernels + "  return %u : !m\n}",
        false);
}

TEST(Stack, OfCallsToTheHostIsNoMoreThanStated) {
  expect_bound(std::string(R"(
!m = tensor<64x64xf32>
func.func @f(%s: !local.sequence<[!m]>, %i: !m) -> !m {
  %0 = local.sequence_reduce %s init(%i : !m) : !local.sequence<[!m]> -> !m {
  ^bb0(%a: !m, %x: !m):
)") + kKernels + R"(
    local.yield %u : !m
  }
  return %0 : !m
})",
               true);
}

}  // namespace
}  // namespace fedc::testing
