// Convolutions and reductions of windows against finite differences: see finite_difference.h.
#include "tests/differentiate/finite_difference.h"

namespace fedc::finite_difference {
namespace {

int64_t positions(int64_t size, int64_t window, int64_t stride, int64_t low, int64_t high) {
  const int64_t places = low + size + high;
  return places < window ? 0 : (places - window) / stride + 1;
}

struct Convolution {
  Operand operand, filter, result;
  std::string attributes;
};

// One to three spatial dimensions; sizes may be 0, 1 or too small for the window.
Convolution convolution(Random& random) {
  const int64_t spatial = 1 + random.below(3), groups = 1 + random.below(3);
  const int64_t in = random.below(3), out = groups * random.below(3);
  Convolution c{known({random.size()}), known({}), known({}), ""};
  c.result.dims = {c.operand.dims[0]};
  Dims strides, padding, dilation;
  for (int64_t i = 0; i < spatial; ++i) {
    const int64_t size = random.size() + random.below(3), window = 1 + random.below(3);
    strides.push_back(1 + random.below(3));
    dilation.push_back(1 + random.below(2));
    padding.push_back(random.below(4));
    padding.push_back(random.below(4));
    c.operand.dims.push_back(size);
    c.filter.dims.push_back(window);
    c.result.dims.push_back(positions(size, (window - 1) * dilation[i] + 1, strides[i],
                                      padding[2 * i], padding[2 * i + 1]));
  }
  c.operand.dims.push_back(groups * in);
  c.filter.dims.push_back(in);
  c.filter.dims.push_back(out);
  c.result.dims.push_back(out);
  c.operand = known(c.operand.dims);
  c.filter = known(c.filter.dims);
  c.result = known(c.result.dims);
  c.operand.unknown[0] = c.result.unknown[0] = random.coin();
  c.attributes = " strides = " + list(strides) + " padding = " + list(padding) +
                 " dilation = " + list(dilation) + " groups = " + std::to_string(groups);
  return c;
}

void check_convolutions(const std::string& op, const std::function<Case(Convolution)>& make) {
  SCOPED_TRACE(op);
  for (int i = 0; i < 6 * kRepeats && !::testing::Test::HasFailure(); ++i) {
    Random random(9000 + i);
    check(make(convolution(random)), random);
  }
}

std::string applied(const std::string& op, const Convolution& c, const Operand& lhs,
                    const Operand& rhs, const Operand& result) {
  return "%r = local." + op + " %x0, %x1" + c.attributes + " : (" + lhs.type() + ", " + rhs.type() +
         ") -> " + result.type();
}

TEST(Convolution, ByOperandAndFilter) {
  check_convolutions("convolution", [](const Convolution& c) {
    return Case{
        {c.operand, c.filter}, c.result, applied("convolution", c, c.operand, c.filter, c.result)};
  });
}

TEST(Convolution, OfItsGradients) {
  check_convolutions("convolution_data", [](const Convolution& c) {
    return Case{{c.result, c.filter},
                c.operand,
                applied("convolution_data", c, c.result, c.filter, c.operand)};
  });
  check_convolutions("convolution_filter", [](const Convolution& c) {
    return Case{{c.operand, c.result},
                c.filter,
                applied("convolution_filter", c, c.operand, c.result, c.filter)};
  });
}

struct Windows {
  Operand operand, result;
  std::string attributes;
};

Windows windows(Random& random, int64_t least) {
  const int64_t rank = random.below(4);
  Dims dims(rank);
  for (int64_t& dim : dims) dim = std::max(least, random.size() + random.below(3));
  Windows w{some_unknown(random, dims), known({}), ""};
  w.result = w.operand;
  Dims window, strides, padding;
  for (int64_t i = 0; i < rank; ++i) {
    const bool whole = w.operand.unknown[i];
    window.push_back(whole ? 1 : 1 + random.below(3));
    strides.push_back(whole ? 1 : 1 + random.below(3));
    padding.push_back(random.below(window[i]));
    padding.push_back(random.below(window[i]));
    w.result.dims[i] =
        positions(dims[i], window[i], strides[i], padding[2 * i], padding[2 * i + 1]);
  }
  w.attributes =
      " window = " + list(window) + " strides = " + list(strides) + " padding = " + list(padding);
  return w;
}

TEST(ReduceWindow, EveryKind) {
  for (const char* kind : {"sum", "max", "min"}) {
    SCOPED_TRACE(kind);
    for (int i = 0; i < 4 * kRepeats && !HasFailure(); ++i) {
      Random random(7000 + i);
      // An empty maximum is infinite.
      Windows w = windows(random, kind[0] == 'm');
      check({{w.operand},
             w.result,
             "%r = local.reduce_window " + std::string(kind) + " %x0" + w.attributes + " : " +
                 w.operand.type() + " -> " + w.result.type()},
            random);
    }
  }
}

TEST(SelectAndScatter, AndGather) {
  for (const char* kind : {"max", "min"}) {
    SCOPED_TRACE(kind);
    for (int i = 0; i < 4 * kRepeats && !HasFailure(); ++i) {
      Random random(8000 + i);
      Windows w = windows(random, 0);
      check({{w.operand, w.result},
             w.operand,
             "%r = local.select_and_scatter " + std::string(kind) + " %x0, %x1" + w.attributes +
                 " : (" + w.operand.type() + ", " + w.result.type() + ") -> " + w.operand.type()},
            random);
      check({{w.operand, w.operand},
             w.result,
             "%r = local.select_and_gather " + std::string(kind) + " %x0, %x1" + w.attributes +
                 " : (" + w.operand.type() + ", " + w.operand.type() + ") -> " + w.result.type()},
            random);
    }
  }
}

// Where the largest element stands twice, differences say nothing; the convention does.
TEST(ReduceWindow, Ties) {
  Operand x = known({4}), r = known({2});
  Checker checker({{x},
                   r,
                   "%r = local.reduce_window max %x0 window = [3] strides = [1] padding = [0, 0] "
                   ": " +
                       x.type() + " -> " + r.type()});
  Tensor at = Tensor::of<double>({4}, std::vector<double>{1, 3, 3, 3});
  Tensor one = Tensor::of<double>({2}, std::vector<double>{1, 1});
  Tensor result = checker.run("gradient", {at, one, at}).at(1);
  // The loss is r * r + r of each window, so its slope is 2 r + 1; both windows begin with 3.
  EXPECT_EQ(std::vector<double>(result.as<double>().begin(), result.as<double>().end()),
            (std::vector<double>{0, 14, 0, 0}));
}

}  // namespace
}  // namespace fedc::finite_difference
