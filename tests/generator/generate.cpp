#include "tests/generator/generate.h"

#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {
namespace {

bool summable(ElementType element) { return element != ElementType::kBool; }
bool integral(ElementType element) {
  return element != ElementType::kBool && !fedrt::is_float(element);
}
bool differentiable(ElementType element) {
  return fedrt::is_float(element) && computes_with(element);
}
bool every_leaf(const TyPtr& type, bool (*holds)(ElementType)) {
  return std::ranges::all_of(leaves(type), [&](const TyPtr& leaf) {
    return leaf->is_tensor() && !has_unknown_dims(*leaf) && holds(leaf->element);
  });
}

// Before the rest: what stands later is likelier to be used.
void add_params_to(std::vector<Parameter>* scope, const File& file) {
  for (const Param& param : file.params) {
    scope->insert(scope->begin(), {param.name, tensor_type(param.element)});
  }
}

// Builds one entry, statement by statement.
class EntryBuilder {
 public:
  EntryBuilder(Context& context, std::string name) : context_(context), random_(context.random) {
    entry_.name = std::move(name);
  }

  Entry build() {
    const int parameters = random_.between(1, 4);
    for (int i = 0; i < parameters; ++i) {
      FedTy type;
      bool host = false;
      type.place = i == 0 || random_.chance(70) ? Place::kClients : Place::kServer;
      type.member = any_type(context_, 2);
      if (type.place == Place::kClients && random_.chance(45)) {
        type.member = sequence_type(any_type(context_, 1));
      } else if (type.place == Place::kClients && random_.chance(15)) {
        type.member = tensor_type(any_element(context_), {Dim{random_.between(1, 9), ++tags_}});
      }
      if (!context_.sizes.empty() && type.place == Place::kClients && random_.chance(30)) {
        // Rows whose number is known only then.
        type.member = tensor_type(context_.number, {Dim{random_.pick(context_.sizes), ++tags_},
                                                    Dim{random_.pick(context_.sizes)}});
      }
      if (random_.chance(i == 0 ? 10 : context_.sizes.empty() ? 30 : 10)) {
        type.member = keys(random_.chance(40));
      } else if (type.place == Place::kClients && is_data(*type.member) &&
                 !has_unknown_dims(*type.member) && random_.chance(20)) {
        host = true;
      }
      const std::string parameter = context_.fresh("a");
      if (host) entry_.from_host.insert(parameter);
      entry_.parameters.emplace_back(parameter, type);
      values_.emplace_back(parameter, type);
    }
    const int statements = random_.between(2, 10);
    for (int i = 0; i < statements; ++i) statement();
    // At least one thing is said to the server.
    while (!of(Place::kServer, 1)) aggregate();
    choose_results();
    return std::move(entry_);
  }

 private:
  using Value = std::pair<std::string, FedTy>;

  // A key, or a struct of keys of one kind.
  TyPtr keys(bool private_keys) {
    if (random_.chance(70)) return key_type(private_keys);
    const TyPtr several = key_type(private_keys, {Dim{random_.between(1, 3)}});
    return random_.chance(50) ? several
                              : struct_type({{"a", key_type(private_keys)}, {"b", several}});
  }

  bool of(Place place, size_t at_least) const {
    size_t count = 0;
    for (const Statement& statement : entry_.statements) count += statement.type.place == place;
    return count >= at_least;
  }

  void add(FedTy type, const std::string& text, std::vector<NodePtr> kids,
           std::vector<std::string> binds = {}) {
    const std::string name = context_.fresh("f");
    entry_.statements.push_back({name, type, make(nullptr, text, std::move(kids), binds)});
    values_.emplace_back(name, type);
  }

  // Values at a placement; late ones are likelier, so that programs get deep.
  std::vector<Value> at(bool server) const {
    std::vector<Value> result;
    for (size_t i = 0; i < values_.size(); ++i) {
      if ((values_[i].second.place == Place::kServer) != server) continue;
      result.push_back(values_[i]);
      if (i * 2 > values_.size()) result.push_back(values_[i]);
    }
    return result;
  }

  void statement() {
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2:
        return map(false);
      case 3:
        return map(true);
      case 4:
      case 5:
      case 6:
        return aggregate();
      case 7:
        return random_.chance(50) ? select() : broadcast();
      case 8:
        return broadcast();
      default:
        return value();
    }
  }

