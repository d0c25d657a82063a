// What to write instead where a value has another type than is wanted.
#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {
namespace {

constexpr char kNoKey[] =
    "nothing becomes a `Key`: take a parameter `key: {Key}@CLIENTS` or `key: Key@SERVER`, and "
    "derive others with `random.split` and `random.fold_in`";
constexpr char kNoLocalKey[] =
    "nothing becomes a `Key`: take a parameter `key: Key`, which whoever calls the function gives; "
    "an entry has it as `key: {Key}@CLIENTS`";

// What to do where a key stands, or should, and another type; or "". `local`: in a function without
// placements.
std::string hint_of_keys(const Type* from, const Type* to, bool local, const std::string& text) {
  const auto of = [](const Type* type, ElementType key) {
    return type->is_tensor() && !type->element_or_variable().is_variable() &&
           type->element() == key;
  };
  if (of(to, ElementType::kPrivateKey)) {
    return of(from, ElementType::kKey)
               ? "the server knows a `Key`, so noise made with it protects nobody: take a "
                 "parameter "
                 "`noise: {PrivateKey}@CLIENTS`, which each client draws itself"
               : "nothing becomes a `PrivateKey`: take a parameter `noise: {PrivateKey}@CLIENTS`, "
                 "which each client draws itself";
  }
  if (of(to, ElementType::kKey)) {
    return of(from, ElementType::kPrivateKey)
               ? "what a `PrivateKey` gives cannot be made again: for noise use "
                 "`random.private_normal` and its like, for all else take a parameter `key: "
                 "{Key}@CLIENTS`"
           : local ? kNoLocalKey
                   : kNoKey;
  }
  if (of(from, ElementType::kKey) || of(from, ElementType::kPrivateKey))
    return "draw numbers from a key: `import \"std/random\" as random;` has `uniform`, `normal` "
           "and more, and `random.split<2>(" +
           text + ")` makes two keys of it";
  return "";
}

// How many elements a tensor of fixed dimensions has; else nothing.
std::optional<int64_t> count_of(const Type* type) {
  int64_t count = 1;
  for (const Dim dim : type->dims()) {
    if (!dim.is_fixed() || __builtin_mul_overflow(count, dim.size(), &count)) return std::nullopt;
  }
  return count;
}

// Where only some parts of a struct, which is written as `text`, live somewhere.
std::string hint_of_unplaced(const Type* from, const std::string& text) {
  const std::vector<std::string> values = values_in(text);
  const std::vector<Field>& fields = from->fields();
  std::string part = "...", at = "CLIENTS";
  for (size_t i = fields.size(); i-- > 0;) {
    const Type* type = fields[i].type;
    if (type->is_federated()) at = placement_name(type->placement());
    if (!type->has_federated() && values.size() == fields.size()) part = values[i];
  }
  return (part == "..." ? "use what is not federated" : "use `" + part + "`") +
         " in the function itself, or place it: `federated_value(" + part + ", " + at + ")`";
}

// The fields of a type, in their order: "(w=..., b=...)".
std::string fields_of(const Type* type) {
  std::string text;
  for (const Field& field : type->fields()) {
    text += (text.empty() ? "" : ", ") + (field.name.empty() ? "" : field.name + "=") + "...";
  }
  return "(" + text + (type->fields().size() == 1 ? ",)" : ")");
}

// `text` with each of its fields under the name that `to` has for it: by name, else by position.
// `values`: what stands in it; else `base` is what has the fields. "" where types differ.
std::string rebuilt(const Type* from, const Type* to, const std::vector<std::string>& values,
                    const std::string& base) {
  const std::vector<Field>&given = from->fields(), &wanted = to->fields();
  if (given.size() != wanted.size() || (values.size() != given.size() && base.empty())) return "";
  std::string made;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const int named = wanted[i].name.empty() ? -1 : from->field_index(wanted[i].name);
    const size_t at = named >= 0 ? static_cast<size_t>(named) : i;
    // That of another name may not be taken twice.
    if (named < 0 && !given[at].name.empty() && to->field_index(given[at].name) >= 0) return "";
    if (given[at].type != wanted[i].type) return "";
    const std::string own = given[at].name.empty() ? std::to_string(at) : given[at].name;
    made += (made.empty() ? "" : ", ") + (wanted[i].name.empty() ? "" : wanted[i].name + "=") +
            (values.size() == given.size() ? values[at] : base + "." + own);
  }
  return "(" + made + (wanted.size() == 1 ? ",)" : ")");
}

