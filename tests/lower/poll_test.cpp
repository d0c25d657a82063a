// How often long phases ask whether to cancel, and what cancelling leaves.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <thread>

#include "runtime/client/fed_client.h"
#include "runtime/data/flat.h"
#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::AlignedBuffer;

// Seconds that this thread has computed: the machine may be busy with others.
double seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

// The limit of fed-insert-polls, in steps: 128 bits an instruction.
constexpr int64_t kLimit = 1 << 19;

// Counts polls, and the time computed between them.
class Host {
 public:
  Host() {
    table_.size = sizeof table_;
    table_.version = FED_ABI_VERSION;
    table_.user = this;
    table_.cancelled = [](void* user) { return static_cast<Host*>(user)->poll(); };
    table_.sequence_open = [](void* user, uint32_t, uint32_t) -> int32_t {
      static_cast<Host*>(user)->given_ = 0;
      return FED_OK;
    };
    table_.sequence_next = [](void* user, uint32_t, uint32_t, fed_view* leaves,
                              uint32_t) -> int32_t {
      auto* host = static_cast<Host*>(user);
      if (host->given_++ == host->elements) return FED_END;
      leaves[0].data = &host->element_;
      return FED_OK;
    };
  }

  const fed_host* table() const { return &table_; }
  void begin() {
    polls = answered = 0;
    largest_ = 0;
    last_ = seconds();
  }
  void print(const char* what) {
    gap();
    std::printf("%s: %lld polls, %.3f ms at most between two\n", what,
                static_cast<long long>(polls), largest_ * 1e3);
  }

  std::atomic<int64_t> polls{0};
  int64_t answered = 0;  // polls that were told to cancel
  int64_t cancel_at = -1;
  std::atomic<bool> cancel{false};  // set by another thread
  int elements = 0;                 // of a sequence of float32

 private:
  void gap() {
    const double now = seconds();
    largest_ = std::max(largest_, now - last_);
    last_ = now;
  }
  int32_t poll() {
    gap();
    ++polls;
    // The other thread gets its turn, however slow it is.
    while (cancel_at >= 0 && polls >= cancel_at && !cancel) std::this_thread::yield();
    if (cancel) ++answered;
    return cancel;
  }

  fed_host table_{};
  int given_ = 0;
  float element_ = 1;
  double largest_ = 0, last_ = 0;
};

class Client {
 public:
  Client(const Compiled& compiled, Host& host)
      : program_(compiled.program()),
        host_(host),
        memory_(fed_client_bytes(&program_)),
        params_(program_.params.bytes),
        client_(fed_client_open(&program_, memory_.data(), memory_.size(), host.table())) {
    EXPECT_TRUE(client_);
  }

  // One round of the one computation; every float32 of the arguments is made from its number.
  int32_t round() {
    EXPECT_EQ(fed_client_round_begin(client_, program_.computations[0].name, nullptr,
                                     params_.data(), program_.params.bytes),
              FED_OK);
    uint64_t bytes;
    void* input = fed_client_input(client_, &bytes);
    const fed_layout& layout = program_.computations[0].input;
    for (uint64_t i = 0; i < layout.leaf_count; ++i) {
      auto* leaf = reinterpret_cast<float*>(static_cast<char*>(input) + layout.leaves[i].offset);
      for (uint64_t at = 0; at < layout.leaves[i].bytes / sizeof(float); ++at)
        leaf[at] = static_cast<float>((at * 37 + i) % 101) / 1024 - 0.05f;
    }
    host_.begin();
    const int32_t status = fed_client_run(client_, 0, nullptr);
    if (status == FED_OK) {
      const auto* results = static_cast<const char*>(fed_client_result(client_, &bytes));
      result.assign(results, results + bytes);
    }
    EXPECT_EQ(fed_client_error(client_)->status, status);
    fed_client_round_end(client_, 1);
    return status;
  }

  std::string state() const {
    std::string state(fed_client_state_bytes(&program_), '?');
    EXPECT_EQ(fed_client_state_save(client_, state.data(), state.size()), FED_OK);
    return state;
  }

  std::string result;

 private:
  const fed_program& program_;
  Host& host_;
  AlignedBuffer memory_, params_;
  fed_client* client_;
};

