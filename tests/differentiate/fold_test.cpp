// Folds, and regions with a gradient of their own, against finite differences: see
// finite_difference.h.
#include "tests/differentiate/finite_difference.h"

namespace fedc::finite_difference {
namespace {

// A fold whose state is a tensor and a number, with a value from above, and i in its arithmetic.
std::string stepping(const std::string& t, int64_t count, const std::string& flags) {
  return "%n = local.constant dense<" + std::to_string(count) +
         "> : tensor<i64>\n"
         "%f:2 = local.fold %n at_most = " +
         flags + " init(%x0, %x2 : " + t + ", tensor<f64>) -> " + t +
         ", tensor<f64> {\n"
         "^bb0(%i: tensor<i64>, %s: " +
         t +
         ", %k: tensor<f64>):\n"
         "  %w = local.convert %i : tensor<i64> -> tensor<f64>\n"
         "  %wide = local.broadcast_in_dim %w dims = [] : tensor<f64> -> " +
         t +
         "\n"
         "  %m = local.multiply %s, %x1 : " +
         t + "\n  %a = local.tanh %m : " + t + "\n  %b = local.multiply %a, %wide : " + t +
         "\n"
         "  %ks = local.broadcast_in_dim %k dims = [] : tensor<f64> -> " +
         t + "\n  %next = local.add %b, %ks : " + t +
         "\n"
         "  %half = local.constant dense<0.5> : tensor<f64>\n"
         "  %l = local.multiply %k, %half : tensor<f64>\n"
         "  %sin = local.tanh %l : tensor<f64>\n"
         "  local.yield %next, %sin : " +
         t +
         ", tensor<f64>\n"
         "}\n"
         "%last = local.broadcast_in_dim %f#1 dims = [] : tensor<f64> -> " +
         t + "\n%r = local.multiply %f#0, %last : " + t;
}

TEST(Fold, StatesAndCaptures) {
  for (int64_t count : {-1, 0, 1, 2, 5}) {
    SCOPED_TRACE(count);
    check_all([&](Random& random) {
      Operand x = known(random.dims(random.below(3)));
      // More room than steps, too.
      std::string flags = std::to_string(std::max<int64_t>(count, 0) + random.below(3));
      if (random.coin()) flags += " reverse";
      return Case{{x, x, known({})}, x, stepping(x.type(), count, flags)};
    });
  }
}

// Rows go in and notes come out; a state that carries no gradient is kept as well.
TEST(Fold, RowsAndNotes) {
  check_all([](Random& random) {
    const int64_t most = random.below(8), count = random.below(most + 1);
    Operand row = known(random.dims(random.below(2))), rows = row;
    rows.dims.insert(rows.dims.begin(), most);
    rows = known(rows.dims);
    const std::string t = row.type(), ts = rows.type();
    const std::string reverse = random.coin() ? " reverse" : "";
    return Case{{row, rows},
                rows,
                "%n = local.constant dense<" + std::to_string(count) +
                    "> : tensor<i64>\n%start = local.constant dense<3> : tensor<i32>\n"
                    "%f:3 = local.fold %n at_most = " +
                    std::to_string(most) + reverse + " init(%x0, %start : " + t +
                    ", tensor<i32>) rows(%x1 : " + ts + ") -> " + t + ", tensor<i32>, " + ts +
                    " {\n^bb0(%i: tensor<i64>, %s: " + t + ", %old: tensor<i32>, %v: " + t +
                    "):\n  %one = local.constant dense<1> : tensor<i32>\n"
                    "  %d = local.add %old, %one : tensor<i32>\n"
                    "  %w = local.convert %old : tensor<i32> -> tensor<f64>\n"
                    "  %wide = local.broadcast_in_dim %w dims = [] : tensor<f64> -> " +
                    t + "\n  %p = local.multiply %s, %v : " + t +
                    "\n  %q = local.multiply %p, %wide : " + t + "\n  %next = local.tanh %q : " +
                    t + "\n  %note = local.multiply %next, %v : " + t +
                    "\n  local.yield %next, %d, %note : " + t + ", tensor<i32>, " + t +
                    "\n}\n%r = local.multiply %f#2, %x1 : " + ts};
  });
}

// Products with values from above, of which one is used in a loop of each step, too; of few steps
// and of many, in either order, of which not all may be made.
TEST(Fold, Products) {
  check_all([](Random& random) {
    const int64_t most = 1 + random.below(9), count = random.coin() ? most : random.below(most + 1),
                  n = 1 + random.below(3), m = 1 + random.below(3), batch = 1 + random.below(2);
    const Domain small{-0.6, 0.6};
    Operand h = known({batch, n}), w = known({n, n}, small), u = known({m, n}, small),
            xs = known({most, batch, m});
    const std::string th = h.type(), tw = w.type(), tu = u.type(), tx = known({batch, m}).type();
    const std::string by_w = " batching = [] x [] contracting = [1] x [0] : (" + th + ", " + tw +
                             ") -> " + th,
                      by_u = " batching = [] x [] contracting = [1] x [0] : (" + tx + ", " + tu +
                             ") -> " + th;
    return Case{
        {h, w, u, xs},
        h,
        "%n = local.constant dense<" + std::to_string(count) +
            "> : tensor<i64>\n%two = local.constant dense<2> : tensor<i64>\n"
            "%r = local.fold %n at_most = " +
            std::to_string(most) + (random.coin() ? " reverse" : "") + " init(%x0 : " + th +
            ") rows(%x3 : " + xs.type() + ") -> " + th + " {\n^bb0(%i: tensor<i64>, %s: " + th +
            ", %x: " + tx + "):\n  %p = local.dot_general %s, %x1" + by_w +
            "\n  %q = local.dot_general %x, %x2" + by_u + "\n  %sum = local.add %p, %q : " + th +
            "\n  %a = local.tanh %sum : " + th +
            "\n  %in = local.fold %two at_most = 2 init(%a : " + th + ") -> " + th +
            " {\n  ^bb0(%j: tensor<i64>, %v: " + th + "):\n    %k = local.dot_general %v, %x1" +
            by_w + "\n    %d = local.tanh %k : " + th + "\n    %e = local.add %d, %s : " + th +
            "\n    local.yield %e : " + th + "\n  }\n  local.yield %in : " + th + "\n}"};
  });
}

// A loop in a loop, whose inner state begins as the outer one.
TEST(Fold, Nested) {
  check_all([](Random& random) {
    Operand x = known(random.dims(random.below(2)));
    const std::string t = x.type();
    return Case{{x, x},
                x,
                "%n = local.constant dense<2> : tensor<i64>\n"
                "%r = local.fold %n at_most = 2 init(%x0 : " +
                    t + ") -> " + t + " {\n^bb0(%i: tensor<i64>, %s: " + t +
                    "):\n  %m = local.multiply %s, %x1 : " + t +
                    "\n  %in = local.fold %i at_most = 3 init(%m : " + t + ") -> " + t +
                    " {\n  ^bb0(%j: tensor<i64>, %u: " + t + "):\n    %a = local.tanh %u : " + t +
                    "\n    %b = local.multiply %a, %s : " + t +
                    "\n    %sum = local.add %b, %x1 : " + t + "\n    local.yield %sum : " + t +
                    "\n  }\n  local.yield %in : " + t + "\n}"};
  });
}

// Steps end where the first state, which carries no gradient, is false.
TEST(Fold, UntilFalse) {
  check_all([](Random& random) {
    Operand x = known(random.dims(random.below(3)));
    const std::string t = x.type();
    const std::string most = std::to_string(random.below(8));
    return Case{{x, x},
                x,
                "%n = local.constant dense<" + most + "> : tensor<i64>\n" +
                    "%steps = local.constant dense<" + std::to_string(random.below(8)) +
                    "> : tensor<i64>\n%zero = local.constant dense<0> : tensor<i64>\n"
                    "%go = local.compare LT, %zero, %steps : tensor<i64> -> tensor<i1>\n"
                    "%f:3 = local.fold %n at_most = " +
                    most + " until_false init(%go, %x0, %zero : tensor<i1>, " + t +
                    ", tensor<i64>) -> tensor<i1>, " + t +
                    ", tensor<i64> {\n^bb0(%i: tensor<i64>, %g: tensor<i1>, %s: " + t +
                    ", %k: tensor<i64>):\n  %one = local.constant dense<1> : tensor<i64>\n"
                    "  %next = local.add %k, %one : tensor<i64>\n"
                    "  %more = local.compare LT, %next, %steps : tensor<i64> -> tensor<i1>\n"
                    "  %m = local.multiply %s, %x1 : " +
                    t + "\n  %a = local.tanh %m : " + t + "\n  %b = local.add %a, %s : " + t +
                    "\n  local.yield %more, %b, %next : tensor<i1>, " + t +
                    ", tensor<i64>\n}\n%r = local.multiply %f#1, %x1 : " + t};
  });
}

// A reduction of at most so many elements: by its accumulator, by what its steps use from above,
// and by what maps the elements.
TEST(Fold, Reductions) {
  check_all([](Random& random) {
    const int64_t count = random.below(4);
    Operand x = known(random.dims(random.below(2)));
    std::vector<int64_t> dims = x.dims;
    dims.insert(dims.begin(), count);
    const std::string t = x.type(), ts = known(dims).type(), s = "!local.sequence<[" + t + "]>";
    const std::string most = std::to_string(count + random.below(6));
    return Case{{x, x},
                x,
                "%rows = local.constant dense<0.7> : " + ts +
                    "\n%q = local.sequence_rows %rows : (" + ts + ") -> " + s +
                    "\n%mapped = local.sequence_map %q : " + s + " -> " + s + " {\n^bb0(%e: " + t +
                    "):\n  %y = local.multiply %e, %x1 : " + t + "\n  %z = local.tanh %y : " + t +
                    "\n  local.yield %z : " + t +
                    "\n}\n%f = local.sequence_reduce %mapped at_most = " + most +
                    " init(%x0 : " + t + ") : " + s + " -> " + t + " {\n^bb0(%a: " + t +
                    ", %e: " + t + "):\n  %m = local.multiply %a, %e : " + t +
                    "\n  %n = local.add %m, %x1 : " + t + "\n  %w = local.tanh %n : " + t +
                    "\n  local.yield %w : " + t + "\n}\n%r = local.multiply %f, %x1 : " + t};
  });
}

// States of a size that is known when it runs, the same in each step: a recurrent network over a
// batch, in a loop and in a loop of loops.
TEST(Fold, Batches) {
  check_all([](Random& random) {
    const int64_t batch = random.size(), width = 1 + random.below(3);
    Operand x = known({batch, width}), w = known({width, width});
    x.unknown[0] = true;
    const std::string t = x.type(), tw = w.type(), most = std::to_string(random.below(8));
    const std::string steps = "%n = local.constant dense<" + most + "> : tensor<i64>\n",
                      by = " batching = [] x [] contracting = [1] x [0] : (" + t + ", " + tw +
                           ") -> " + t;
    auto loop = [&](const std::string& name, const std::string& start) {
      return "%" + name + " = local.fold %n at_most = " + most + " init(%" + start + " : " + t +
             ") -> " + t + " {\n^bb0(%i: tensor<i64>, %s: " + t +
             "):\n  %ka = local.dot_general %s, %x1" + by +
             "\n  %kb = local.multiply %s, %x2 : " + t + "\n  %kc = local.add %kb, %ka : " + t +
             "\n  %kd = local.tanh %kc : " + t + "\n  local.yield %kd : " + t + "\n}\n";
    };
    const std::string outer = "%r = local.fold %two at_most = 2 init(%x0 : " + t + ") -> " + t +
                              " {\n^bb0(%k: tensor<i64>, %o: " + t + "):\n" + loop("in", "o") +
                              "%y = local.multiply %in, %o : " + t + "\nlocal.yield %y : " + t +
                              "\n}";
    const bool nested = random.coin();
    return Case{{x, w, x},
                x,
                steps + "%two = local.constant dense<2> : tensor<i64>\n" +
                    (nested ? outer : loop("r", "x0"))};
  });
}

// A state that in each step has another size, of which the steps note their own.
TEST(Fold, SizesThatChange) {
  check_all([](Random& random) {
    const int64_t steps = random.below(7);
    Operand x = known({random.size()}), y = known({6}), last = x;
    x.unknown[0] = last.unknown[0] = true;
    if (steps > 0) last.dims = {steps};
    const std::string t = x.type(), most = std::to_string(steps);
    return Case{{x, y},
                last,
                "%n = local.constant dense<" + most +
                    "> : tensor<i64>\n%r = local.fold %n at_most = " + most + " init(%x0 : " + t +
                    ") -> " + t + " {\n^bb0(%i: tensor<i64>, %s: " + t +
                    "):\n  %one = local.constant dense<1> : tensor<i64>\n"
                    "  %k = local.add %i, %one : tensor<i64>\n"
                    "  %p = local.iota 0 sizes(%k) : tensor<?xi64, #local.bounds<[6]>>\n"
                    "  %t = local.take %x1, %p dim = 0 batch = 0 : (tensor<6xf64>, "
                    "tensor<?xi64, #local.bounds<[6]>>) -> " +
                    t + "\n  %e = local.tanh %s : " + t + "\n  %q = local.multiply %e, %s : " + t +
                    "\n  %sum = local.reduce sum %q dims = [0] : " + t +
                    " -> tensor<f64>\n  %all = local.broadcast_in_dim %sum dims = [] sizes(%k) : "
                    "tensor<f64> -> " +
                    t + "\n  %m = local.multiply %all, %t : " + t + "\n  %u = local.tanh %m : " +
                    t + "\n  %v = local.add %u, %t : " + t + "\n  local.yield %v : " + t + "\n}"};
  });
}

// Batches of a sequence, the last of which is smaller.
TEST(Fold, ReductionsOfBatches) {
  check_all([](Random& random) {
    const int64_t count = random.below(6);
    Operand x = known({});
    const std::string rows = known({count}).type(), s = "!local.sequence<[tensor<f64>]>",
                      e = "tensor<?xf64, #local.bounds<[2]>>",
                      batches = "!local.sequence<[" + e + "]>",
                      most = std::to_string((count + 1) / 2 + random.below(4));
    return Case{
        {x, x},
        x,
        "%rows = local.constant dense<0.7> : " + rows + "\n%q = local.sequence_rows %rows : (" +
            rows + ") -> " + s + "\n%b = local.sequence_batch %q size = 2 : " + s + " -> " +
            batches + "\n%r = local.sequence_reduce %b at_most = " + most +
            " init(%x0 : tensor<f64>) : " + batches +
            " -> tensor<f64> {\n^bb0(%a: tensor<f64>, %e: " + e +
            "):\n  %k = local.get_dimension_size %e, 0 : " + e +
            "\n  %all = local.broadcast_in_dim %a dims = [] sizes(%k) : tensor<f64> -> " + e +
            "\n  %m = local.multiply %all, %e : " + e + "\n  %t = local.tanh %m : " + e +
            "\n  %sum = local.reduce sum %t dims = [0] : " + e +
            " -> tensor<f64>\n  %y = local.multiply %sum, %x1 : tensor<f64>\n"
            "  local.yield %y : tensor<f64>\n}"};
  });
}

// A product of two operands whose gradient is written out, in a fold, so that it is cloned as well.
TEST(CustomGradient, IsWhatItSays) {
  check_all([](Random& random) {
    Operand x = known(random.dims(random.below(3)));
    const std::string t = x.type();
    return Case{
        {x, x},
        x,
        "%n = local.constant dense<2> : tensor<i64>\n"
        "%r = local.fold %n at_most = 2 init(%x0 : " +
            t + ") -> " + t + " {\n^bb0(%i: tensor<i64>, %s: " + t +
            "):\n  %p = local.custom_gradient(%s, %x1) : (" + t + ", " + t + ") -> " + t +
            " {\n  ^bb0(%a: " + t + ", %b: " + t + "):\n    %prod = local.multiply %a, %b : " + t +
            "\n    local.yield %prod : " + t + "\n  } backward {\n  ^bb0(%a: " + t + ", %b: " + t +
            ", %g: " + t + "):\n    %ga = local.multiply %g, %b : " + t +
            "\n    %gb = local.multiply %g, %a : " + t + "\n    local.yield %ga, %gb : " + t +
            ", " + t + "\n  }\n  %q = local.tanh %p : " + t + "\n  local.yield %q : " + t + "\n}"};
  });
}

}  // namespace
}  // namespace fedc::finite_difference
