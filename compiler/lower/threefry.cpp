// Random bits as integer arithmetic.
#include "compiler/lower/lowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace fedc::lower {

using namespace mlir;

// As fedrt::threefry (runtime/data/threefry.h), written out: one loop over elements has no branch.
Value threefry(OpBuilder& b, Location loc, Value key, Value counter) {
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  constexpr int64_t kParity = 0x1BD11BDA;
  Type word = b.getI32Type(), pair = key.getType();
  const auto number = [&](Type type, int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
  };
  const auto upper = [&](Value x) -> Value {
    return arith::TruncIOp::create(b, loc, word,
                                   arith::ShRUIOp::create(b, loc, x, number(pair, 32)));
  };
  const auto lower = [&](Value x) -> Value { return arith::TruncIOp::create(b, loc, word, x); };
  const auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, loc, x, y); };
  const auto exclusive_or = [&](Value x, Value y) -> Value {
    return arith::XOrIOp::create(b, loc, x, y);
  };
  const auto rotate = [&](Value x, int bits) -> Value {
    Value left = arith::ShLIOp::create(b, loc, x, number(word, bits));
    Value right = arith::ShRUIOp::create(b, loc, x, number(word, 32 - bits));
    return arith::OrIOp::create(b, loc, left, right);
  };
  Value keys[3] = {upper(key), lower(key), {}};
  keys[2] = exclusive_or(exclusive_or(keys[0], keys[1]), number(word, kParity));
  Value x0 = add(upper(counter), keys[0]), x1 = add(lower(counter), keys[1]);
  for (int group = 1; group <= 5; ++group) {
    for (int i = 0; i < 4; ++i) {
      x0 = add(x0, x1);
      x1 = exclusive_or(rotate(x1, kRotations[(group % 2 == 1 ? 0 : 4) + i]), x0);
    }
    x0 = add(x0, keys[group % 3]);
    x1 = add(add(x1, keys[(group + 1) % 3]), number(word, group));
  }
  Value high =
      arith::ShLIOp::create(b, loc, arith::ExtUIOp::create(b, loc, pair, x0), number(pair, 32));
  return arith::OrIOp::create(b, loc, high, arith::ExtUIOp::create(b, loc, pair, x1));
}

}  // namespace fedc::lower