// Where a field of what is written as `text` has the type that is wanted.
std::string hint_of_field(const Mismatch& what, const Type* from, const Type* to,
                          const std::string& text) {
  if (!what.path.empty() || !from->is_struct() || text == "...") return "";
  for (size_t i = 0; i < from->fields().size(); ++i) {
    const Field& field = from->fields()[i];
    if (field.type != to) continue;
    const std::string name = field.name.empty() ? std::to_string(i) : field.name;
    return "a field of it fits: write `" + (is_tight(text) ? text : "(" + text + ")") + "." + name +
           "`";
  }
  return "";
}

}  // namespace

bool Checker::grows(const Type* from, const Type* to, int dim) {
  const Dim a = from->dims()[static_cast<size_t>(dim)], b = to->dims()[static_cast<size_t>(dim)];
  return !a.is_variable() && !b.is_variable() && !a.is_fixed() && !b.is_fixed();
}

// The type parameter of what is called, for an element of one of these types.
const ast::GenericParameter* Checker::generic_of(ElementSet allowed) {
  if (argument_of_ == nullptr || in_prelude(argument_of_->name.range)) return nullptr;
  for (const ast::GenericParameter& generic : argument_of_->generics)
    if (elements_of(constraint_of(generic)) == allowed) return &generic;
  return nullptr;
}

std::string Checker::hint_of_no_sequence(const Type* from, const std::string& text,
                                         const std::string& subject) {
  // `sequence_sum(x)` of a tensor.
  constexpr std::string_view kOf = "of `sequence_";
  if (const size_t at = subject.find(kOf); at != std::string::npos && from->is_tensor()) {
    const size_t begin = at + kOf.size();
    const std::string operation =
        "reduce_" + subject.substr(begin, subject.find('`', begin) - begin);
    if (find_declaration(prelude_, operation) != nullptr)
      return "of a tensor write `" + operation + (text == "..." ? "`" : "(" + text + ")`");
  }
  const ast::FunctionDecl* decl = instance_ == nullptr ? nullptr : instance_->decl->function();
  for (size_t i = 0; decl != nullptr && i < decl->parameters.size(); ++i) {
    const ast::Parameter& parameter = decl->parameters[i];
    if (parameter.name.text != text || parameter.type == nullptr) continue;
    const auto* placed = ast::as<ast::PlacedType>(parameter.type);
    std::string member = written((placed == nullptr ? parameter.type : placed->member)->range);
    if (member == "...") break;
    // What is given for a whole sequence is one of rows.
    if (subject.find(kOf) != std::string::npos && from->is_tensor() && from->rank() > 0) {
      const std::vector<Dim> rows(from->dims().begin() + 1, from->dims().end());
      member =
          to_string(inference_.with_defaults(types_->tensor(from->element_or_variable(), rows)));
    }
    return "declare it as a sequence: `" + text + ": " +
           (placed == nullptr ? member + "*" : "{" + member + "*}@" + placed->placement.text) + "`";
  }
  return from->is_tensor() && from->rank() > 0
             ? "a tensor is no sequence: `fold(n, start, fn(i, so_far) { ... })` goes through it, "
               "where `take(" +
                   (text == "..." ? "x" : text) + ", i)` is one of its rows"
             : "";
}