  void value() {
    const TyPtr type = any_type(context_, 1);
    Expressions expressions(context_, {});
    NodePtr made = expressions.expression(type, 1);
    if (!made) return;
    const bool server = random_.chance(60);
    add({type, server ? Place::kServer : Place::kAllEqual},
        server ? "federated_value($0, SERVER)" : "federated_value($0, CLIENTS)", {std::move(made)});
  }

  void broadcast() {
    std::vector<Value> candidates = at(true);
    std::erase_if(candidates, is_private);
    if (candidates.empty()) return aggregate();
    const Value chosen = random_.pick(candidates);
    add({chosen.second.member, Place::kAllEqual}, "federated_broadcast($0)",
        {variable(nullptr, chosen.first)});
    if (random_.chance(60)) map(false);
  }

  // One of `candidates` or a part of it.
  void select_part(Value* chosen, NodePtr* node) {
    *node = variable(nullptr, chosen->first);
    while (chosen->second.member->is_struct() && random_.chance(25)) {
      const auto& fields = chosen->second.member->fields;
      const int f = random_.below(static_cast<int>(fields.size()));
      const std::string& name = fields[f].first;
      *node = make(nullptr, name.empty() ? "($0)." + std::to_string(f) : "$0." + name, {*node});
      const TyPtr type = fields[f].second;
      chosen->second.member = type;
    }
  }

  void map(bool server) {
    const std::vector<Value> candidates = at(server);
    if (candidates.empty()) return;
    int count = random_.between(1, 3);
    std::vector<NodePtr> operands;
    std::vector<Parameter> scope;
    std::vector<std::string> names;
    bool all_equal = true;
    for (int i = 0; i < count; ++i) {
      Value chosen = random_.pick(candidates);
      NodePtr node;
      select_part(&chosen, &node);
      all_equal = all_equal && chosen.second.place == Place::kAllEqual;
      operands.push_back(std::move(node));
      names.push_back(context_.fresh("x"));
      scope.push_back({names.back(), chosen.second.member});
    }
    // With a key there is something to draw from.
    std::vector<Value> keys = candidates;
    std::erase_if(keys, [](const Value& value) { return !has_key(*value.second.member); });
    if (!keys.empty() && random_.chance(50)) {
      const Value& chosen = random_.pick(keys);
      operands.push_back(variable(nullptr, chosen.first));
      names.push_back(context_.fresh("x"));
      scope.push_back({names.back(), chosen.second.member});
      ++count;
    }
    std::string parameters, arguments;
    for (int i = 0; i < count; ++i) {
      parameters += (i ? ", " : "") + names[i];
      if (random_.chance(20)) parameters += ": " + to_string(*scope[i].type);
      arguments += (i ? ", $" : "$") + std::to_string(i);
    }
    add_params_to(&scope, context_.file);
    Expressions expressions(context_, scope);
    const TyPtr type = random_.chance(30) ? summable_type() : expressions.wanted_type();
    NodePtr body = expressions.block(type, random_.between(1, 5));
    if (!body || has_unknown_dims(*type)) return;
    operands.push_back(std::move(body));
    add({type, server ? Place::kServer : Place::kClients},
        "federated_map(fn(" + parameters + ") { $" + std::to_string(count) + " }, " +
            (count > 1 ? "(" + arguments + ")" : arguments) + ")",
        std::move(operands), names);
  }

  TyPtr summable_type() {
    for (int i = 0; i < 20; ++i) {
      const TyPtr type = any_type(context_, 2);
      if (every_leaf(type, random_.chance(60) ? fedrt::is_float : summable)) return type;
    }
    return tensor_type(ElementType::kFloat32);
  }

  static bool any_element_of(ElementType) { return true; }
  static bool is_private(const Value& value) { return has_private_key(*value.second.member); }

