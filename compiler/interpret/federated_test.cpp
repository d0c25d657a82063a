// Federated values: aggregation, weights, rejection, phases, clients that are lost.
#include <cmath>
#include <limits>

#include "compiler/interpret/testing.h"

namespace fedc::interpret::testing {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

template <class T>
Leaf each(std::initializer_list<T> values) {
  Leaf result;
  for (const T value : values) result.members.push_back(leaf(scalar<T>(value)));
  return result;
}
Leaf server(Tensor value) { return {{leaf(std::move(value))}}; }

Outcome run(const std::string& text, const std::vector<Leaf>& arguments, size_t clients,
            std::vector<std::set<size_t>> lost = {}) {
  const auto module = parse(text);
  if (!module) return {};
  Options options;
  options.clients = clients;
  options.lost = std::move(lost);
  return run_entry(*module, "e", arguments, options);
}

void expect_member(const Outcome& outcome, size_t result, size_t member, const Tensor& value) {
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  ASSERT_LT(result, outcome.results.size());
  ASSERT_LT(member, outcome.results[result].members.size());
  const Tensor& found = outcome.results[result].members[member].tensor;
  EXPECT_TRUE(same(found, value)) << show(found) << " instead of " << show(value);
}

// One aggregate of {float32}@CLIENTS.
Outcome aggregate(const std::string& op, std::initializer_list<float> values) {
  return run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server> {
      %r = fed.)" +
          op + R"( %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %r : !fed.federated<tensor<f32>, server>
    })",
      {each<float>(values)}, values.size());
}

TEST(Federated, SumsMeansAndExtremes) {
  expect_member(aggregate("sum", {1, 2, 4}), 0, 0, scalar<float>(7));
  expect_member(aggregate("mean", {68.5f, 70.3f, 69.8f}), 0, 0, scalar<float>(69.53333f));
  expect_member(aggregate("min", {3, -2, 4}), 0, 0, scalar<float>(-2));
  expect_member(aggregate("max", {3, -2, 4}), 0, 0, scalar<float>(4));
}

TEST(Federated, OfNoClients) {
  expect_member(aggregate("sum", {}), 0, 0, scalar<float>(0));
  expect_member(aggregate("min", {}), 0, 0, scalar<float>(kInf));
  expect_member(aggregate("max", {}), 0, 0, scalar<float>(-kInf));
  const Outcome mean = aggregate("mean", {});
  ASSERT_TRUE(mean.error);
  EXPECT_EQ(mean.error->status, FED_ASSERTION);
  EXPECT_FALSE(mean.error->client);
}

TEST(Federated, WhatIsNotFiniteIsRejected) {
  const Outcome sum = aggregate("sum", {1, kInf, 2, kNaN});
  expect_member(sum, 0, 0, scalar<float>(3));
  EXPECT_EQ(sum.accepted[0], (std::set<size_t>{0, 2}));
  EXPECT_EQ(sum.rejected[0].at(1), FED_REJECT_NOT_FINITE);
  expect_member(aggregate("max", {1, kInf, kNaN}), 0, 0, scalar<float>(kInf));
}

Outcome weighted(std::initializer_list<float> values, std::initializer_list<float> weights,
                 const std::string& if_empty = "") {
  return run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>, %w: !fed.federated<tensor<f32>, clients>)
          -> !fed.federated<tensor<f32>, server> {
      %d = local.constant dense<-1.0> : tensor<f32>
      %r = fed.mean %x weight %w : !fed.federated<tensor<f32>, clients> )" +
          if_empty +
          R"( : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %r : !fed.federated<tensor<f32>, server>
    })",
      {each<float>(values), each<float>(weights)}, values.size());
}

TEST(Federated, WeightedMean) {
  expect_member(weighted({1, 3}, {3, 1}), 0, 0, scalar<float>(1.5f));
  // Weight 0: the value is not read.
  const Outcome zero = weighted({1, kNaN}, {2, 0});
  expect_member(zero, 0, 0, scalar<float>(1));
  EXPECT_EQ(zero.accepted[0].size(), 2u);
  // A bad weight rejects.
  const Outcome bad = weighted({1, 2, 3, 4}, {1, -1, kInf, kNaN});
  expect_member(bad, 0, 0, scalar<float>(1));
  EXPECT_EQ(bad.rejected[0].at(1), FED_REJECT_BAD_WEIGHT);
  EXPECT_EQ(bad.rejected[0].size(), 3u);
  // Products have room, and are not rounded to the values' type.
  expect_member(weighted({3e38f, 3e38f}, {1, 10}), 0, 0, scalar<float>(3e38f));
  expect_member(weighted({1e-45f}, {1e-30f}), 0, 0, scalar<float>(1e-45f));
  expect_member(weighted({0.1f}, {599}), 0, 0, scalar<float>(0.1f));
  EXPECT_TRUE(weighted({1, 2}, {0, 0}).error);
  expect_member(weighted({1, 2}, {0, 0}, "if_empty %d : tensor<f32>"), 0, 0, scalar<float>(-1));
}

