// Productions of what networks are made of: sums of products that share their operands, gates,
// loops with products in them, windows, norms, and the gradients of all these. Their tensors have
// the few sizes of the file, so that values fit one another and are used again and again.
#include <algorithm>

#include "tests/generator/layer_values.h"

namespace fedc::generator {
class Layers : LayerValues {
 public:
  Layers(Expressions& in, int depth) : LayerValues(in, depth) {}

  // A block that gives `type`: what is bound, `first` being used, and what is made of all.
  NodePtr build(const TyPtr& type, int steps, const Parameter* first = nullptr) {
    const size_t scope = in_.scope_.size();
    if (first) use(variable(first->type, first->name));
    for (int i = 0; i < steps; ++i) layer();
    NodePtr result = summary(type);
    return close(scope, std::move(result));
  }

  // A step of a recurrent loop: the next state, of the one before and a row.
  NodePtr cell(const Parameter& state, NodePtr row) {
    const size_t scope = in_.scope_.size();
    NodePtr x = bind(std::move(row)), next;
    if (state.type->is_struct()) {
      next = lstm(x, field(state, 0), field(state, 1));
    } else {
      next = recurrent(x, variable(state.type, state.name));
    }
    if (next && random_.chance(25)) {
      bind(next);
      layer();
      next = summary(state.type);
    }
    return close(scope, std::move(next));
  }

