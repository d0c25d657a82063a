// Operations on elements at computed places against finite differences: see finite_difference.h.
#include "tests/differentiate/finite_difference.h"

namespace fedc::finite_difference {
namespace {

// A constant `name` of random indices below `size`.
std::string indices(Random& random, const std::string& name, const Dims& dims, int64_t size) {
  int64_t count = 1;
  for (int64_t dim : dims) count *= dim;
  std::string values;
  if (count > 0) {
    Dims flat(count);
    for (int64_t& value : flat) value = random.below(size);
    values = list(flat);
  }
  std::string shape = "tensor<", flat = "tensor<" + std::to_string(count) + "xi32>";
  for (int64_t dim : dims) shape += std::to_string(dim) + "x";
  shape += "i32>";
  return "%flat = local.constant dense<" + values + "> : " + flat + "\n" + name +
         " = local.reshape %flat : " + flat + " -> " + shape + "\n";
}
std::string index_type(const Dims& dims) {
  std::string shape = "tensor<";
  for (int64_t dim : dims) shape += std::to_string(dim) + "x";
  return shape + "i32>";
}

struct Placement {
  Operand from, taken;
  Dims places;
  int64_t dim, batch;
};
Placement placement(Random& random) {
  Placement p;
  int64_t rank = 1 + random.below(3);
  p.from = some_unknown(random, random.dims(rank));
  p.dim = random.below(rank);
  p.batch = random.below(p.dim + 1);
  p.from.dims[p.dim] = std::max<int64_t>(p.from.dims[p.dim], 1);
  p.places.assign(p.from.dims.begin(), p.from.dims.begin() + p.batch);
  for (int64_t i = random.below(3); i > 0; --i) p.places.push_back(random.size());
  p.taken = known({});
  auto append = [&](int64_t size, bool unknown) {
    p.taken.dims.push_back(size);
    p.taken.unknown.push_back(unknown);
  };
  for (int64_t i = 0; i < p.dim; ++i) append(p.from.dims[i], i >= p.batch && p.from.unknown[i]);
  for (size_t i = p.batch; i < p.places.size(); ++i) append(p.places[i], false);
  for (int64_t i = p.dim + 1; i < rank; ++i) append(p.from.dims[i], p.from.unknown[i]);
  return p;
}
std::string where(const Placement& p) {
  return " dim = " + std::to_string(p.dim) + " batch = " + std::to_string(p.batch);
}

TEST(Take, AlongAnyDimension) {
  check_all([](Random& random) {
    Placement p = placement(random);
    return Case{{p.from},
                p.taken,
                indices(random, "%i", p.places, p.from.dims[p.dim]) + "%r = local.take %x0, %i" +
                    where(p) + " : (" + p.from.type() + ", " + index_type(p.places) + ") -> " +
                    p.taken.type()};
  });
}

TEST(ScatterAdd, AlongAnyDimension) {
  check_all([](Random& random) {
    Placement p = placement(random);
    return Case{{p.from, p.taken},
                p.from,
                indices(random, "%i", p.places, p.from.dims[p.dim]) +
                    "%r = local.scatter_add %x0, %i, %x1" + where(p) + " : (" + p.from.type() +
                    ", " + index_type(p.places) + ", " + p.taken.type() + ") -> " + p.from.type()};
  });
}

TEST(DynamicSlice, AndUpdate) {
  for (bool update : {false, true}) {
    check_all([&](Random& random) {
      int64_t rank = random.below(3);
      Operand from = known(random.dims(rank)), box = from;
      std::string body, start;
      for (int64_t i = 0; i < rank; ++i) {
        box.dims[i] = random.below(from.dims[i] + 1);
        std::string name = "%s" + std::to_string(i);
        body += name + " = local.constant dense<" +
                std::to_string(random.below(from.dims[i] - box.dims[i] + 1)) + "> : tensor<i64>\n";
        start += (i ? ", " : "") + name;
      }
      if (update) {
        body += "%r = local.dynamic_update_slice %x0, %x1[" + start + "] : (" + from.type() + ", " +
                box.type() + ") -> " + from.type();
        return Case{{from, box}, from, body};
      }
      body += "%r = local.dynamic_slice %x0[" + start + "] sizes = " + list(box.dims) + " : " +
              from.type() + " -> " + box.type();
      return Case{{from}, box, body};
    });
  }
}

TEST(Reverse, AlongAnyDimensions) {
  check_all([](Random& random) {
    int64_t rank = random.below(4);
    Operand x = some_unknown(random, random.dims(rank));
    Dims dims = random.order(rank);
    dims.resize(random.below(rank + 1));
    return Case{
        {x},
        x,
        "%r = local.reverse %x0 dims = " + list(dims) + " : " + x.type() + " -> " + x.type()};
  });
}

TEST(CumulativeSum, AlongAnyDimension) {
  check_all([](Random& random) {
    int64_t rank = 1 + random.below(3);
    Operand x = some_unknown(random, random.dims(rank));
    return Case{{x},
                x,
                "%r = local.cumulative_sum %x0 dim = " + std::to_string(random.below(rank)) +
                    " : " + x.type() + " -> " + x.type()};
  });
}

// What `sort` is made of.
TEST(Sort, LastDimension) {
  check_all([](Random& random) {
    int64_t rank = 1 + random.below(3);
    Operand x = some_unknown(random, random.dims(rank));
    std::string last = std::to_string(rank - 1);
    return Case{{x},
                x,
                "%i = local.argsort %x0 dim = " + last + " : " + x.type() + " -> " + x.type("i32") +
                    "\n%r = local.take %x0, %i dim = " + last + " batch = " + last + " : (" +
                    x.type() + ", " + x.type("i32") + ") -> " + x.type()};
  });
}

}  // namespace
}  // namespace fedc::finite_difference