TEST(Federated, AMeanOfNobodyMayBeWhatTheServerHas) {
  const auto mean = [](std::initializer_list<float> values) {
    return run(
        R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>, %s: !fed.federated<tensor<f32>, server>)
            -> !fed.federated<tensor<f32>, server> {
        %m = fed.mean %x if_empty %s : !fed.federated<tensor<f32>, server>
            : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
        return %m : !fed.federated<tensor<f32>, server>
      })",
        {each<float>(values), server(scalar<float>(5))}, values.size());
  };
  expect_member(mean({}), 0, 0, scalar<float>(5));
  expect_member(mean({1, 2}), 0, 0, scalar<float>(1.5f));
}

TEST(Federated, AMeanHasRoomForItsSum) {
  expect_member(weighted({3e38f, 3e38f}, {1, 1}), 0, 0, scalar<float>(3e38f));
  expect_member(aggregate("mean", {3e38f, 3e38f, 3e38f}), 0, 0, scalar<float>(3e38f));
}

// Totals of integers are int64: what that does not hold counts as negative.
TEST(Federated, WeightBeyondInt64) {
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>, %w: !fed.federated<tensor<ui64>, clients>)
          -> !fed.federated<tensor<f32>, server> {
      %r = fed.mean %x weight %w : !fed.federated<tensor<ui64>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %r : !fed.federated<tensor<f32>, server>
    })",
      {each<float>({1, 2}), each<uint64_t>({uint64_t{1} << 63, 1})}, 2);
  expect_member(outcome, 0, 0, scalar<float>(2));
  EXPECT_EQ(outcome.rejected[0].at(0), FED_REJECT_BAD_WEIGHT);
}

TEST(Federated, AMessageIsRejectedWhole) {
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>, %n: !fed.federated<tensor<i32>, clients>)
          -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<i32>, server>) {
      %r = fed.sum %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %s = fed.sum %n : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
      return %r, %s : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<i32>, server>
    })",
      {each<float>({1, kNaN, 3}), each<int32_t>({10, 20, 30})}, 3);
  expect_member(outcome, 0, 0, scalar<float>(4));
  expect_member(outcome, 1, 0, scalar<int32_t>(40));
}

// The mean, then the mean of squared deviations from it, and the deviations on the clients.
constexpr char kVariance[] =
    R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>)
        -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, clients>) {
      %m = fed.mean %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %b = fed.broadcast %m : !fed.federated<tensor<f32>, server> -> !fed.federated<tensor<f32>, clients, all_equal>
      %d:3 = fed.map clients(%x, %b) : (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients, all_equal>)
          -> (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients>) {
        ^bb0(%v: tensor<f32>, %mean: tensor<f32>):
          %d = local.subtract %v, %mean : tensor<f32>
          %s = local.multiply %d, %d : tensor<f32>
          %early = local.negate %v : tensor<f32>
          fed.yield %s, %d, %early : tensor<f32>, tensor<f32>, tensor<f32>
      }
      %v = fed.mean %d#0 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %m, %v, %d#1 : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, clients>
    })";

TEST(Federated, TwoPhases) {
  const Outcome outcome = run(kVariance, {each<float>({1, 2, 3})}, 3);
  expect_member(outcome, 0, 0, scalar<float>(2));
  expect_member(outcome, 1, 0, scalar<float>(0.6666667f));
  expect_member(outcome, 2, 0, scalar<float>(-1));
  EXPECT_EQ(outcome.accepted.size(), 2u);
}

