// Random arguments.
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "compiler/interpret/tensor_ops.h"
#include "tests/generator/generate.h"

namespace fedc::generator {
namespace {

using fedrt::Leaf;
using fedrt::LeafValue;
using fedrt::Tensor;

class Arguments {
 public:
  explicit Arguments(Random& random) : random_(random) {
    static const std::vector<Kind> kKinds = {Kind::kWild, Kind::kZeros, Kind::kTiny, Kind::kHuge};
    if (random.chance(30)) kind_ = random.pick(kKinds);
  }

  // What `member` holds: unknown dimensions of one tag have one size in it.
  LeafValue value(const TyPtr& type, size_t member) {
    LeafValue result;
    member_ = member;
    element_ = 0;
    if (!type->is_sequence()) {
      result.tensor = tensor(*type);
      return result;
    }
    const int length = random_.chance(15) ? 0 : random_.between(1, 6);
    for (int i = 0; i < length; ++i) {
      ++element_;
      fedrt::Element element;
      for (const TyPtr& leaf : leaves(type->member)) element.push_back(tensor(*leaf));
      result.elements.push_back(std::move(element));
    }
    return result;
  }

 private:
  // What numbers a call has beside usual ones: those that are not finite, zeros of both signs, such
  // as have fewer bits, such as overflow.
  enum class Kind : uint8_t { kUsual, kWild, kZeros, kTiny, kHuge };

  Tensor tensor(const Ty& type) {
    if (type.is_key()) {  // whoever runs it fills keys
      std::vector<int64_t> sizes;
      for (const Dim& dim : type.dims) sizes.push_back(dim.size);
      Tensor keys = Tensor::zeros(ElementType::kUint64, sizes);
      for (uint64_t& key : keys.as<uint64_t>()) key = random_.next();
      return keys;
    }
    std::vector<int64_t> dims;
    for (const Dim& dim : type.dims) {
      if (!dim.tag) {
        dims.push_back(dim.size);
        continue;
      }
      const auto [it, is_new] = sizes_.try_emplace({dim.tag, member_, element_});
      if (is_new) it->second = random_.below(static_cast<int>(dim.size) + 1);
      dims.push_back(it->second);
    }
    Tensor numbers = Tensor::zeros(ElementType::kFloat64, dims);
    const bool is_float = fedrt::is_float(type.element);
    for (double& x : numbers.as<double>()) x = is_float ? number() : whole(type.element);
    return interpret::convert(numbers, type.element);
  }

  double whole(ElementType element) {
    if (element == ElementType::kBool) return random_.below(2);
    const int range = random_.chance(80) ? 5 : 100;
    const int low = fedrt::is_signed_integer(element) ? -range : 0;
    if (random_.chance(3)) return fedrt::is_signed_integer(element) ? -1e30 : 1e30;  // saturates
    return random_.between(low, range);
  }

  double number() {
    const int at = random_.below(100);
    const double sign = random_.chance(50) ? 1 : -1;
    if (kind_ == Kind::kZeros && at < 70) return sign * (at < 60 ? 0.0 : 1.0);
    if (kind_ == Kind::kTiny && at < 60) {  // around the smallest normal numbers
      return sign * std::ldexp(random_.between(1, 9), -random_.between(120, 150));
    }
    if (kind_ == Kind::kHuge && at < 20) return sign * std::ldexp(1.0, random_.between(60, 127));
    if (kind_ == Kind::kWild && at < 6) {
      static const std::vector<double> kWild = {std::numeric_limits<double>::infinity(),
                                                -std::numeric_limits<double>::infinity(),
                                                std::numeric_limits<double>::quiet_NaN(),
                                                3e38,
                                                -3e38,
                                                1.7e308,
                                                1e-45,
                                                1e-310,
                                                -0.0};
      return random_.pick(kWild);
    }
    if (at < 20) return 0;
    if (at < 50) return random_.between(-4, 4);
    if (at < 60) return random_.between(0, 64) / 16.0;
    return (random_.below(2000001) - 1000000) / 300000.0;
  }

  Random& random_;
  Kind kind_ = Kind::kUsual;
  size_t member_ = 0, element_ = 0;
  std::map<std::tuple<int, size_t, size_t>, int64_t> sizes_;
};

}  // namespace

Call generate_call(const File& file, const Entry& entry, uint64_t seed) {
  Random random(seed);
  Arguments arguments(random);
  Call call;
  call.key = random.next();
  call.clients = random.chance(8) ? 0 : random.chance(15) ? 17 : random.between(1, 6);
  for (const auto& [name, type] : entry.parameters) {
    for (const TyPtr& leaf : leaves(type.member)) {
      Leaf made;
      const size_t members = type.place == Place::kClients ? call.clients : 1;
      for (size_t i = 0; i < members; ++i) made.members.push_back(arguments.value(leaf, i));
      call.leaves.push_back(std::move(made));
    }
  }
  if (random.chance(35)) {
    for (int phase = 0; phase < 4; ++phase) {
      std::set<size_t> lost;
      for (size_t c = 0; c < call.clients; ++c) {
        if (random.chance(15)) lost.insert(c);
      }
      call.lost.push_back(std::move(lost));
    }
  }
  for (const Param& param : file.params) {
    // A whole number in its range, whatever its type.
    if (random.chance(50)) continue;
    const double value = random.between(-10, 10);
    call.params[param.name] = interpret::convert(Tensor::scalar<double>(value), param.element);
  }
  return call;
}

}  // namespace fedc::generator
