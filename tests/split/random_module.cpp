#include "tests/split/random_module.h"

#include <algorithm>
#include <random>
#include <vector>

namespace fedc::split {
namespace {

// A scalar or a vector of 40 float32; or a sequence of scalars.
enum class Shape { kScalar, kVector, kSequence };

std::string member(Shape shape) {
  switch (shape) {
    case Shape::kScalar:
      return "tensor<f32>";
    case Shape::kVector:
      return "tensor<40xf32>";
    case Shape::kSequence:
      return "!local.sequence<[tensor<f32>]>";
  }
  return "";
}

struct Federated {
  std::string name;
  Shape shape;
  bool server;
  bool all_equal;

  std::string type() const {
    return "!fed.federated<" + member(shape) + (server ? ", server" : ", clients") +
           (all_equal ? ", all_equal>" : ">");
  }
};

struct Local {
  std::string name;
  Shape shape;
};

class Generator {
 public:
  Generator(uint32_t seed, bool means) : random_(seed), means_(means) {}

  std::string run() {
    std::string arguments, signature;
    auto argument = [&](Shape shape, bool server) {
      Federated value{fresh(), shape, server, false};
      values_.push_back(value);
      std::string name = "a" + value.name.substr(1);
      arguments += (arguments.empty() ? "" : ", ") + value.name + ": " + value.type() +
                   " {fed.name = \"" + name + "\"}";
      std::string type = shape == Shape::kVector     ? "float32[40]"
                         : shape == Shape::kSequence ? "float32*"
                                                     : "float32";
      signature += (signature.empty() ? "" : ",") + name + "=" +
                   (server ? type + "@SERVER" : "{" + type + "}@CLIENTS");
    };
    for (int i = pick(1, 3); i > 0; --i) argument(shape(), false);
    for (int i = pick(0, 3); i > 0; --i) argument(shape(), true);
    if (pick(0, 1)) argument(Shape::kSequence, false);
    for (int i = pick(4, 24); i > 0; --i) statement();

    std::vector<Federated> results;
    for (const Federated& value : values_) {
      if (value.shape != Shape::kSequence && pick(0, 5) == 0) results.push_back(value);
    }
    const Federated* last = choose([](const Federated& v) { return v.shape != Shape::kSequence; });
    if (last) results.push_back(*last);
    if (results.empty()) results.push_back(values_.front());
    std::string types, names, result_signature;
    for (const Federated& value : results) {
      std::string separator = types.empty() ? "" : ", ";
      types += separator + value.type();
      names += separator + value.name;
      std::string type = value.shape == Shape::kVector ? "float32[40]" : "float32";
      result_signature +=
          (result_signature.empty() ? "" : ",") + (value.server      ? type + "@SERVER"
                                                   : value.all_equal ? type + "@CLIENTS"
                                                                     : "{" + type + "}@CLIENTS");
    }
    return "fed.param @p : tensor<f32> = 0.5 : f32\nfunc.func @f(" + arguments + ") -> (" + types +
           ") attributes {fed.entry = #fed.entry<\"\", one_shot>, fed.signature = \"(<" +
           signature + "> -> <" + result_signature + ">)\"} {\n" + text_ + "  return " + names +
           " : " + types + "\n}\n";
  }