std::string Checker::hint_of_maker(const std::string& subject, const Type* from, const Type* to,
                                   std::string text) {
  if (text.starts_with("federated_value(") && is_struct(text.substr(15)))
    text = values_in(text.substr(15))[0];
  if (instance_ == nullptr) return "";
  ModuleInfo* const user = instance_->decl->module;
  const ast::TypeExpr* wanted = nullptr;
  const ast::PlacedType* at = nullptr;  // of a result that lives somewhere
  ModuleInfo* module = nullptr;
  if (argument_of_ != nullptr) {
    for (const ast::Parameter& parameter : argument_of_->parameters) {
      if (subject.starts_with("argument `" + parameter.name.text + "` of "))
        wanted = parameter.type;
    }
    for (const auto& other : modules_) {
      const bool declares =
          other->ast != nullptr && other->ast->file == argument_of_->name.range.begin.file;
      if (declares) module = other.get();
    }
  } else if (subject.starts_with("the result of")) {
    wanted = instance_->decl->function()->result;
    at = ast::as<ast::PlacedType>(wanted);
    module = user;
  }
  while (const auto* placed = ast::as<ast::PlacedType>(wanted)) wanted = placed->member;
  const auto* named = ast::as<ast::NamedType>(wanted);
  if (named == nullptr || module == nullptr) return "";
  if (named->module) {
    const DeclInfo* import = find_declaration(module, named->module->text);
    module = import == nullptr ? nullptr : import->imported;
  }
  const DeclInfo* type = module == nullptr ? nullptr : find_declaration(module, named->name.text);
  if (type == nullptr || type->decl->kind != ast::DeclKind::Type) return "";
  std::string alias;
  for (const DeclInfo* info : user->in_order)
    if (info->imported == module) alias = info->decl->name.text + ".";
  if (alias.empty() && module != user) return "";
  for (DeclInfo* info : module->in_order) {
    const ast::FunctionDecl* function = info->function();
    const auto* made = function == nullptr || function->body == nullptr
                           ? nullptr
                           : ast::as<ast::NamedType>(function->result);
    if (made == nullptr || made->module || made->name.text != named->name.text ||
        (is_private(function->name.text) && module != user) || info == instance_->decl) {
      continue;
    }
    UntypedCall call;
    call.decl = function;
    call.callee = alias + function->name.text;
    std::string arguments;
    for (const ast::Parameter& parameter : function->parameters) {
      if (parameter.value != nullptr) continue;
      // What is given may be a part of it.
      const int part = to->is_struct() ? to->field_index(parameter.name.text) : -1;
      const bool given = part >= 0 && to->fields()[part].type == from && text != "...";
      call.arguments.push_back(given ? text : parameter.name.text);
      arguments += (arguments.empty() ? "" : ", ") + call.arguments.back();
    }
    bool is_tried = false, is_guessed = false;
    std::string made_of = call.callee + "(" + arguments + ")";
    if (unsaid(function, 0, false) != nullptr) {
      made_of = with_type_arguments(call, types_by_result(info, to), nullptr, nullptr, &is_tried,
                                    &is_guessed);
    }
    if (at != nullptr) made_of = "federated_value(" + made_of + ", " + at->placement.text + ")";
    return "`" + made_of + "` makes one";
  }
  return "";
}

// Of a parameter without placement in a function of placed values.
std::string Checker::declared_placed(const std::string& text, const Type* to) {
  if (instance_ == nullptr || context_ == nullptr || context_->local || !to->is_federated())
    return "";
  for (const ast::Parameter& parameter : instance_->decl->function()->parameters) {
    if (parameter.name.text != text || parameter.type == nullptr ||
        parameter.type->kind == ast::TypeKind::Placed) {
      continue;
    }
    const std::string type = written(parameter.type->range);
    if (type == "...") return "";
    return "declare where it lives: `" + text + ": " +
           (to->placement() == Placement::kServer ? type + "@SERVER`" : "{" + type + "}@CLIENTS`");
  }
  return "";
}