TEST(Federated, ClientsAreLostBetweenPhases) {
  // Client 2 says what it has to in phase 1 and is gone in phase 2; client 0 is never heard of.
  const Outcome outcome = run(kVariance, {each<float>({100, 2, 4, 6})}, 4, {{0}, {2}});
  expect_member(outcome, 0, 0, scalar<float>(4));
  expect_member(outcome, 1, 0, scalar<float>(4));
  EXPECT_EQ(outcome.accepted[0], (std::set<size_t>{1, 2, 3}));
  EXPECT_EQ(outcome.accepted[1], (std::set<size_t>{1, 3}));
  EXPECT_TRUE(outcome.results[2].members[2].tensor.bytes.empty());
  expect_member(outcome, 2, 3, scalar<float>(2));
}

TEST(Federated, WhatOneMessageIsFollowsFromLevelsNotFromOrder) {
  // The sum of %n stands after the second broadcast but belongs to phase 1, so that client 1, whose
  // %n is rejected, is not in phase 2 either. %early of the map above is known in phase 1.
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>, %n: !fed.federated<tensor<f32>, clients>)
          -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>) {
      %m = fed.sum %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %b = fed.broadcast %m : !fed.federated<tensor<f32>, server> -> !fed.federated<tensor<f32>, clients, all_equal>
      %d:2 = fed.map clients(%n, %b) : (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients, all_equal>)
          -> (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients>) {
        ^bb0(%v: tensor<f32>, %sum: tensor<f32>):
          %early = local.negate %v : tensor<f32>
          fed.yield %early, %sum : tensor<f32>, tensor<f32>
      }
      %s = fed.sum %d#0 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %t = fed.sum %d#1 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %s, %t : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>
    })",
      {each<float>({1, 2, 4}), each<float>({1, kNaN, 3})}, 3);
  expect_member(outcome, 0, 0, scalar<float>(-4));
  expect_member(outcome, 1, 0, scalar<float>(10));
  EXPECT_EQ(outcome.accepted[0], (std::set<size_t>{0, 2}));
}

TEST(Federated, TheLeavesOfOneAggregationAreOfOneCohort) {
  // 1 / (x - min x) is infinite on client 0, so phase 2 rejects it: it is not counted either.
  const std::string text =
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>)
          -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>) {
      %m = fed.min %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %b = fed.broadcast %m : !fed.federated<tensor<f32>, server> -> !fed.federated<tensor<f32>, clients, all_equal>
      %p:2 = fed.map clients(%x, %b) : (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients, all_equal>)
          -> (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients>) {
        ^bb0(%a: tensor<f32>, %l: tensor<f32>):
          %one = local.constant dense<1.0> : tensor<f32>
          %d = local.subtract %a, %l : tensor<f32>
          %v = local.divide %one, %d : tensor<f32>
          fed.yield %v, %one : tensor<f32>, tensor<f32>
      }
      %v = fed.sum %p#0 {group = 0 : i64} : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %n = fed.sum %p#1 {group = 0 : i64} : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %v, %n : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>
    })";
  const Outcome outcome = run(text, {each<float>({1, 2, 3})}, 3);
  expect_member(outcome, 0, 0, scalar<float>(1.5f));
  expect_member(outcome, 1, 0, scalar<float>(2));
  EXPECT_EQ(outcome.accepted[1], (std::set<size_t>{1, 2}));
}

TEST(Federated, ServerMapsAndUnplacedValues) {
  const Outcome outcome = run(
      R"(func.func @e(%s: !fed.federated<tensor<f32>, server>) -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, clients, all_equal>) {
      %two = local.constant dense<2.0> : tensor<f32>
      %r = fed.map server(%s, %two) : (!fed.federated<tensor<f32>, server>, tensor<f32>) -> !fed.federated<tensor<f32>, server> {
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = local.multiply %a, %b : tensor<f32>
          fed.yield %c : tensor<f32>
      }
      %v = fed.value %two : tensor<f32> -> !fed.federated<tensor<f32>, clients, all_equal>
      return %r, %v : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, clients, all_equal>
    })",
      {server(scalar<float>(21))}, 0);
  expect_member(outcome, 0, 0, scalar<float>(42));
  expect_member(outcome, 1, 0, scalar<float>(2));
}

TEST(Federated, AnErrorNamesTheClient) {
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<i32>, clients>) -> !fed.federated<tensor<i32>, server> {
      %q = fed.map clients(%x) : (!fed.federated<tensor<i32>, clients>) -> !fed.federated<tensor<i32>, clients> {
        ^bb0(%a: tensor<i32>):
          %c = local.divide %a, %a : tensor<i32>
          fed.yield %c : tensor<i32>
      }
      %r = fed.sum %q : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
      return %r : !fed.federated<tensor<i32>, server>
    })",
      {each<int32_t>({1, 0})}, 2);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->status, FED_BAD_VALUE);
  EXPECT_EQ(outcome.error->client, 1u);
}