// Gradient descent on a perceptron of the size of a small convolutional network, whose weights are
// the client's state.
constexpr int64_t kBatch = 128, kPixels = 3136, kHidden = 512;
const char* const kTraining = R"mlir(
!x = tensor<128x3136xf32>
!y = tensor<128x10xf32>
!w = tensor<3136x512xf32>
!v = tensor<512x10xf32>
!h = tensor<128x512xf32>
module @t attributes {fed.hash = "00"} {
  fed.program @p.next <"p", next> "(<client_state={<w=float32[3136,512],v=float32[512,10]>}@CLIENTS,x={float32[128,3136]}@CLIENTS,y={float32[128,10]}@CLIENTS> -> <client_state={<w=float32[3136,512],v=float32[512,10]>}@CLIENTS>)" attributes {fed.client_state = 0 : i64} {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<state, 0, "w">, #fed.slot<state, 1, "v">, #fed.slot<input, 0, "x">, #fed.slot<input, 1, "y">]
        outs [#fed.slot<state, 0, "w">, #fed.slot<state, 1, "v">] {
    ^bb0(%w0: !w, %v0: !v, %x: !x, %y: !y):
      %tenth = local.constant dense<0.1> : tensor<f32>
      %tw = local.broadcast_in_dim %tenth dims = [] : tensor<f32> -> !w
      %tv = local.broadcast_in_dim %tenth dims = [] : tensor<f32> -> !v
      %w = local.add %w0, %tw : !w
      %v = local.add %v0, %tv : !v
      %zero = local.constant dense<0.0> : tensor<f32>
      %zeros = local.broadcast_in_dim %zero dims = [] : tensor<f32> -> !h
      %h = local.dot_general %x, %w batching = [] x [] contracting = [1] x [0] : (!x, !w) -> !h
      %r = local.maximum %h, %zeros : !h
      %o = local.dot_general %r, %v batching = [] x [] contracting = [1] x [0] : (!h, !v) -> !y
      %d = local.subtract %o, %y : !y
      %dv = local.dot_general %r, %d batching = [] x [] contracting = [0] x [0] : (!h, !y) -> !v
      %dr = local.dot_general %d, %v batching = [] x [] contracting = [1] x [1] : (!y, !v) -> !h
      %p = local.compare GT, %h, %zeros : !h -> tensor<128x512xi1>
      %dh = local.select %p, %dr, %zeros : tensor<128x512xi1>, !h
      %dw = local.dot_general %x, %dh batching = [] x [] contracting = [0] x [0] : (!x, !h) -> !w
      %w1 = local.subtract %w, %dw : !w
      %v1 = local.subtract %v, %dv : !v
      fed.yield %w1, %v1 : !w, !v
    }
  }
})mlir";

TEST(Poll, ATrainingStepPollsWithItsWorkAndEndsWhenCancelled) {
  auto module = parse(kTraining);
  ASSERT_TRUE(module);
  auto compiled = Compiled::of_split(*module);
  ASSERT_TRUE(compiled);
  Host host;
  Client never(*compiled, host);
  ASSERT_EQ(never.round(), FED_OK);
  host.print("a training step");
  const int64_t polls = host.polls, multiplications = 2 * kBatch * kPixels * kHidden;
  // A multiplication is a quarter of a step at least, and no more than a few.
  EXPECT_GE(polls, multiplications / 4 / (2 * kLimit));
  EXPECT_LE(polls, multiplications * 8 / kLimit);
  const std::string once = never.state();
  ASSERT_EQ(never.round(), FED_OK);
  EXPECT_EQ(host.polls, polls) << "polls depend on nothing but the program";
  const std::string twice = never.state();
  ASSERT_NE(once, twice);

  Client client(*compiled, host);
  ASSERT_EQ(client.round(), FED_OK);
  for (int64_t at : {int64_t{1}, polls / 4, polls - 1}) {
    host.cancel_at = at;
    host.cancel = false;
    std::thread other([&] {
      while (host.polls < at) std::this_thread::yield();
      host.cancel = true;
    });
    EXPECT_EQ(client.round(), FED_CANCELLED);
    other.join();
    EXPECT_LE(host.polls, at);
    EXPECT_EQ(host.answered, 1) << "the first answer ends it";
    EXPECT_TRUE(client.state() == once) << "nothing is committed";
  }
  host.cancel = false;
  host.cancel_at = -1;
  ASSERT_EQ(client.round(), FED_OK);
  EXPECT_TRUE(client.state() == twice) << "as if it had never been cancelled";
}

