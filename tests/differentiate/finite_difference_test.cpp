// Every differentiable operation against finite differences: see finite_difference.h.
#include "tests/differentiate/finite_difference.h"

namespace fedc::finite_difference {
namespace {

// Elementwise ----------------------------------------------------------------------------------

void check_unary(const std::string& op, Domain domain = kAny) {
  SCOPED_TRACE(op);
  check_all([&](Random& random) {
    Operand x = some_unknown(random, random.dims(random.below(3)), domain);
    return Case{{x}, x, "%r = local." + op + " %x0 : " + x.type()};
  });
}

TEST(Unary, Everywhere) {
  for (const char* op :
       {"negate", "abs", "sign", "exp", "exponential_minus_one", "tanh", "logistic", "floor",
        "ceil", "round_nearest_even", "round_nearest_afz", "sine", "cosine", "erf"})
    check_unary(op);
}

TEST(Unary, OfPositives) {
  for (const char* op : {"log", "log_plus_one", "sqrt", "rsqrt"}) check_unary(op, kPositive);
}

TEST(Binary, SameShape) {
  const std::pair<const char*, Domain> ops[] = {
      {"add", kAny},     {"subtract", kAny},       {"multiply", kAny}, {"divide", kPositive},
      {"maximum", kAny}, {"remainder", kPositive}, {"minimum", kAny},  {"power", kPositive}};
  for (auto [op, domain] : ops) {
    SCOPED_TRACE(op);
    check_all([&](Random& random) {
      Dims dims = random.dims(random.below(3));
      Operand x = some_unknown(random, dims, domain), y = some_unknown(random, dims, domain);
      // Each type says what it says; the result's says all that both say.
      Operand both = x;
      for (size_t i = 0; i < dims.size(); ++i) both.unknown[i] = x.unknown[i] && y.unknown[i];
      return Case{{x, y},
                  both,
                  "%r = local." + std::string(op) + " %x0, %x1 : (" + x.type() + ", " + y.type() +
                      ", " + both.type() + ")"};
    });
  }
}

TEST(Select, ByTensorAndByScalar) {
  check_all([](Random& random) {
    Operand x = some_unknown(random, random.dims(random.below(3)));
    return Case{{x, x},
                x,
                "%p = local.compare LT, %x0, %x1 : " + x.type() + " -> " + x.type("i1") +
                    "\n%y = local.multiply %x0, %x1 : " + x.type() +
                    "\n%r = local.select %p, %y, %x1 : " + x.type("i1") + ", " + x.type()};
  });
  check_all([](Random& random) {
    Operand x = some_unknown(random, random.dims(random.below(3))), scalar = known({});
    return Case{{x, x, scalar},
                x,
                "%zero = local.constant dense<0.0> : tensor<f64>\n"
                "%p = local.compare LT, %x2, %zero : tensor<f64> -> tensor<i1>\n"
                "%r = local.select %p, %x0, %x1 : tensor<i1>, " +
                    x.type()};
  });
}

// float32 rounds: a larger step and a weaker bound.
TEST(Convert, BetweenFloats) {
  check_all(
      [](Random& random) {
        Operand x = some_unknown(random, random.dims(random.below(3)));
        return Case{{x},
                    x,
                    "%y = local.convert %x0 : " + x.type() + " -> " + x.type("f32") +
                        "\n%z = local.tanh %y : " + x.type("f32") +
                        "\n%r = local.convert %z : " + x.type("f32") + " -> " + x.type()};
      },
      1e-2, 1e-2);
}

TEST(StopGradient, IsConstant) {
  Operand x = known({3});
  Checker checker({{x}, x, "%r = local.stop_gradient %x0 : " + x.type()});
  ASSERT_TRUE(checker.good());
  Random random(1);
  std::vector<Tensor> some(3, random.tensor({3}, kAny));
  std::vector<Tensor> gradient = checker.run("gradient", some);
  for (double value : gradient[1].as<double>()) EXPECT_EQ(value, 0);
}

// Shapes ---------------------------------------------------------------------------------------

TEST(BroadcastInDim, NewStretchedAndPermuted) {
  check_all([](Random& random) {
    int64_t rank = random.below(3), to_rank = rank + random.below(2);
    Dims places = random.order(to_rank), dims(rank);
    places.resize(rank);
    Operand to = some_unknown(random, random.dims(to_rank));
    Operand from = known(dims);
    for (int64_t i = 0; i < rank; ++i) {
      bool stretched = random.below(3) == 0;
      from.dims[i] = stretched ? 1 : to.dims[places[i]];
      from.unknown[i] = !stretched && to.unknown[places[i]];
    }
    // The sizes of the result's unknown dimensions, from a tensor of its shape.
    std::string body, sizes;
    for (int64_t i = 0; i < to_rank; ++i) {
      if (!to.unknown[i]) continue;
      std::string name = "%n" + std::to_string(i);
      body +=
          name + " = local.get_dimension_size %x1, " + std::to_string(i) + " : " + to.type() + "\n";
      sizes += (sizes.empty() ? " sizes(" : ", ") + name;
    }
    if (!sizes.empty()) sizes += ")";
    body += "%y = local.broadcast_in_dim %x0 dims = " + list(places) + sizes + " : " + from.type() +
            " -> " + to.type() + "\n%r = local.multiply %y, %x1 : " + to.type();
    return Case{{from, to}, to, body};
  });
}

TEST(Reshape, StaticAndUnknownFirst) {
  check_all([](Random& random) {
    int64_t a = random.size(), b = random.size(), c = random.size();
    Operand from = known({a, b, c}), to = known({a, b * c});
    from.unknown[0] = to.unknown[0] = random.coin();
    if (!from.unknown[0] && random.coin()) to = known({c, a, b, 1});
    return Case{{from}, to, "%r = local.reshape %x0 : " + from.type() + " -> " + to.type()};
  });
}

TEST(Transpose, AnyOrder) {
  check_all([](Random& random) {
    int64_t rank = random.below(4);
    Operand from = some_unknown(random, random.dims(rank)), to = from;
    Dims order = random.order(rank);
    for (int64_t i = 0; i < rank; ++i) {
      to.dims[i] = from.dims[order[i]];
      to.unknown[i] = from.unknown[order[i]];
    }
    return Case{{from},
                to,
                "%r = local.transpose %x0, permutation = " + list(order) + " : " + from.type() +
                    " -> " + to.type()};
  });
}

TEST(SliceAndPad, AnyBox) {
  check_all([](Random& random) {
    int64_t rank = random.below(3);
    Operand from = some_unknown(random, random.dims(rank)), to = from;
    Dims start(rank, 0), limit(rank, -1), strides(rank, 1);
    for (int64_t i = 0; i < rank; ++i) {
      if (from.unknown[i]) continue;
      start[i] = random.below(from.dims[i] + 1);
      limit[i] = start[i] + random.below(from.dims[i] - start[i] + 1);
      strides[i] = 1 + random.below(3);
      to.dims[i] = (limit[i] - start[i] + strides[i] - 1) / strides[i];
    }
    return Case{{from},
                to,
                "%r = local.slice %x0 start = " + list(start) + " limit = " + list(limit) +
                    " strides = " + list(strides) + " : " + from.type() + " -> " + to.type()};
  });
  check_all([](Random& random) {
    int64_t rank = random.below(3);
    Operand from = some_unknown(random, random.dims(rank)), to = from;
    Dims low(rank, 0), high(rank, 0), interior(rank, 0);
    for (int64_t i = 0; i < rank; ++i) {
      if (from.unknown[i]) continue;
      low[i] = random.below(3);
      high[i] = random.below(3);
      interior[i] = random.below(3);
      to.dims[i] =
          low[i] + high[i] + from.dims[i] + std::max<int64_t>(from.dims[i] - 1, 0) * interior[i];
    }
    return Case{{from},
                to,
                "%r = local.pad %x0 low = " + list(low) + " high = " + list(high) +
                    " interior = " + list(interior) + " : " + from.type() + " -> " + to.type()};
  });
}

TEST(Pad, WithAValue) {
  check_all([](Random& random) {
    int64_t rank = random.below(3);
    Operand from = known(random.dims(rank)), to = from;
    Dims low(rank), high(rank), interior(rank);
    for (int64_t i = 0; i < rank; ++i) {
      low[i] = random.below(3);
      high[i] = random.below(3);
      interior[i] = random.below(2);
      to.dims[i] += low[i] + high[i] + std::max<int64_t>(from.dims[i] - 1, 0) * interior[i];
    }
    return Case{{from, known({})},
                to,
                "%r = local.pad %x0 value(%x1 : tensor<f64>) low = " + list(low) +
                    " high = " + list(high) + " interior = " + list(interior) + " : " +
                    from.type() + " -> " + to.type()};
  });
}

TEST(Concatenate, AlongAnyDimension) {
  check_all([](Random& random) {
    int64_t rank = 1 + random.below(2), joined = random.below(rank);
    Operand x = some_unknown(random, random.dims(rank));
    x.unknown[joined] = false;
    Operand y = x, to = x;
    y.dims[joined] = random.size();
    to.dims[joined] = x.dims[joined] + y.dims[joined];
    return Case{{x, y},
                to,
                "%r = local.concatenate %x0, %x1 dim = " + std::to_string(joined) + " : (" +
                    x.type() + ", " + y.type() + ") -> " + to.type()};
  });
}

TEST(Cast, ForgetsAndAsserts) {
  check_all([](Random& random) {
    Dims dims = random.dims(random.below(3));
    Operand from = some_unknown(random, dims), to = some_unknown(random, dims);
    return Case{{from}, to, "%r = local.cast %x0 : " + from.type() + " -> " + to.type()};
  });
}

// Contractions and reductions ------------------------------------------------------------------

TEST(DotGeneral, AnyContraction) {
  auto make = [](Random& random) {
    int64_t batching = random.below(2), contracting = random.below(3);
    int64_t free[2] = {random.below(3), random.below(2)};
    Operand shared = some_unknown(random, random.dims(batching + contracting));
    Operand sides[2], result = known({});
    Dims batching_of[2], contracting_of[2];
    auto append = [](Operand& to, const Operand& from, int64_t i) {
      to.dims.push_back(from.dims[i]);
      to.unknown.push_back(from.unknown[i]);
    };
    for (int64_t i = 0; i < batching; ++i) append(result, shared, i);
    for (int s = 0; s < 2; ++s) {
      Operand own = some_unknown(random, random.dims(free[s]));
      int64_t rank = batching + contracting + free[s];
      // places[i]: which dimension of the side is shared dimension i; the rest are free, in order.
      Dims places = random.order(rank);
      std::sort(places.begin() + batching + contracting, places.end());
      sides[s] = known(Dims(rank));
      for (int64_t i = 0; i < rank; ++i) {
        bool is_shared = i < batching + contracting;
        const Operand& source = is_shared ? shared : own;
        int64_t k = is_shared ? i : i - batching - contracting;
        sides[s].dims[places[i]] = source.dims[k];
        sides[s].unknown[places[i]] = source.unknown[k];
        if (!is_shared) append(result, own, k);
      }
      batching_of[s].assign(places.begin(), places.begin() + batching);
      contracting_of[s].assign(places.begin() + batching, places.begin() + batching + contracting);
    }
    return Case{{sides[0], sides[1]},
                result,
                "%r = local.dot_general %x0, %x1 batching = " + list(batching_of[0]) + " x " +
                    list(batching_of[1]) + " contracting = " + list(contracting_of[0]) + " x " +
                    list(contracting_of[1]) + " : (" + sides[0].type() + ", " + sides[1].type() +
                    ") -> " + result.type()};
  };
  for (int i = 0; i < 5 * kRepeats && !HasFailure(); ++i) {
    Random random(5000 + i);
    check(make(random), random);
  }
}

TEST(Reduce, EveryKind) {
  for (const char* kind : {"sum", "product", "max", "min"}) {
    SCOPED_TRACE(kind);
    check_all([&](Random& random) {
      int64_t rank = random.below(4);
      Operand from = some_unknown(random, random.dims(rank)), to = known({});
      // An empty maximum is infinite.
      bool extremum = kind[0] == 'm';
      if (extremum)
        for (int64_t& dim : from.dims) dim = std::max<int64_t>(dim, 1);
      Dims reduced;
      for (int64_t i = 0; i < rank; ++i) {
        if (random.coin()) {
          reduced.push_back(i);
        } else {
          to.dims.push_back(from.dims[i]);
          to.unknown.push_back(from.unknown[i]);
        }
      }
      return Case{{from},
                  to,
                  "%r = local.reduce " + std::string(kind) + " %x0 dims = " + list(reduced) +
                      " : " + from.type() + " -> " + to.type()};
    });
  }
}

// Where a maximum is attained twice, or a factor is 0, differences say nothing; the conventions do.
TEST(Reduce, TiesAndZeros) {
  auto gradient = [](const std::string& op, std::vector<double> values) {
    Operand x = known({int64_t(values.size())});
    Checker checker({{x}, known({}), "%r = local." + op + " : " + x.type() + " -> tensor<f64>"});
    Tensor at = Tensor::of<double>(x.dims, values), one = Tensor::scalar<double>(1);
    Tensor result = checker.run("gradient", {at, one, at}).at(1);
    return std::vector<double>(result.as<double>().begin(), result.as<double>().end());
  };
  // The loss is r * r + r, so its slope is 2 r + 1.
  EXPECT_EQ(gradient("reduce max %x0 dims = [0]", {1, 3, 3}), (std::vector<double>{0, 7, 0}));
  EXPECT_EQ(gradient("reduce min %x0 dims = [0]", {1, 1, 3}), (std::vector<double>{3, 0, 0}));
  EXPECT_EQ(gradient("reduce product %x0 dims = [0]", {2, 0, 3}), (std::vector<double>{0, 6, 0}));
  EXPECT_EQ(gradient("reduce product %x0 dims = [0]", {2, 0, 0}), (std::vector<double>{0, 0, 0}));
}

TEST(Binary, Ties) {
  for (const char* op : {"maximum", "minimum"}) {
    Operand x = known({1});
    Checker checker({{x, x}, x, "%r = local." + std::string(op) + " %x0, %x1 : " + x.type()});
    Tensor two = Tensor::of<double>({1}, std::vector<double>{2});
    std::vector<Tensor> result = checker.run("gradient", {two, two, two, two, two});
    EXPECT_EQ(result.at(1).as<double>()[0], 10);
    EXPECT_EQ(result.at(2).as<double>()[0], 0);
  }
}

// Control --------------------------------------------------------------------------------------

TEST(If, BothWaysAndNested) {
  check_all([](Random& random) {
    Operand x = some_unknown(random, random.dims(random.below(3))), scalar = known({});
    const std::string t = x.type();
    return Case{{x, x, scalar},
                x,
                "%zero = local.constant dense<0.0> : tensor<f64>\n"
                "%p = local.compare LT, %x2, %zero : tensor<f64> -> tensor<i1>\n"
                "%half = local.multiply %x0, %x1 : " +
                    t +
                    "\n"
                    "%i:2 = local.if %p -> " +
                    t +
                    ", tensor<f64> {\n"
                    "  %a = local.exp %half : " +
                    t +
                    "\n"
                    "  %b = local.multiply %a, %x1 : " +
                    t +
                    "\n"
                    "  %q = local.compare LT, %x2, %x2 : tensor<f64> -> tensor<i1>\n"
                    "  %j = local.if %q -> " +
                    t +
                    " {\n"
                    "    local.yield %half : " +
                    t +
                    "\n"
                    "  } else {\n"
                    "    %e = local.multiply %b, %x0 : " +
                    t +
                    "\n"
                    "    local.yield %e : " +
                    t +
                    "\n"
                    "  }\n"
                    "  local.yield %j, %x2 : " +
                    t +
                    ", tensor<f64>\n"
                    "} else {\n"
                    "  local.yield %half, %zero : " +
                    t +
                    ", tensor<f64>\n"
                    "}\n"
                    "%p2 = local.compare EQ, %i#1, %zero : tensor<f64> -> tensor<i1>\n"
                    "%r = local.select %p2, %i#0, %half : tensor<i1>, " +
                    t};
  });
}

// A loss as it is written: softmax cross entropy of a linear model over a batch, where the largest
// logit is subtracted first, as a constant, and added again.
TEST(Model, SoftmaxRegression) {
  check_all([](Random& random) {
    int64_t n = 1 + random.size();
    Operand x = known({n, 3}), w = known({3, 4}), b = known({4}), y = known({n, 4});
    x.unknown[0] = y.unknown[0] = random.coin();
    Operand z = y, rows = known({n});
    rows.unknown[0] = x.unknown[0];
    const std::string sizes = x.unknown[0] ? " sizes(%n)" : "", t = z.type();
    return Case{
        {w, b, x, y},
        known({}),
        "%n = local.get_dimension_size %x2, 0 : " + x.type() +
            "\n"
            "%l = local.dot_general %x2, %x0 batching = [] x [] contracting = [1] x [0] : (" +
            x.type() + ", " + w.type() + ") -> " + t +
            "\n"
            "%b = local.broadcast_in_dim %x1 dims = [1]" +
            sizes + " : " + b.type() + " -> " + t + "\n%z = local.add %l, %b : " + t +
            "\n"
            "%m = local.reduce max %z dims = [1] : " +
            t + " -> " + rows.type() +
            "\n"
            "%ms = local.stop_gradient %m : " +
            rows.type() +
            "\n"
            "%mb = local.broadcast_in_dim %ms dims = [0]" +
            sizes + " : " + rows.type() + " -> " + t + "\n%s = local.subtract %z, %mb : " + t +
            "\n"
            "%e = local.exp %s : " +
            t +
            "\n"
            "%t = local.reduce sum %e dims = [1] : " +
            t + " -> " + rows.type() +
            "\n"
            "%g = local.log %t : " +
            rows.type() +
            "\n"
            "%p = local.multiply %z, %x3 : " +
            t +
            "\n"
            "%q = local.reduce sum %p dims = [1] : " +
            t + " -> " + rows.type() +
            "\n"
            "%u = local.add %g, %ms : " +
            rows.type() +
            "\n"
            "%d = local.subtract %u, %q : " +
            rows.type() +
            "\n"
            "%r = local.reduce sum %d dims = [0] : " +
            rows.type() + " -> tensor<f64>"};
  });
}

}  // namespace
}  // namespace fedc::finite_difference