 private:
  int pick(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  Shape shape() { return pick(0, 3) ? Shape::kScalar : Shape::kVector; }
  std::string fresh() { return "%v" + std::to_string(next_++); }

  // A random value of those that `wanted` holds for, the latest ones more often; null if none.
  template <typename Wanted>
  const Federated* choose(Wanted wanted, bool any = false) {
    std::vector<const Federated*> candidates;
    for (const Federated& value : values_) {
      if (wanted(value)) candidates.push_back(&value);
    }
    if (candidates.empty()) return nullptr;
    int last = static_cast<int>(candidates.size()) - 1;
    if (any || pick(0, 3) == 0) return candidates[pick(0, last)];
    return candidates[std::max({pick(0, last), pick(0, last), pick(0, last), pick(0, last)})];
  }

  void statement() {
    switch (pick(0, 6)) {
      case 0:
      case 1:
        return map(false);
      case 2:
        return map(true);
      case 3:
      case 4: {
        const Federated* value =
            choose([](const Federated& v) { return v.server && v.shape != Shape::kSequence; });
        if (!value) return map(true);
        Federated result{fresh(), value->shape, false, true};
        text_ += "  " + result.name + " = fed.broadcast " + value->name + " : " + value->type() +
                 " -> " + result.type() + "\n";
        values_.push_back(result);
        return;
      }
      default:
        return aggregate();
    }
  }

  void aggregate() {
    const Federated* value =
        choose([](const Federated& v) { return !v.server && v.shape != Shape::kSequence; });
    if (!value) return map(false);
    Federated result{fresh(), value->shape, true, false};
    static const char* kKinds[] = {"sum", "sum", "min", "max", "mean"};
    std::string kind = kKinds[pick(0, means_ ? 4 : 3)];
    std::string weight;
    if (kind == "mean" && pick(0, 1)) {
      const Federated* by =
          choose([](const Federated& v) { return !v.server && v.shape == Shape::kScalar; });
      if (by) weight = " weight " + by->name + " : " + by->type();
    }
    text_ += "  " + result.name + " = fed." + kind + " " + value->name + weight + " : " +
             value->type() + " -> " + result.type() + "\n";
    values_.push_back(result);
  }

  void map(bool server) {
    std::vector<Federated> operands;
    for (int i = pick(pick(0, 3) ? 1 : 0, 3); i > 0; --i) {
      const Federated* value =
          choose([&](const Federated& v) { return v.server == server; }, !operands.empty());
      if (value) operands.push_back(*value);
    }
    std::vector<Local> locals;
    std::string body, names, types, arguments;
    for (const Federated& operand : operands) {
      Local local{fresh(), operand.shape};
      locals.push_back(local);
      std::string separator = names.empty() ? "" : ", ";
      names += separator + operand.name;
      types += separator + operand.type();
      arguments += separator + local.name + ": " + member(local.shape);
    }
    for (int i = pick(1, 5); i > 0; --i) body += operation(locals);
    if (pick(0, 3) != 0) body += mix(locals, operands.size());
    std::vector<Local> yielded;
    for (size_t i = 0; i + 1 < locals.size(); ++i) {
      if (pick(0, 3) == 0) yielded.push_back(locals[i]);
    }
    yielded.push_back(locals.back());
    std::string yields, yield_types, results, result_types;
    for (const Local& local : yielded) {
      Federated result{fresh(), local.shape, server, false};
      std::string separator = yields.empty() ? "" : ", ";
      yields += separator + local.name;
      yield_types += separator + member(local.shape);
      results += separator + result.name;
      result_types += separator + result.type();
      values_.push_back(result);
    }
    text_ += "  " + results + " = fed.map " + (server ? "server" : "clients") + "(" + names +
             ") : (" + types + ") -> (" + result_types + ") {\n" +
             (arguments.empty() ? "" : "  ^bb0(" + arguments + "):\n") + body + "    fed.yield " +
             yields + " : " + yield_types + "\n  }\n";
  }

  // The product of the first scalars, and the sum of the first vectors, of `locals`: so that values
  // of several ages meet.
  std::string mix(std::vector<Local>& locals, size_t count) {
    std::string text, scalar, vector;
    for (size_t i = 0; i < count; ++i) {
      Local local = locals[i];
      if (local.shape == Shape::kSequence) continue;
      bool is_scalar = local.shape == Shape::kScalar;
      std::string& last = is_scalar ? scalar : vector;
      if (!last.empty()) {
        Local result{fresh(), local.shape};
        text += "    " + result.name + (is_scalar ? " = local.multiply " : " = local.add ") + last +
                ", " + local.name + " : " + member(local.shape) + "\n";
        locals.push_back(result);
        local = result;
      }
      last = local.name;
    }
    return text;
  }

  // One operation's text; its result joins `locals`. Constants where nothing else fits, or seldom.
  std::string operation(std::vector<Local>& locals) {
    for (int i = 0; i < 8; ++i) {
      std::string text = computation(locals);
      if (!text.empty()) return text;
    }
    std::string name = fresh();
    locals.push_back({name, Shape::kScalar});
    if (pick(0, 1)) return "    " + name + " = local.param @p : tensor<f32>\n";
    return "    " + name + " = local.constant dense<" + std::to_string(pick(1, 3)) +
           ".0> : tensor<f32>\n";
  }

  // As above, or nothing where there are no operands for what chance picked.
  std::string computation(std::vector<Local>& locals) {
    auto any = [&](Shape wanted) -> const Local* {
      std::vector<const Local*> candidates;
      for (const Local& local : locals) {
        if (local.shape == wanted) candidates.push_back(&local);
      }
      if (candidates.empty()) return nullptr;
      return candidates[pick(0, static_cast<int>(candidates.size()) - 1)];
    };
    const Local* scalar = any(Shape::kScalar);
    const Local* vector = any(Shape::kVector);
    const Local* sequence = any(Shape::kSequence);
    std::string name = fresh();
    std::string text = "    " + name + " = ";
    auto add = [&](Shape shape, const std::string& rest) {
      locals.push_back({name, shape});
      return text + rest + "\n";
    };
    switch (pick(0, 8)) {
      case 0:
        if (scalar) return add(Shape::kScalar, "local.negate " + scalar->name + " : tensor<f32>");
        break;
      case 1:
      case 2:
        if (vector) {
          return add(Shape::kVector, "local.add " + vector->name + ", " +
                                         any(Shape::kVector)->name + " : tensor<40xf32>");
        }
        break;
      case 3:
        if (vector) {
          return add(Shape::kScalar, "local.reduce sum " + vector->name +
                                         " dims = [0] : tensor<40xf32> -> tensor<f32>");
        }
        break;
      case 4:
        if (scalar) {
          return add(Shape::kVector, "local.broadcast_in_dim " + scalar->name +
                                         " dims = [] : tensor<f32> -> tensor<40xf32>");
        }
        break;
      case 5:
        if (sequence && scalar) {
          return add(Shape::kScalar, "local.sequence_reduce " + sequence->name + " init(" +
                                         scalar->name +
                                         " : tensor<f32>) : !local.sequence<[tensor<f32>]> -> "
                                         "tensor<f32> {\n    ^bb0(%acc: tensor<f32>, %e: "
                                         "tensor<f32>):\n      %n = local.add %acc, " +
                                         any(Shape::kScalar)->name +
                                         " : tensor<f32>\n      %m = local.multiply %n, %e : "
                                         "tensor<f32>\n      local.yield %m : tensor<f32>\n    }");
        }
        break;
      case 6:
        if (sequence && scalar) {
          return add(Shape::kSequence, "local.sequence_map " + sequence->name +
                                           " : !local.sequence<[tensor<f32>]> -> "
                                           "!local.sequence<[tensor<f32>]> {\n    ^bb0(%e: "
                                           "tensor<f32>):\n      %m = local.multiply %e, " +
                                           scalar->name +
                                           " : tensor<f32>\n      local.yield %m : tensor<f32>\n"
                                           "    }");
        }
        break;
      case 7:
        if (scalar) {
          return add(Shape::kScalar, "local.multiply " + scalar->name + ", " +
                                         any(Shape::kScalar)->name + " : tensor<f32>");
        }
        break;
      default:
        break;
    }
    return "";
  }

  std::mt19937 random_;
  bool means_;
  int next_ = 0;
  std::string text_;
  std::vector<Federated> values_;
};

}  // namespace

std::string random_module(uint32_t seed, bool means) { return Generator(seed, means).run(); }

}  // namespace fedc::split
