// The prelude is checked, each of its functions at some type, and its every declaration is
// described.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "compiler/check/testing.h"
#include "compiler/stdlib/stdlib.h"

namespace fedc {
namespace {

using testing::Checked;

TEST(Prelude, EveryOperation) {
  Checked c(R"(
fn elementwise(x: float32[3], y: float32[3], n: int32[3], b: bool[3]) -> bool[3] {
  let a = maximum(x, y) + minimum(x, y) - abs(x) * sign(y) / exp(x) % log(y);
  let c = log1p(x) + expm1(x) + tanh(x) + logistic(x) + sqrt(x) + rsqrt(x) + floor(x) + ceil(x);
  let d = power(x, y) + clamp(0.0, x, 1.0) + select(b, x, y) + select(true, x, -y);
  let e = (x == y && x != y || x < y) && (n <= n) && (n > n) && (n >= n) && !b && is_finite(x);
  let r = round(x) + round_nearest_afz(y) + sin(x) * cos(y) + erf(x);
  let i = bitwise_and(n, bitwise_or(n, bitwise_xor(n, bitwise_not(n)))) + shift_left(n, 2);
  let j = shift_right(i, n) + popcount(n) + count_leading_zeros(n);
  e && !is_nan(r) && j > i && (a + c + d + stop_gradient(x) < inf())
}
fn forms(x: float32[2,3]) -> float32[3,2] {
  let a = reshape<float32[6]>(x);
  let b = broadcast_to<float32[4,2,3]>(x);
  let c = slice(x, start=(0, 1), limit=(2, 3), strides=(1, 2));
  let d = concatenate((x, x, x), axis=-1);
  let e = iota<int32[5]>();
  let f = iota<int64[5,2]>(axis=1);
  let g = one_hot<float32>(e, 7);
  let h = fill<<float32[2],float32>>(2);
  let i: float32[2] = zeros();
  let j = ones<float32[2]>() + i;
  let k = transpose(b, permutation=(2, 0, 1));
  let l = dim(x, 1) + dim(x, -2);
  let m: float32[2,4] = repeat_rows(zeros<float32[4]>(), zeros_like(x));
  transpose(x)
}
fn places(x: float32[?<=4,6], m: float32[3,6], i: int32[2], j: int64) -> float32[2,6] {
  let a: float32[?<=4,2] = take(x, i, axis=1) + take(x, i, axis=-1);
  let b: float32[6] = take(m, j);
  let c = scatter_add(m, i, take(m, i)) + scatter_add(m, 1, b);
  let d: float32[1,3] = dynamic_slice(m, (j, 0), sizes=(1, 3));
  let e: float32[2] = dynamic_slice(b, j, sizes=2);
  let f = dynamic_update_slice(m, d, (0, j)) + reverse(c, axes=(0,)) + reverse(m);
  let g: float32[6,11] = pad(f, 0.0, low=(1, 0), high=(2, 0), interior=(0, 1));
  let h = sort(x, axis=1, descending=true) + cumsum(x, axis=0);
  let k: int32[?<=4,6] = argsort(h, axis=-1);
  let l: <values=float32[?<=4,2],indices=int32[?<=4,2]> = top_k(h, 2);
  let n: float32[?<=4,6] = squeeze(expand_dims(x, 1), axis=1);
  let o: float32[1,2,1] = expand_dims(expand_dims(e, 1), 0);
  take(f, i)
}
fn structs(m: <w=float32[3,2],b=float32>, v: float32[7]) -> <w=float32[3,2],b=float32> {
  let n: int64 = size<<w=float32[3,2],b=float32>>();
  let a: float32[7] = flatten(m) + v;
  unflatten<<w=float32[3,2],b=float32>>(a)
}
fn general(x: float32[?<=4,2,3], y: float32[3,?<=4,5]) -> float32[?<=4,2,5] {
  let a: float32[2] = dot_general(dot_general(x, ones<float32[3]>(), 2, 0), ones<float32[4]>(), 0, 0);
  dot_general(x, y, x_contracting=2, y_contracting=0, x_batching=0, y_batching=1)
}
fn contractions(m: float32[?<=4,3], v: float32[3], w: float32[4,3,2], q: float32[4,2,5]) -> float32[4,3,5] {
  let a = matmul(m, v);
  let b = matmul(v, w_of(w));
  let c = dot(v, v);
  matmul(w, q)
}
fn loops(x: float32, s: float32*) -> float32 {
  let a = repeat_while(x, fn(y) { y > 1.0 }, fn(y) { 0.5 * y }, at_most=100);
  let b = custom_gradient(floor, fn(_, g) { g }, a) + vjp(exp, x).pullback(a) + compose(exp, log)(x);
  fold(3, a + b, fn(_, y) { y + x }, at_most=3) + sequence_reduce(s, x, add, at_most=10)
}
fn w_of(w: float32[4,3,2]) -> float32[3,2] { reduce_max(w, axes=(0,)) }
fn reductions(x: float32[2,3,4], b: bool[2]) -> float32 {
  let a = reduce_sum(x, axes=(0, -1)) + reduce_mean(x, axes=(0, 2)) + reduce_prod(x, axes=(2, 0));
  let c = reduce_min(x, axes=1, keep_dims=true) + x;
  let d: int32[2,4] = argmax(x, axis=1) + argmin(x, axis=-2);
  let e = reduce_any(b) && reduce_all(b);
  reduce_max(x)
}
fn sequences(s: <a=float32[2],b=int32>*) -> <a=float32[?<=3,2],b=int32[?<=3]>* {
  let a = sequence_sum(sequence_map(fn(e) { e.a }, sequence_take(s, 10)));
  sequence_batch(sequence_repeat(s, 2), 3)
}
fn drawn(s: <a=float32[?<=3],b=int32>*, key: Key, private: PrivateKey)
    -> <a=uint64[2,5],b=Key[5],c=PrivateKey,s=<a=float32[?<=3],b=int32>*> {
  (a=threefry(derive_key(key, iota<uint64[2,5]>(axis=1)), 7), b=derive_key(key, iota<uint64[5]>()),
   c=derive_key(private, 1),
   s=sequence_shuffle(sequence_shuffle(s, 10, key), key=private, buffer=2))
}
fn combined(s: <a=float32[2],b=int32>*, t: bool*) -> <index=int64,value=<<a=float32[3,2],b=int32[3]>,bool>>* {
  let kept = sequence_filter(fn(e) { e.b > 0 }, sequence_skip(sequence_concatenate(s, s), 1));
  sequence_enumerate(sequence_zip(sequence_batch(kept, 3, drop_remainder=true), t))
}
)");
  EXPECT_EQ(c.errors(), "");
}

TEST(Prelude, EveryFunction) {
  Checked c(R"(
import "std/random" as random;
import "std/nn" as nn;
fn f(x: float32[?<=8,10], y: float64[4], labels: int32[?<=8], one: float32[10], label: int64) -> float32 {
  let a = nn.softmax(x) + nn.log_softmax(x) + nn.relu(x);
  let b = nn.sparse_softmax_cross_entropy(x, labels);
  let c: float32 = nn.sparse_softmax_cross_entropy(one, label);
  let d: float64 = nn.mean_squared_error(y, y) + nn.mean_absolute_error(y, nn.relu(y));
  let e: float64[4] = nn.binary_cross_entropy(y, y);
  let g: <w=float32[8,10],b=float32> =
      nn.clip_by_global_norm((w=zeros<float32[8,10]>(), b=1.0), 0.5);
  reduce_mean(b) + nn.norm2(x) + nn.global_norm((x=one, y=c))
}
fn h(key: Key, x: float32[?<=8,10], ids: int32[3]) -> float32[?<=8,4] {
  let dense = nn.initial_dense<float32,10,4>(key);
  let wide = nn.conv2d<1>(nn.initial_conv2d<float32,3,3,1,1>(key), zeros<float32[2,5,5,1]>());
  let deep = nn.depthwise_conv2d<1>(nn.initial_depthwise_conv2d<float32,3,3,4>(key), zeros<float32[2,5,5,4]>());
  let half = nn.strided_conv2d<2,1>(nn.initial_conv2d<float32,3,3,1,1>(key), zeros<float32[2,5,5,1]>());
  let apart = nn.strided_depthwise_conv2d<2,1>(nn.initial_depthwise_conv2d<float32,3,3,4>(key), zeros<float32[2,5,5,4]>());
  let even = nn.group_norm<2>(nn.initial_norm<float32,4>(), deep);
  let bases = nn.orthogonal<float32[3,4]>(key);
  let hidden = nn.dropout(nn.dense(dense, x), 0.5, key) + reduce_sum(wide) + reduce_sum(even) +
    reduce_sum(half) + reduce_sum(apart);
  let norm = nn.layer_norm((scale=zeros<float32[4]>(), offset=zeros<float32[4]>()), hidden);
  let lstm = nn.lstm_cell(nn.initial_lstm<float32,10,4>(key), (h=hidden, c=hidden), x);
  let gru = nn.gru_cell(nn.initial_gru<float32,10,4>(key), hidden, x);
  let w = nn.glorot_normal<float32[3,4]>(key) + nn.he_uniform<float32[3,4]>(key) +
      nn.he_normal<float32[3,4]>(key) + nn.embedding(dense.weights, ids);
  let loss = reduce_mean(nn.softmax_cross_entropy(norm, lstm.h));
  nn.huber(norm, gru) + nn.hinge(norm, gru) + loss + reduce_sum(w + bases)
}
fn g(key: Key, private: PrivateKey, x: float32[3,4]) -> <w=float32[2,3],b=float32> {
  let keys: Key[3] = random.split<3>(random.fold_in(key, 5));
  let privates: PrivateKey[2] = random.split<2>(random.fold_in(private, 5u8));
  let a: uint32[7] = random.bits<7>(take(keys, 0));
  let b: float64[3] = random.uniform<float64[3]>(key) + random.normal<float64[3]>(key);
  let c: <a=bool[2],b=bool> = random.bernoulli<<a=bool[2],b=bool>>(key, 0.5);
  let d: int32[10] = random.permutation<10>(key);
  let e: int32[3] = random.categorical(key, x);
  let f = random.private_bernoulli<bool>(take(privates, 1), 0.5);
  random.private_uniform<<w=float32[2,3],b=float32>>(private) +
    random.private_normal<<w=float32[2,3],b=float32>>(private)
}
)");
  EXPECT_EQ(c.errors(), "");
  // Each function of the library is in the program that uses all of them.
  SourceManager sources;
  DiagnosticEngine diagnostics;
  for (const StdlibFile& file : stdlib_files()) {
    FileId id = sources.add_file(std::string(file.path), std::string(file.text));
    ParseOptions options;
    options.prelude = true;
    auto module = parse(sources, id, diagnostics, options);
    for (const ast::Decl* decl : module->declarations) {
      const auto* function = ast::as<ast::FunctionDecl>(decl);
      if (function == nullptr) continue;
      EXPECT_TRUE(function->doc != "" || function->name.text[0] == '_')
          << decl->name.text << " has no description";
      if (function->body == nullptr) continue;
      // Written out where they are called, and tested by the numbers that they give.
      const std::string& name = function->name.text;
      if (name == "compose" || name == "vjp") continue;
      if (file.module == "std/aggregators" || file.module == "std/federated" ||
          file.module == "std/optimizers") {
        continue;
      }
      const std::string module_name(file.module.substr(file.module.rfind('/') + 1));
      const std::string alias = file.module.empty() ? "" : module_name + ".";
      EXPECT_NE(c.text().find("fn " + alias + decl->name.text + "."), std::string::npos)
          << decl->name.text << " is not used above";
    }
  }
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.to_string(sources);
}

// Every rule has a test, and no test names a rule that is not there.
TEST(Rules, AreTested) {
  auto read = [](const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  };
  auto collect = [](const std::string& text, const std::string& before, const std::string& after) {
    std::set<std::string> found;
    for (size_t at = 0; (at = text.find(before, at)) != std::string::npos;) {
      at += before.size();
      found.insert(text.substr(at, text.find(after, at) - at));
    }
    return found;
  };
  std::set<std::string> rules = collect(read("compiler/check/rules.def"), "FEDC_RULE(\"", "\"");
  EXPECT_GT(rules.size(), 30u);
  std::set<std::string> tested;
  for (const char* file :
       {"types_rules_test.cpp", "federated_rules_test.cpp", "functions_rules_test.cpp"}) {
    tested.merge(collect(read(std::string("compiler/check/") + file), "// RULE: ", "\n"));
  }
  EXPECT_EQ(rules, tested);
  // The reference names each rule, and no other.
  const std::string reference = read("docs/language.md");
  std::set<std::string> described;
  const std::regex id("[(, ]([LTSFPCN]-[a-z][a-z-]*)(?=[,)])");
  for (std::sregex_iterator it(reference.begin(), reference.end(), id), end; it != end; ++it) {
    described.insert((*it)[1]);
  }
  EXPECT_EQ(rules, described);
}

}  // namespace
}  // namespace fedc