 private:
  void layer() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return (void)dense();
      case 4:
        return gates();
      case 5:
      case 6:
        return loop();
      case 7:
        return windows();
      case 8:
        return batches();
      case 9:
        return norm();
      case 10:
      case 11:
        return elementwise();
      case 12:
        return random_.chance(40) ? update() : descent();
      default:
        return gradient();
    }
  }

  // A matrix, or seldom a vector, that is there; else one is made.
  NodePtr rows() {
    std::vector<Named> from = tensors(2);
    if (random_.chance(12)) {
      std::vector<Named> vectors = tensors(1);
      std::erase_if(vectors, [](const Named& one) { return one.type->dims[0].tag != 0; });
      if (!vectors.empty()) return pick(vectors);
    }
    if (!from.empty() && random_.chance(90)) return pick(from);
    return bind(value(of({Dim{size()}, Dim{size()}})));
  }
  void use(NodePtr x) {
    if (x->type->is_tensor() && x->type->dims.size() == 2) product_of(x);
  }

  NodePtr dense() { return product_of(rows()); }
  NodePtr product_of(const NodePtr& x) {
    NodePtr sum = activated(products(x, Dim{size()}, random_.between(1, 4)));
    if (!sum) return nullptr;
    NodePtr y = bind(std::move(sum));
    if (random_.chance(20)) {  // the activation's gradient, times what has the same shape
      NodePtr g = has_unknown_dims(*y->type) ? y : value(y->type);
      const std::string text =
          random_.chance(50) ? "($1 * (" + number("1.0") + " - $0 * $0))"
                             : "select($0 > " + number("0.0") + ", $1, " + number("0.0") + ")";
      bind(make(y->type, text, {y, std::move(g)}));
    }
    return y;
  }

  // One gate's sum: of the input and, where it is there, the state.
  NodePtr gate(const NodePtr& x, const NodePtr& h, const Dim& n) {
    NodePtr sum = product(x, n);
    NodePtr of_state = h ? product(h, n) : nullptr;
    if (!sum || (h && !of_state)) return nullptr;
    const TyPtr type = sum->type;
    if (of_state) sum = make(type, "($0 + $1)", {std::move(sum), std::move(of_state)});
    if (random_.chance(70)) {
      sum = make(type, "($0 + $1)", {std::move(sum), value(of({n}))});
    }
    return sum;
  }

  NodePtr lstm(const NodePtr& x, const NodePtr& h, const NodePtr& c) {
    const Dim n = c->type->dims.back();
    std::vector<NodePtr> gates;
    for (const char* function : {"logistic", "logistic", "tanh", "logistic"}) {
      NodePtr sum = gate(x, h, n);
      if (!sum) return nullptr;
      const TyPtr type = sum->type;
      gates.push_back(make(type, std::string(function) + "($0)", {std::move(sum)}));
      if (random_.chance(60)) gates.back() = bind(gates.back());
    }
    const TyPtr type = c->type;
    NodePtr next = bind(make(type, "($0 * $1 + $2 * $3)", {gates[0], c, gates[1], gates[2]}));
    return make(struct_type({{"h", type}, {"c", type}}), "(h=$0 * tanh($1), c=$1)",
                {gates[3], next});
  }

  NodePtr recurrent(const NodePtr& x, const NodePtr& h) {
    const Dim n = h->type->dims.back();
    const TyPtr type = h->type;
    switch (random_.below(4)) {
      case 0: {  // a GRU
        NodePtr reset = gate(x, h, n), change = gate(x, h, n);
        if (!reset || !change) return nullptr;
        reset = bind(make(type, "logistic($0)", {std::move(reset)}));
        change = bind(make(type, "logistic($0)", {std::move(change)}));
        NodePtr fresh = gate(x, bind(make(type, "($0 * $1)", {reset, h})), n);
        if (!fresh) return nullptr;
        return make(type, "($0 * $1 + (" + number("1.0") + " - $0) * tanh($2))",
                    {change, h, std::move(fresh)});
      }
      case 1: {
        NodePtr sum = gate(x, nullptr, n);
        return sum ? make(type, "(" + number("0.9") + " * $1 + $0)", {std::move(sum), h}) : nullptr;
      }
      default: {
        NodePtr sum = gate(x, h, n);
        return sum ? make(type, "tanh($0)", {std::move(sum)}) : nullptr;
      }
    }
  }

  // A cell outside of a loop.
  void gates() {
    NodePtr x = rows();
    const Dims state = with_last(x->type->dims, Dim{size()});
    NodePtr h, c;
    if (has_unknown_dims(*x->type)) {
      h = bind(product(x, state.back()));
      c = h;
    } else {
      h = bind(value(of(state)));
      c = value(of(state));
    }
    if (!h) return;
    NodePtr next = random_.chance(60) ? lstm(x, h, c) : recurrent(x, h);
    if (!next) return;
    bind(std::move(next));
  }

  // Steps whose input is the same in all, of as many rows as it may have.
  bool loop_of_open_rows() {
    std::vector<Named> open = tensors(2);
    std::erase_if(open, [](const Named& one) { return one.type->dims[0].tag == 0; });
    NodePtr x = pick(open);
    if (!x) return false;
    NodePtr init = bind(product(x, Dim{size()}));
    if (!init) return false;
    const std::string i = context_.fresh("i"), s = context_.fresh("s");
    const TyPtr type = init->type;
    in_.scope_.push_back({i, tensor_type(ElementType::kInt64)});
    in_.scope_.push_back({s, type});
    Layers step(in_, 1);
    const size_t scope = in_.scope_.size();
    NodePtr body = step.close(scope, step.recurrent(x, variable(type, s)));
    in_.scope_.resize(in_.scope_.size() - 2);
    if (!body) return false;
    bind(make(
        type,
        "fold(" + std::to_string(random_.between(1, 4)) + ", $0, fn(" + i + ", " + s + ") { $1 })",
        {std::move(init), std::move(body)}, {i, s}));
    return true;
  }

  // A loop over rows of a tensor.
  void loop() {
    if (depth_ < 2) return (void)dense();
    if (random_.chance(40) && loop_of_open_rows()) return;
    const int steps = random_.between(1, 5);
    const Dim n{size()}, k{size()};
    const bool is_vector = random_.chance(25);
    Dims row = {k}, state = {n};
    if (!is_vector) {
      const Dim m{size()};
      row.insert(row.begin(), m);
      state.insert(state.begin(), m);
    }
    if (size_of(row) * steps > kMostElements || size_of(row) * n.size > kMostProducts) {
      return;
    }
    Dims all = row;
    all.insert(all.begin(), Dim{steps});
    NodePtr xs = value(of(all));
    const bool is_pair = random_.chance(40);
    const TyPtr type = is_pair ? struct_type({{"h", of(state)}, {"c", of(state)}}) : of(state);
    NodePtr init =
        is_pair ? make(type, "(h=$0, c=$1)", {value(of(state)), value(of(state))}) : value(type);
    if (!xs || !init) return;
    xs = bind(std::move(xs));
    // Weights are from outside mostly.
    for (const Dims& dims : {Dims{k, n}, Dims{n, n}, Dims{n}, Dims{k, n}, Dims{n, n}}) {
      if (size_of(dims) <= kMostElements && random_.chance(70)) bind(value(of(dims)));
    }
    const std::string i = context_.fresh("i"), s = context_.fresh("s");
    in_.scope_.push_back({i, tensor_type(ElementType::kInt64)});
    in_.scope_.push_back({s, type});
    NodePtr body =
        Layers(in_, depth_ - 1).cell({s, type}, make(of(row), "take($0, " + i + ")", {xs}));
    in_.scope_.resize(in_.scope_.size() - 2);
    if (!body) return;
    bind(make(type, "fold(" + std::to_string(steps) + ", $0, fn(" + i + ", " + s + ") { $1 })",
              {std::move(init), std::move(body)}, {i, s}));
  }

  // Images of few channels through one or two filters.
  void windows() {
    const bool is_flat = random_.chance(30);
    const auto channels = [&] { return Dim{random_.between(1, 9)}; };
    Dims dims = {Dim{random_.between(1, 5)}, Dim{random_.between(3, 12)}};
    if (!is_flat) dims.push_back(Dim{random_.between(3, 12)});
    dims.push_back(channels());
    std::vector<Named> there = tensors(dims.size());
    NodePtr x = !there.empty() && random_.chance(50) ? pick(there) : bind(value(of(dims)));
    for (int layers = random_.between(1, 2); layers > 0; --layers) {
      dims = x->type->dims;
      const size_t last = dims.size() - 1;
      Dims filter;
      std::vector<int> strides, dilation;
      std::string padding;
      for (size_t d = 1; d < last; ++d) {
        const int64_t window =
            random_.between(1, static_cast<int>(std::min<int64_t>(5, dims[d].size)));
        const int stride = random_.chance(70) ? 1 : 2;
        const int wide =
            window > 1 && (window - 1) * 2 < dims[d].size && random_.chance(15) ? 2 : 1;
        const int low = random_.below(static_cast<int>(window)),
                  high = random_.below(static_cast<int>(window));
        filter.push_back(Dim{window});
        strides.push_back(stride);
        dilation.push_back(wide);
        padding += (padding.empty() ? "(" : ", (") + std::to_string(low) + ", " +
                   std::to_string(high) + ")";
        dims[d].size = (dims[d].size + low + high - (window - 1) * wide - 1) / stride + 1;
      }
      const Dim in = dims[last];
      int64_t groups = random_.chance(20) ? in.size : random_.chance(15) ? 2 : 1;
      if (in.size % groups != 0) groups = 1;
      Dim out = random_.chance(70) ? channels() : Dim{size()};
      out.size = (out.size + groups - 1) / groups * groups;
      dims[last] = out;
      filter.push_back(Dim{in.size / groups});
      filter.push_back(out);
      if (size_of(dims) * (size_of(filter) / out.size) > kMostProducts ||
          size_of(filter) > kMostElements) {
        return;
      }
      NodePtr by = value(of(filter));
      NodePtr y = make(of(dims),
                       "convolution($0, $1, strides=" + list(strides) + ", padding=(" + padding +
                           (is_list_of_one(strides) ? ",)" : ")") + ", dilation=" + list(dilation) +
                           ", groups=" + std::to_string(groups) + ")",
                       {x, std::move(by)});
      if (random_.chance(60)) y = make(of(dims), "($0 + $1)", {std::move(y), value(of({out}))});
      x = bind(activated(std::move(y)));
      if (random_.chance(40) && dims[1].size >= 2 && (last < 3 || dims[2].size >= 2)) {
        for (size_t d = 1; d < last; ++d) dims[d].size = (dims[d].size - 2) / 2 + 1;
        x = bind(make(of(dims),
                      std::string(random_.chance(50) ? "max_pool" : "avg_pool") +
                          "($0, window=" + list(std::vector<int>(last - 1, 2)) + ")",
                      {x}));
      }
    }
    // As rows.
    if (random_.chance(60) && !has_unknown_dims(*x->type)) {
      const TyPtr flat =
          of({x->type->dims[0], Dim{element_count(*x->type) / x->type->dims[0].size}});
      bind(make(flat, "reshape<" + to_string(*flat) + ">($0)", {x}));
    }
  }
  static bool is_list_of_one(const std::vector<int>& values) { return values.size() == 1; }

  // Attention, and products whose batches stand anywhere.
  void batches() {
    const Dim batch{random_.between(1, 5)}, m{size()}, n{size()}, k{size()};
    if (batch.size * m.size * n.size * k.size > kMostProducts ||
        batch.size * std::max(m.size, n.size) * k.size > kMostElements ||
        batch.size * m.size * n.size > kMostElements) {
      return;
    }
    const int at_x = random_.below(3), at_y = random_.below(3);
    const auto placed = [&](const Dim& a, const Dim& b, int at) {
      Dims dims = {a, b};
      dims.insert(dims.begin() + at, batch);
      return of(dims);
    };
    // The contracted dimension is the second of the two.
    const auto contracted = [](int at) { return at == 2 ? 1 : 2; };
    NodePtr x = value(placed(m, k, at_x)), y = value(placed(n, k, at_y));
    NodePtr scores =
        make(of({batch, m, n}),
             "dot_general($0, $1, " + std::to_string(contracted(at_x)) + ", " +
                 std::to_string(contracted(at_y)) + ", x_batching=" + std::to_string(at_x) +
                 ", y_batching=" + std::to_string(at_y) + ")",
             {std::move(x), std::move(y)});
    if (random_.chance(40)) scores = make(scores->type, "($0 * " + number("0.125") + ")", {scores});
    if (random_.chance(50)) {
      scores = bind(std::move(scores));
      scores = make(scores->type, "nn.softmax($0)", {scores});
    } else {
      scores = activated(std::move(scores));
    }
    scores = bind(std::move(scores));
    if (random_.chance(60) && batch.size * m.size * n.size * k.size <= kMostProducts) {
      NodePtr values = value(of({batch, n, k}));
      bind(make(of({batch, m, k}), "dot_general($0, $1, 2, 1, x_batching=0, y_batching=0)",
                {scores, std::move(values)}));
    }
  }

  NodePtr anything() {
    std::vector<Named> from = tensors(2);
    for (const size_t rank : {1, 2, 3, 4}) {
      const std::vector<Named> more = tensors(rank);
      if (random_.chance(40)) from.insert(from.end(), more.begin(), more.end());
    }
    return from.empty() ? rows() : pick(from);
  }

  // Along the last dimension, or over the rows.
  void norm() {
    NodePtr x = anything();
    const TyPtr type = x->type;
    const int rank = static_cast<int>(type->dims.size());
    if (rank == 0) return;
    const int axis = random_.chance(60) ? rank - 1 : random_.below(rank);
    const std::string along = ", axes=" + list({axis}) + ", keep_dims=true)";
    switch (random_.below(4)) {
      case 0:
        bind(make(type, random_.chance(50) ? "nn.softmax($0)" : "nn.log_softmax($0)", {x}));
        return;
      case 1: {
        NodePtr d = bind(make(type, "($0 - reduce_mean($0" + along + ")", {x}));
        NodePtr y = make(
            type, "($0 * rsqrt(reduce_mean($0 * $0" + along + " + " + number("0.001") + "))", {d});
        if (axis == rank - 1 && random_.chance(60)) {
          y = make(type, "($0 * $1 + $2)",
                   {std::move(y), value(of({type->dims.back()})), value(of({type->dims.back()}))});
        }
        bind(std::move(y));
        return;
      }
      case 2:
        bind(make(type, "($0 / (reduce_sum(abs($0)" + along + " + " + number("0.5") + "))", {x}));
        return;
      default:
        bind(make(type, "exp($0 - reduce_max($0" + along + ")", {x}));
    }
  }

  // Chains over values of one shape.
  void elementwise() {
    NodePtr x = anything();
    const TyPtr type = x->type;
    const auto other = [&]() -> NodePtr {
      if (!has_unknown_dims(*type)) return value(type);
      return pick(in_.named(type));
    };
    for (int steps = random_.between(1, 4); steps > 0; --steps) {
      switch (random_.below(8)) {
        case 0:
          x = make(type, "($0 * $1)", {std::move(x), other()});
          break;
        case 1:
          x = make(type, "($0 + $1)", {std::move(x), other()});
          break;
        case 2:
          x = make(type, "maximum($0, $1)", {std::move(x), other()});
          break;
        case 3:
          x = make(type, "select($1 < $2, $0, $1)", {std::move(x), other(), other()});
          break;
        case 4:
          x = make(type, "(" + number("0.5") + " * $0 - $1)", {std::move(x), other()});
          break;
        case 5:
          x = make(type, "(-$0)", {std::move(x)});
          break;
        case 6:
          if (type->dims.size() != 2 || type->dims[0] != type->dims[1] || type->dims[0].tag) {
            x = make(type, "minimum($0, " + number("1.0") + ")", {std::move(x)});
          } else {
            x = make(type, "($0 - transpose($1))", {std::move(x), other()});
          }
          break;
        default:
          x = activated(std::move(x));
      }
    }
    bind(std::move(x));
  }

  // Of weights by their gradient: the product of what has the same rows.
  void update() {
    NodePtr x = pick(tensors(2));
    if (!x) return (void)dense();
    std::vector<Named> same = tensors(2);
    std::erase_if(same, [&](const Named& one) { return one.type->dims[0] != x->type->dims[0]; });
    NodePtr g = pick(same);
    const Dim k = x->type->dims[1], n = g->type->dims[1];
    if (x->type->dims[0].size * k.size * n.size > kMostProducts ||
        k.size * n.size > kMostElements) {
      return;
    }
    const TyPtr type = of({k, n});
    NodePtr step = random_.chance(70) ? make(type, "matmul(transpose($0), $1)", {x, g})
                                      : make(type, "dot_general($0, $1, 0, 0)", {x, g});
    if (random_.chance(30)) step = bind(std::move(step));
    bind(make(type, "($0 - " + number("0.01") + " * $1)", {value(type), std::move(step)}));
  }

  // Weights that each step changes by a product of themselves, perhaps in their place.
  void descent() {
    const Dim k{size()}, n{size()}, m{size()};
    if (size_of({m, k, n}) > kMostProducts || size_of({k, k, n}) > kMostProducts ||
        size_of({k, n, n}) > kMostProducts) {
      return;
    }
    const TyPtr type = of({k, n});
    const NodePtr x = bind(value(of({m, k})));
    NodePtr init = value(type);
    const std::string i = context_.fresh("i"), s = context_.fresh("s");
    in_.scope_.push_back({i, tensor_type(ElementType::kInt64)});
    in_.scope_.push_back({s, type});
    const NodePtr w = variable(type, s);
    const size_t scope = in_.scope_.size();
    Layers step(in_, 1);
    NodePtr change;
    switch (random_.below(4)) {
      case 0:
        change = make(type, "matmul($0, $1)", {w, step.value(of({n, n}))});
        break;
      case 1:
        change = make(type, "matmul($0, $1)", {step.value(of({k, k})), w});
        break;
      default:
        change = make(of({m, n}), "matmul($0, $1)", {x, w});
        change = step.bind(step.activated(std::move(change)));
        change = make(type, "matmul(transpose($0), $1)", {x, change});
    }
    if (random_.chance(30)) change = step.bind(change);
    static const std::vector<std::string> kSteps = {"($0 - $2 * $1)",
                                                    "($0 - $2 * $1)",
                                                    "($0 - $2 * $1 - $2 * $0)",
                                                    "$1 * $2",
                                                    "select($0 > $1, $0, $1 * $2)",
                                                    "tanh($0 - $1)"};
    NodePtr next = make(type, random_.pick(kSteps), {w, change, leaf(of({}), number("0.01"))});
    if (random_.chance(25)) {  // who reads it when it may be overwritten
      next = step.bind(std::move(next));
      next = make(type, "($0 + $1 * $2)", {next, leaf(of({}), number("0.1")), w});
    }
    NodePtr body = step.close(scope, std::move(next));
    in_.scope_.resize(scope - 2);
    bind(make(
        type,
        "fold(" + std::to_string(random_.between(1, 4)) + ", $0, fn(" + i + ", " + s + ") { $1 })",
        {std::move(init), std::move(body)}, {i, s}));
  }

  // Of a network of its own by some of what is there.
  void gradient() {
    if (depth_ < 2 || in_.differentiated_ >= 2 || !context_.style.gradients ||
        (in_.differentiated_ == 1 && random_.chance(70))) {
      return (void)dense();
    }
    std::vector<Named> all;
    for (const size_t rank : {0, 1, 2, 2, 3, 4}) {
      for (Named& one : tensors(rank)) {
        if (!has_unknown_dims(*one.type)) all.push_back(std::move(one));
      }
    }
    NodePtr at = all.empty() ? bind(value(of({Dim{size()}, Dim{size()}}))) : pick(all);
    if (!at) return;
    if (random_.chance(60)) {
      std::vector<NodePtr> parts = {at};
      for (int i = random_.between(1, 4); i > 0; --i) {
        const Dims dims = random_.chance(70) ? Dims{Dim{size()}, Dim{size()}} : Dims{Dim{size()}};
        if (size_of(dims) <= kMostElements) parts.push_back(value(of(dims)));
      }
      std::vector<std::pair<std::string, TyPtr>> fields;
      std::string text = "(";
      for (size_t i = 0; i < parts.size(); ++i) {
        const std::string name(1, static_cast<char>('a' + i));
        fields.emplace_back(name, parts[i]->type);
        text += (i ? ", " : "") + name + "=$" + std::to_string(i);
      }
      at = make(struct_type(fields), text + (parts.size() == 1 ? ",)" : ")"), parts);
    }
    const TyPtr type = at->type, result = of({});
    const std::string y = context_.fresh("y");
    ++in_.differentiated_;
    in_.scope_.push_back({y, type});
    const Parameter first{y, type};
    NodePtr body = Layers(in_, depth_ - 1).build(result, random_.between(1, 3), &first);
    in_.scope_.pop_back();
    --in_.differentiated_;
    if (!body) return;
    const std::string f = "(fn(" + y + ": " + to_string(*type) + ") { $1 })($0)";
    if (random_.chance(50)) {
      bind(make(type, "grad" + f, {std::move(at), std::move(body)}, {y}));
    } else {
      bind(make(struct_type({{"value", result}, {"gradient", type}}), "value_and_grad" + f,
                {std::move(at), std::move(body)}, {y}));
    }
  }
};

NodePtr Expressions::layers(const TyPtr& type, int depth) {
  if (context_.sizes.empty() || has_unknown_dims(*type) || !is_data(*type)) return nullptr;
  return Layers(*this, depth).build(type, random_.between(1, 4));
}

}  // namespace fedc::generator