TEST(Federated, OfSeveralFailuresTheFirstThatIsWrittenIsReported) {
  // The results ask for the second mean first.
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>, %s: !fed.federated<tensor<i1>, server>)
          -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>) {
      %r = fed.mean %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %o = fed.map server(%s, %r) : (!fed.federated<tensor<i1>, server>, !fed.federated<tensor<f32>, server>)
          -> !fed.federated<tensor<i1>, server> {
        ^bb0(%c: tensor<i1>, %m: tensor<f32>):
          %t = local.is_finite %m : tensor<f32> -> tensor<i1>
          %u = local.and %c, %t : tensor<i1>
          local.assert %u, "after the mean"
          fed.yield %u : tensor<i1>
      }
      %q = fed.mean %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %q, %r : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<f32>, server>
    })",
      {{}, server(scalar<bool>(false))}, 0);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(mlir::cast<mlir::FileLineColLoc>(outcome.error->location).getLine(), 3u);
}

TEST(Federated, WhatDependsOnNobodyIsAssertedByTheServer) {
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
      %c = local.constant dense<false> : tensor<i1>
      local.assert %c, "though no result needs it"
      return %x : !fed.federated<tensor<f32>, clients>
    })",
      {each<float>({1})}, 1);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->status, FED_ASSERTION);
  EXPECT_FALSE(outcome.error->client);
  EXPECT_EQ(mlir::cast<mlir::FileLineColLoc>(outcome.error->location).getLine(), 3u);
}

// One secure sum of {int32}@CLIENTS.
Outcome secure(const std::string& op, std::initializer_list<int32_t> values) {
  return run(
      R"(func.func @e(%x: !fed.federated<tensor<i32>, clients>) -> !fed.federated<tensor<i64>, server> {
      %r = fed.)" +
          op + R"( : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
      return %r : !fed.federated<tensor<i64>, server>
    })",
      {each<int32_t>(values)}, values.size());
}

TEST(Federated, SecureSumsAreOfNumbersInTheirRange) {
  expect_member(secure("secure_sum %x max = 9", {0, 9, 4}), 0, 0, scalar<int64_t>(13));
  expect_member(secure("secure_sum_bitwidth %x bitwidth = 31", {2147483647, 2147483647}), 0, 0,
                scalar<int64_t>(4294967294));
  expect_member(secure("secure_modular_sum %x modulus = 10", {7, 25, -1}), 0, 0,
                scalar<int64_t>(1));
  // Reduced as they are added: the sum of four is beyond int64.
  expect_member(secure("secure_modular_sum %x modulus = 4611686018427387904", {-1, -1, -1, -1}), 0,
                0, scalar<int64_t>((int64_t{1} << 62) - 4));
  expect_member(secure("secure_sum %x max = 9", {}), 0, 0, scalar<int64_t>(0));
  for (const int32_t wrong : {-1, 10}) {
    const Outcome outcome = secure("secure_sum %x max = 9", {3, wrong});
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->status, FED_ASSERTION);
    EXPECT_EQ(outcome.error->client, 1u);
  }
  EXPECT_TRUE(secure("secure_sum_bitwidth %x bitwidth = 3", {8}).error);
}

TEST(Federated, AnAggregateMergesClientsAsABinaryCounterCounts) {
  const Outcome outcome = run(
      R"(func.func @e(%x: !fed.federated<tensor<f32>, clients>) -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<i64>, server>) {
      %z = local.constant dense<1.0> : tensor<f32>
      %n = local.constant dense<0> : tensor<i64>
      %r:2 = fed.aggregate %x zero(%z, %n : tensor<f32>, tensor<i64>) : (!fed.federated<tensor<f32>, clients>) -> (!fed.federated<tensor<f32>, server>, !fed.federated<tensor<i64>, server>)
      accumulate {
      ^bb0(%a: tensor<f32>, %c: tensor<i64>, %v: tensor<f32>):
        %one = local.constant dense<1> : tensor<i64>
        %s = local.subtract %v, %a : tensor<f32>
        %d = local.add %c, %one : tensor<i64>
        fed.yield %s, %d : tensor<f32>, tensor<i64>
      } merge {
      ^bb0(%a: tensor<f32>, %c: tensor<i64>, %b: tensor<f32>, %d: tensor<i64>):
        %s = local.subtract %a, %b : tensor<f32>
        %e = local.add %c, %d : tensor<i64>
        fed.yield %s, %e : tensor<f32>, tensor<i64>
      } report {
      ^bb0(%a: tensor<f32>, %c: tensor<i64>):
        %m = local.negate %a : tensor<f32>
        fed.yield %m, %c : tensor<f32>, tensor<i64>
      }
      return %r#0, %r#1 : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<i64>, server>
    })",
      {each<float>({5, 7, 20, 41, 2, 3, 11})}, 7);
  // Each less 1; then ((4 - 6) - (19 - 40)) - ((1 - 2) - 10), negated.
  expect_member(outcome, 0, 0, scalar<float>(-30));
  expect_member(outcome, 1, 0, scalar<int64_t>(7));
}