  void aggregate() {
    std::vector<Value> candidates;
    if (random_.chance(20)) {
      for (const Value& value : at(false)) {
        if (value.second.place == Place::kClients &&
            every_leaf(value.second.member, any_element_of)) {
          candidates.push_back(value);
        }
      }
      if (!candidates.empty()) {
        Value chosen = random_.pick(candidates);
        NodePtr node;
        select_part(&chosen, &node);
        return fold(chosen.second.member, node);
      }
    }
    for (const Value& value : at(false)) {
      if (value.second.place == Place::kClients && every_leaf(value.second.member, summable)) {
        candidates.push_back(value);
      }
    }
    if (candidates.empty() || random_.chance(20)) {
      const size_t before = entry_.statements.size();
      map(false);
      if (entry_.statements.size() == before) return;
      const Value& made = values_.back();
      if (made.second.place != Place::kClients || !every_leaf(made.second.member, summable)) return;
      candidates = {made};
    }
    Value chosen = random_.pick(candidates);
    NodePtr node;
    select_part(&chosen, &node);
    const TyPtr type = chosen.second.member;
    if (every_leaf(type, integral) && random_.chance(40)) return secure(type, node);
    const int how = random_.below(10);
    if (how < 2) return add({type, Place::kServer}, "federated_min($0)", {node});
    if (how < 4) return add({type, Place::kServer}, "federated_max($0)", {node});
    if (how < 6 || !every_leaf(type, fedrt::is_float)) {
      return add({type, Place::kServer}, "federated_sum($0)", {node});
    }
    std::string text = "federated_mean($0";
    std::vector<NodePtr> kids = {node};
    if (random_.chance(60)) {
      text += ", $" + std::to_string(kids.size());
      kids.push_back(weight());
    }
    if (random_.chance(70)) {
      Expressions expressions(context_, {});
      if (NodePtr otherwise = expressions.expression(type, 1)) {
        text += ", if_empty=$" + std::to_string(kids.size());
        kids.push_back(std::move(otherwise));
      }
    }
    add({type, Place::kServer}, text + ")", std::move(kids));
  }

  // Any fold: nothing says that the functions fit together, and they need not.
  void fold(const TyPtr& type, NodePtr node) {
    const TyPtr accumulator = any_type(context_, 1);
    std::vector<Parameter> params;
    add_params_to(&params, context_.file);
    const auto body = [&](std::vector<Parameter> scope, const TyPtr& wanted, int depth) {
      scope.insert(scope.begin(), params.begin(), params.end());
      return Expressions(context_, std::move(scope)).block(wanted, depth);
    };
    std::vector<std::string> names;
    for (int i = 0; i < 5; ++i) names.push_back(context_.fresh("x"));
    const TyPtr result = any_type(context_, 1);
    NodePtr zero = Expressions(context_, params).expression(accumulator, 1);
    NodePtr accumulate = body({{names[0], accumulator}, {names[1], type}}, accumulator, 3);
    NodePtr merge = body({{names[2], accumulator}, {names[3], accumulator}}, accumulator, 3);
    NodePtr report = body({{names[4], accumulator}}, result, 2);
    if (!zero || !accumulate || !merge || !report) return;
    add({result, Place::kServer},
        "federated_aggregate($0, $1, fn(" + names[0] + ", " + names[1] + ") { $2 }, fn(" +
            names[2] + ", " + names[3] + ") { $3 }, fn(" + names[4] + ") { $4 })",
        {std::move(node), std::move(zero), std::move(accumulate), std::move(merge),
         std::move(report)},
        names);
  }

  // A sequence of slices for each client.
  void select() {
    std::vector<Value> databases = at(true), clients = at(false);
    std::erase_if(databases, is_private);
    if (databases.empty() || clients.empty()) return aggregate();
    static const std::vector<ElementType> kKeys = {ElementType::kInt32, ElementType::kInt64,
                                                   ElementType::kUint8};
    Value database = random_.pick(databases);
    NodePtr source;
    select_part(&database, &source);
    const Value over = random_.pick(clients);
    const TyPtr key = tensor_type(random_.pick(kKeys));
    const TyPtr keys = tensor_type(key->element, {Dim{random_.between(1, 4)}});
    const std::string x = context_.fresh("x"), d = context_.fresh("x"), k = context_.fresh("x"),
                      literal = suffix(key->element);
    NodePtr given = Expressions(context_, {{x, over.second.member}}).expression(keys, 2);
    const TyPtr slice = any_type(context_, 1);
    std::vector<Parameter> scope;
    add_params_to(&scope, context_.file);
    scope.push_back({d, database.second.member});
    scope.push_back({k, key});
    NodePtr body = Expressions(context_, scope).block(slice, 3);
    if (!given || !body) return;
    add({sequence_type(slice), Place::kClients},
        "federated_select(federated_map(fn(" + x + ") { maximum(minimum($0, 9" + literal + "), 0" +
            literal + ") }, $1), 9, $2, fn(" + d + ", " + k + ") { $3 })",
        {std::move(given), variable(nullptr, over.first), std::move(source), std::move(body)},
        {x, d, k});
    if (random_.chance(70)) map(false);
  }