TEST(Poll, OneFlatLoopPollsInsideAndSumsInTheSameOrder) {
  constexpr int64_t kSize = 30'000'000;
  const std::string n = std::to_string(kSize);
  auto compiled = Compiled::of_function(
      "func.func @f(%x: tensor<f32>) -> tensor<f32> {\n"
      "%0 = local.broadcast_in_dim %x dims = [] : tensor<f32> -> tensor<" +
      n + "xf32>\n%1 = local.reduce sum %0 dims = [0] : tensor<" + n +
      "xf32> -> tensor<f32>\nreturn %1 : tensor<f32>\n}");
  ASSERT_TRUE(compiled);
  Host host;
  Client client(*compiled, host);
  ASSERT_EQ(client.round(), FED_OK);
  host.print("one reduction");
  EXPECT_GE(host.polls, kSize / 4 / (2 * kLimit));
  EXPECT_LE(host.polls, kSize * 64 / kLimit);
  // 16 interleaved partials, combined pairwise.
  float partials[16] = {};
  for (int64_t i = 0; i < kSize; ++i) partials[i % 16] += -0.05f;
  for (int half = 8; half >= 1; half /= 2)
    for (int i = 0; i < half; ++i) partials[i] += partials[i + half];
  float sum;
  std::memcpy(&sum, client.result.data(), sizeof sum);
  EXPECT_EQ(sum, partials[0]);
}

TEST(Poll, WhatIsShortPollsForTheHostsElementsOnly) {
  auto compiled = Compiled::of_function(R"(
func.func @f(%s: !local.sequence<[tensor<f32>]>, %x: tensor<16x16xf32>) -> (tensor<f32>, tensor<16x16xf32>) {
  %zero = local.constant dense<0.0> : tensor<f32>
  %y = local.dot_general %x, %x batching = [] x [] contracting = [1] x [0] : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %rows = local.sequence_rows %y : (tensor<16x16xf32>) -> !local.sequence<[tensor<16xf32>]>
  %0 = local.sequence_reduce %rows init(%zero : tensor<f32>) : !local.sequence<[tensor<16xf32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %e: tensor<16xf32>):
    %t = local.reduce sum %e dims = [0] : tensor<16xf32> -> tensor<f32>
    %b = local.add %a, %t : tensor<f32>
    local.yield %b : tensor<f32>
  }
  %1 = local.sequence_reduce %s init(%0 : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %e: tensor<f32>):
    %b = local.add %a, %e : tensor<f32>
    local.yield %b : tensor<f32>
  }
  return %1, %y : tensor<f32>, tensor<16x16xf32>
})");
  ASSERT_TRUE(compiled);
  Host host;
  host.elements = 5;
  Client client(*compiled, host);
  ASSERT_EQ(client.round(), FED_OK);
  EXPECT_EQ(host.polls, 6);
}

// A sequence of rows asks no host for elements.
TEST(Poll, SequencesOfRowsAreCounted) {
  auto compiled = Compiled::of_function(R"(
func.func @f(%x: tensor<64xf32>) -> tensor<f32> {
  %zero = local.constant dense<0.0> : tensor<f32>
  %times = local.constant dense<100000> : tensor<i64>
  %rows = local.sequence_rows %x : (tensor<64xf32>) -> !local.sequence<[tensor<f32>]>
  %many = local.sequence_repeat %rows, %times : !local.sequence<[tensor<f32>]>
  %0 = local.sequence_reduce %many init(%zero : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %e: tensor<f32>):
    %b = local.add %a, %e : tensor<f32>
    local.yield %b : tensor<f32>
  }
  return %0 : tensor<f32>
})");
  ASSERT_TRUE(compiled);
  Host host;
  Client client(*compiled, host);
  ASSERT_EQ(client.round(), FED_OK);
  host.print("a sequence of rows");
  EXPECT_GE(host.polls, 64 * 100000 / kLimit);
  EXPECT_LE(host.polls, 64 * 100000 * 200 / kLimit);
  host.cancel = true;
  EXPECT_EQ(client.round(), FED_CANCELLED);
  EXPECT_EQ(host.polls, 1);
}

}  // namespace
}  // namespace fedc::testing