std::string Checker::hint_of_mismatch(const Mismatch& what, const Type* from, const Type* to,
                                      const std::string& text, const std::string& subject,
                                      const std::string& whole) {
  using Kind = Mismatch::Kind;
  const bool is_result = subject.rfind("the result", 0) == 0;
  const std::string as_result = "write " + whole + " as the result, if that is what is meant";
  const bool local = context_ != nullptr && context_->local;
  switch (what.kind) {
    case Kind::kDifferent: {
      if (!to->is_tensor() || !from->is_tensor()) {
        if (from->is_sequence() && to->is_tensor()) {
          return "a sequence is read one by one: `sequence_reduce(" + text +
                 ", start, fn(so_far, x) { ... })` makes one value of all";
        }
        if (const std::string field = hint_of_field(what, from, to, text); !field.empty())
          return field;
        if (to->is_sequence() && !from->is_sequence())
          return hint_of_no_sequence(from, text, subject);
        if (to->is_struct() && !from->is_sequence() && to->fields().size() > 1 &&
            fields_of(to).find('=') != std::string::npos) {
          return "it is a struct: write `" + fields_of(to) + "`";
        }
        if (to->is_sequence() || from->is_sequence() || to->is_struct()) return "";
        const std::string flat = hint_of_flat(from, to, what.path.empty() ? text : "...");
        return flat.empty() ? hint_of_keys(from, to, local, text) : flat;
      }
      // What of an open type is left, one of its element types.
      const ElementSet allowed = inference_.allowed(to->element_or_variable());
      const auto given = one_element(from);
      ElementType wanted = ElementType::kFloat32;
      for (const ElementType element :
           {ElementType::kBool, ElementType::kFloat32, ElementType::kInt32}) {
        if ((allowed & element_bit(element)) != 0) wanted = element;
      }
      if (allowed == kKeyElements)
        return hint_of_keys(from, types_->scalar(ElementType::kKey), local, text);
      if (!to->element_or_variable().is_variable()) wanted = to->element();
      if (!given || is_key(*given) || is_key(wanted) || from->rank() != to->rank()) {
        return hint_of_keys(from, to, local, text);
      }
      if (what.path.empty()) {
        const std::string cast = hint_of_cast(text, wanted);
        const ast::GenericParameter* generic = generic_of(allowed);
        const bool other = generic != nullptr && allowed == kFloatElements &&
                           (kNumericElements & element_bit(*given)) != 0;
        if (!other) return cast;
        const std::string back = "`cast<" + std::string(element_name(*given)) + ">(...)`";
        return "declare `fn " + argument_of_->name.text + "<" + generic->name.text +
               ": numeric>`, if its body takes all numbers, or write `cast<float32>(" + text +
               ")`, and " + back + " around the call to have " + show(from) + " again";
      }
      const std::string type = "cast<" + std::string(element_name(wanted)) + ">(";
      if (what.path == "*") {
        return "values never convert by themselves: write `sequence_map(fn(x) { " + type +
               "x) }, " + text + ")`";
      }
      const std::string field = what.path[0] == '.' ? what.path.substr(1) : what.path;
      return "values never convert by themselves: write `" + type + "...)` around `" + field +
             "` where it is made";
    }
    case Kind::kRank:
      if (subject == "the condition") {
        return "`select` chooses element by element; `reduce_any` and `reduce_all` make one bool "
               "of "
               "many";
      }
      if (!what.path.empty()) return "";
      if (count_of(from) && count_of(to) && *count_of(from) == *count_of(to) && !is_result) {
        return "write `reshape<" + to_string(to) + ">(" + text + ")`";
      }
      if (is_result && count_of(from) && count_of(to) && *count_of(from) == *count_of(to)) {
        // Of what is only flattened, the reshape takes its place.
        const bool flat = text.starts_with("flatten(") && is_struct(text.substr(7));
        const std::string inner = flat ? text.substr(8, text.size() - 9) : text;
        return "write `reshape<" + to_string(to) + ">(" + inner + ")`; or " + as_result;
      }
      // A column, or a number for each row.
      for (const bool wide : {true, false}) {
        const Type *column = wide ? from : to, *row = wide ? to : from;
        if (column->rank() != row->rank() + 1 || !(column->dims().back() == Dim::fixed(1)) ||
            !std::equal(row->dims().begin(), row->dims().end(), column->dims().begin())) {
          continue;
        }
        return "write `" + std::string(wide ? "squeeze(" : "expand_dims(") + text + ", " +
               std::to_string(row->rank()) + ")`" + (is_result ? "; or " + as_result : "");
      }
      if (is_result && local && to->rank() == 0 && text != "...") {
        // A loss has one number for the whole batch.
        return "write `" +
               std::string(!from->element_or_variable().is_variable() && is_float(from->element())
                               ? "reduce_mean("
                               : "reduce_sum(") +
               text + ")`; or " + as_result;
      }
      if (is_result) return as_result;
      if (to->rank() == 0) {
        return "`reduce_sum(" + text + ")` and `reduce_mean(" + text +
               ")` make one number of a tensor" +
               (from->rank() == 1 ? ", `take(" + text + ", 0)` is one of its elements" : "");
      }
      if (from->rank() < to->rank() && count_of(to)) {
        return "write `broadcast_to<" + to_string(to) + ">(" + text + ")` to repeat it";
      }
      return "";
    case Kind::kDim:
      if (!what.path.empty()) return "";
      if (grows(from, to, what.dim)) {
        return "`reshape<" + to_string(to) + ">(" + text + ")` checks it at run time" +
               (is_result ? "; or " + as_result : "");
      }
      if (subject.rfind("the value after", 0) == 0 || subject.rfind("the value of `if`", 0) == 0 ||
          subject.rfind("the value of this arm", 0) == 0) {
        return (subject.rfind("the value of this arm", 0) == 0 ? "all arms" : "both branches") +
               std::string(" need one type: make them equally large");
      }
      if (!is_result && argument_of_ != nullptr && !argument_of_->generics.empty()) {
        return "what has one name in the declaration, such as `" +
               argument_of_->generics[0].name.text + "`, is the same in all arguments of a call";
      }
      return is_result ? as_result : "";
    case Kind::kUnknownDim:
      return "`reshape<" + to_string(to) + ">(" + (what.path.empty() ? text : "...") +
             ")` checks it at run time";
    case Kind::kFieldCount:
      if (const std::string field = hint_of_field(what, from, to, text); !field.empty())
        return field;
      // `f(x, y)`, `(x, y)`: more behind what there is.
      if (what.path.empty() && from->fields().size() < to->fields().size() &&
          fields_of(to).find('=') == std::string::npos &&
          (!values_in(text).empty() ||
           (argument_of_ != nullptr && text.starts_with(argument_of_->name.text + "(")))) {
        return "write `" + text.substr(0, text.size() - 1) + ", ...)`";
      }
      return to->fields().empty() || fields_of(to).find('=') == std::string::npos
                 ? ""
                 : "the fields are `" + fields_of(to) + "`";
    case Kind::kFieldName: {
      if (const std::string field = hint_of_field(what, from, to, text); !field.empty())
        return field;
      const bool reordered =
          std::all_of(from->fields().begin(), from->fields().end(),
                      [&](const Field& field) { return to->field_index(field.name) >= 0; });
      const std::string made =
          what.path.empty() ? rebuilt(from, to, values_in(text),
                                      text.find('(') == text.npos && is_tight(text) ? text : "")
                            : "";
      if (reordered)
        return "the order of fields counts: write `" + (made.empty() ? fields_of(to) : made) + "`";
      for (size_t i = 0; what.path.empty() && i < from->fields().size(); ++i) {
        // One name that is nearly another.
        const std::string& name = from->fields()[i].name;
        if (name.empty() || to->field_index(name) >= 0) continue;
        std::vector<std::string_view> others;
        for (const Field& field : to->fields()) {
          if (!field.name.empty() && from->field_index(field.name) < 0)
            others.push_back(field.name);
        }
        const std::string near(nearest_name(name, others));
        if (!near.empty() && made.empty())
          return "did you mean `" + near + "`? write `" + near + "=`";
      }
      return made.empty() ? "the fields are `" + fields_of(to) + "`" : "write `" + made + "`";
    }
    case Kind::kPlacement:
      if (!what.path.empty()) {
        const std::string field = what.path.substr(what.path[0] == '.' ? 1 : 0);
        return is_result ? "write " + show(from) + " for `" + field +
                               "` in the result, if that is what is meant"
                         : "`federated_broadcast(...)` sends a value of the server to the clients, "
                           "an aggregation such as `federated_mean(...)` the other way";
      }
      if (to->placement() == Placement::kClients) {
        const size_t at = subject.find(" of `federated_");
        const std::string operation =
            at == std::string::npos ? "" : subject.substr(at + 5, subject.size() - at - 6);
        const bool combines = operation == "federated_sum" || operation == "federated_mean" ||
                              operation == "federated_min" || operation == "federated_max";
        if (combines && subject.starts_with("argument `weight`")) {
          return "a weight is each client's own; one for all of them changes nothing: leave it out";
        }
        if (combines) {
          return "the server has it already, and there is nothing to aggregate: write `" + text +
                 "` alone, without `" + operation + "`";
        }
        return "this value lives at the server; to use it on the clients, send it there: write "
               "`federated_broadcast(" +
               text + ")`";
      }
      return "this value lives on the clients; to use it at the server, aggregate it first, for "
             "example with `federated_mean`";
    case Kind::kPerClient:
      return "write " + show(from) + (is_result ? " as the result" : "") +
             " if each client has a value of its own";
    case Kind::kUnplaced:
      if (const std::string declared = declared_placed(text, to); !declared.empty())
        return declared;
      return "`federated_value(" + text + ", " + std::string(placement_name(to->placement())) +
             ")` places a value";
    case Kind::kPlaced:
      if (is_result) {
        return "a value that lives somewhere is not one that everybody has: write " + show(from) +
               " as the result";
      }
      return "it lives at a placement: `federated_map(" +
             (argument_of_ == nullptr ? "f" : argument_of_->name.text) +
             ", ...)` applies a function there";
    case Kind::kMixed:
      if (const std::string sent = sent_to_clients(from, text); !sent.empty())
        return "`federated_broadcast` sends what the server has to the clients: write `" + sent +
               "`";
      return std::all_of(from->fields().begin(), from->fields().end(),
                         [](const Field& field) { return field.type->has_federated(); })
                 ? "bring them to one place: `federated_broadcast` sends what the server has to "
                   "the clients, an aggregation such as `federated_mean` the other way"
                 : hint_of_unplaced(from, text);
    case Kind::kConstraint:
    case Kind::kInfinite:
      return "";
  }
  return "";
}

}  // namespace fedc::checking