  // Mostly of values in the range: one that is not fails the round.
  void secure(const TyPtr& type, NodePtr node) {
    if (!type->is_tensor() || random_.chance(30)) {
      static const std::vector<std::string> kModuli = {"1", "7", "256", "4611686018427387904"};
      return add({as_int64(type), Place::kServer},
                 "federated_secure_modular_sum($0, " + random_.pick(kModuli) + ")", {node});
    }
    if (random_.chance(85)) {
      // max(0, min(x, 100)), whatever the type; signed ones may be negative.
      const std::string name = context_.fresh("x"), literal = suffix(type->element);
      node = make(nullptr,
                  "federated_map(fn(" + name + ") { maximum(minimum(" + name + ", 100" + literal +
                      "), 0" + literal + ") }, $0)",
                  {node}, {name});
    }
    const bool bits = random_.chance(30);
    add({as_int64(type), Place::kServer},
        bits ? "federated_secure_sum_bitwidth($0, 7)" : "federated_secure_sum($0, 100)", {node});
  }

  static TyPtr as_int64(const TyPtr& type) {
    if (type->is_tensor()) return tensor_type(ElementType::kInt64, type->dims);
    std::vector<std::pair<std::string, TyPtr>> fields;
    for (const auto& [name, field] : type->fields) fields.emplace_back(name, as_int64(field));
    return struct_type(std::move(fields));
  }

  // A scalar at the clients, seldom negative, sometimes 0.
  NodePtr weight() {
    static const std::vector<ElementType> kTypes = {ElementType::kInt32, ElementType::kInt64,
                                                    ElementType::kFloat32, ElementType::kFloat64,
                                                    ElementType::kUint8};
    std::vector<Value> candidates;
    for (const Value& value : at(false)) {
      if (value.second.place == Place::kClients && value.second.member->is_scalar() &&
          summable(value.second.member->element)) {
        candidates.push_back(value);
      }
    }
    if (!candidates.empty() && random_.chance(50)) {
      return variable(nullptr, random_.pick(candidates).first);
    }
    const Value over = random_.pick(at(false));
    const std::string name = context_.fresh("x");
    const TyPtr type = tensor_type(random_.pick(kTypes));
    Expressions expressions(context_, {{name, over.second.member}});
    const NodePtr body = expressions.expression(type, 2);
    const std::string shape =
        fedrt::is_unsigned_integer(type->element) || random_.chance(20) ? "$1" : "abs($1)";
    return make(nullptr, "federated_map(fn(" + name + ") { " + shape + " }, $0)",
                {variable(nullptr, over.first), body}, {name});
  }

  void choose_results() {
    std::vector<std::string> names;
    for (const Statement& statement : entry_.statements) {
      const bool server = statement.type.place == Place::kServer;
      if (has_sequence(*statement.type.member)) continue;  // such a one is read, not returned
      // What is not finite is not added up: clients keep it.
      const int kept = context_.sizes.empty() ? 15 : 60;
      if (random_.chance(server ? 60 : kept)) names.push_back(statement.name);
    }
    if (names.empty()) {
      for (const Statement& statement : entry_.statements) {
        if (statement.type.place == Place::kServer) names.push_back(statement.name);
      }
    }
    entry_.results = names;
  }

  Context& context_;
  Random& random_;
  Entry entry_;
  std::vector<Value> values_;
  int tags_ = 1000000;
};