// Slices are of the database as it is after the first phase; a key out of range is the client's
// error, whether or not anybody reads its slices.
TEST(Federated, SelectGivesTheSlicesOfTheKeys) {
  const std::string program =
      R"(func.func @e(%k: !fed.federated<tensor<2xi32>, clients>, %x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
      %db = fed.sum %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      %s = fed.select %k max_key = 9 of (%db) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<f32>, server>) -> !fed.federated<tensor<2xf32>, clients> {
      ^bb0(%d: tensor<f32>, %key: tensor<i32>):
        %f = local.convert %key : tensor<i32> -> tensor<f32>
        %v = local.multiply %d, %f : tensor<f32>
        fed.yield %v : tensor<f32>
      }
      %r = fed.map clients(%s) : (!fed.federated<tensor<2xf32>, clients>) -> !fed.federated<tensor<f32>, clients> {
      ^bb0(%t: tensor<2xf32>):
        %zero = local.constant dense<100.0> : tensor<f32>
        %rows = local.sequence_rows %t : (tensor<2xf32>) -> !local.sequence<[tensor<f32>]>
        %v = local.sequence_reduce %rows init(%zero : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
        ^bb0(%a: tensor<f32>, %e: tensor<f32>):
          %b = local.subtract %e, %a : tensor<f32>
          local.yield %b : tensor<f32>
        }
        fed.yield %v : tensor<f32>
      }
      return %r : !fed.federated<tensor<f32>, clients>
    })";
  const auto keys = [](int32_t a, int32_t b) { return leaf(vector<int32_t>({a, b})); };
  const Leaf numbers = each<float>({1, 2, 4});
  const Outcome outcome = run(program, {{{keys(0, 1), keys(9, 2), keys(3, 3)}}, numbers}, 3);
  expect_member(outcome, 0, 0, scalar<float>(107));  // 7 - (0 - 100)
  expect_member(outcome, 0, 1, scalar<float>(51));   // 14 - (63 - 100)
  expect_member(outcome, 0, 2, scalar<float>(100));
  EXPECT_EQ(outcome.accepted.size(), 2u);
  const Outcome lost = run(program, {{{keys(0, 1), keys(9, 2), keys(3, 3)}}, numbers}, 3, {{2}});
  expect_member(lost, 0, 0, scalar<float>(103));
  const Outcome wrong = run(program, {{{keys(0, 1), keys(9, 10), keys(3, 3)}}, numbers}, 3);
  ASSERT_TRUE(wrong.error);
  EXPECT_EQ(wrong.error->status, FED_ASSERTION);
  EXPECT_EQ(wrong.error->client, 1u);
}

TEST(Debug, ShowsEachParticipantsValue) {
  const auto module = parse(R"mlir(
    func.func @e(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server> {
      %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
      ^bb0(%a: tensor<f32>):
        %1 = local.negate %a : tensor<f32>
        local.debug %1, "negative" : tensor<f32>
        fed.yield %1 : tensor<f32>
      }
      %2 = fed.sum %0 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %2 : !fed.federated<tensor<f32>, server>
    })mlir");
  ASSERT_TRUE(module);
  Options options;
  options.clients = 2;
  std::string seen;
  options.debug = [&](std::optional<size_t> client, const std::string& label, const Tensor& value) {
    seen += (client ? std::to_string(*client) : "server") + " " + label + " " + show(value) + ";";
  };
  const Outcome outcome = run_entry(*module, "e", {each<float>({1, 2})}, options);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(seen, "0 negative " + show(scalar<float>(-1)) + ";1 negative " +
                      show(scalar<float>(-2)) + ";");
}

}  // namespace
}  // namespace fedc::interpret::testing