// Around the sizes of registers and tiles.
void add_sizes(Context& context) {
  static const std::vector<int64_t> kSizes = {1,  2,  3,  4,  5,  6,  7,  8,  9,  11, 12,
                                              13, 15, 16, 16, 17, 24, 25, 31, 32, 48, 64,
                                              32, 33, 47, 48, 49, 63, 64, 65, 100};
  Random& random = context.random;
  if (!random.chance(context.style.layers)) return;
  context.number = random.chance(85) ? ElementType::kFloat32 : ElementType::kFloat64;
  for (int i = random.between(2, 5); i > 0; --i) {
    // Small ones are likelier: what is large takes the interpreter's time.
    const int count = static_cast<int>(kSizes.size());
    context.sizes.push_back(kSizes[std::min(random.below(count), random.below(count))]);
  }
}

void add_params(Context& context) {
  Random& random = context.random;
  const int count = random.below(3);
  for (int i = 0; i < count; ++i) {
    const ElementType element = random.chance(60)   ? ElementType::kFloat32
                                : random.chance(50) ? ElementType::kFloat64
                                                    : ElementType::kInt32;
    const std::string name = "p" + std::to_string(i);
    const bool is_float = fedrt::is_float(element);
    context.file.params.push_back(
        {name, element,
         name + ": " + std::string(fedrt::element_name(element)) +
             (is_float ? " in [-10.0, 10.0] = 0.25" : " in [-10, 10] = 3")});
  }
}

// The value of a differentiable function must depend on its first parameter for the gradient to say
// anything.
void depend_on_first(Context& context, Function& function) {
  const Parameter& first = function.parameters[0];
  const TyPtr part = leaves(first.type)[0];
  Expressions over(context, {{first.name, first.type}});
  over.differentiate();
  NodePtr more = over.expression(tensor_type(part->element), 4);
  if (more && !function.body->block) {
    function.body = make(function.result, "($0 + $1)", {function.body, std::move(more)});
  }
}

// A function, or a struct with one beside data.
void return_function(Context& context, Function& function, Expressions& expressions) {
  const TyPtr type = expressions.some_function_type(any_type(context, 1));
  NodePtr literal = expressions.function_literal(type, 3);
  function.body = nullptr;
  if (!literal) return;
  if (context.random.chance(50)) {
    function.result = type;
    function.body = std::move(literal);
    return;
  }
  const TyPtr beside = any_type(context, 1);
  NodePtr data = expressions.expression(beside, 2);
  if (!data) return;
  function.result = struct_type({{"f", type}, {"d", beside}});
  function.body = make(function.result, "(f=$0, d=$1)", {std::move(literal), std::move(data)});
}

void add_functions(Context& context) {
  Random& random = context.random;
  const int count = random.below(5);
  for (int i = 0; i < count; ++i) {
    Function function;
    function.name = "h" + std::to_string(i);
    function.differentiable = context.style.gradients && random.chance(50);
    const bool gives_function = !function.differentiable && random.chance(40);
    const bool open = !function.differentiable && !gives_function && random.chance(40);
    const int parameters = random.between(1, 3);
    for (int p = 0; p < parameters; ++p) {
      TyPtr type = any_type(context, 1);
      for (int tries = 0; function.differentiable && p == 0 && (!every_leaf(type, differentiable));
           ++tries) {
        type = tries > 30 ? tensor_type(ElementType::kFloat32) : any_type(context, 2);
      }
      if (open) type = Expressions(context, {}).forgetful(type);
      function.parameters.push_back({context.fresh("q"), type});
    }
    function.result = function.differentiable
                          ? tensor_type(leaves(function.parameters[0].type)[0]->element)
                          : any_type(context, 1);
    std::vector<Parameter> scope = function.parameters;
    add_params_to(&scope, context.file);
    Expressions expressions(context, scope);
    if (!open) expressions.differentiate();  // whoever calls it may be differentiated
    if (gives_function) {
      return_function(context, function, expressions);
    } else {
      function.body = expressions.block(function.result, random.between(2, 4));
    }
    if (!function.body) continue;
    if (function.differentiable) depend_on_first(context, function);
    context.file.functions.push_back(std::move(function));
  }
}

}  // namespace

File generate(uint64_t seed, const Style& style) {
  Random random(seed);
  File file;
  file.seed = seed;
  Context context{random, style, file};
  add_sizes(context);
  add_params(context);
  add_functions(context);
  for (int i = 0; i < style.entries; ++i) {
    file.entries.push_back(EntryBuilder(context, "e" + std::to_string(i)).build());
  }
  return file;
}

}  // namespace fedc::generator
