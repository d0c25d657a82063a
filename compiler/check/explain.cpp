// Disagreements of types in the user's terms.
#include <algorithm>

#include "compiler/check/guards.h"
#include "compiler/check/written.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {
namespace {

std::string place(const std::string& path) {
  if (path.empty()) return "";
  if (path == "*") return "of its elements: ";
  const std::string field = path[0] == '.' ? path.substr(1) : path;
  const bool number = field.find_first_not_of("0123456789") == std::string::npos;
  return number ? "in field " + field + ": " : "in `" + field + "`: ";
}

// A type whose text is longer is shown with the names that the program has for its parts: of a
// short one the parts say more.
constexpr size_t kLongestSpelled = 60;

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

// ": `y: int32` is missing", the first field that `from` has none for. Without names, position
// counts.
std::string missing_field(const Type* from, const Type* to) {
  const std::vector<Field>& given = from->fields();
  const bool named = std::any_of(given.begin(), given.end(),
                                 [](const Field& field) { return !field.name.empty(); });
  for (size_t i = named ? 0 : given.size(); i < to->fields().size(); ++i) {
    const Field& field = to->fields()[i];
    if (named && (field.name.empty() || from->field_index(field.name) >= 0)) continue;
    if (field.name.empty()) {
      return ": field " + std::to_string(i) + ", `" + to_string(field.type) + "`, is missing";
    }
    return ": `" + field.name + ": " + to_string(field.type) + "` is missing";
  }
  return "";
}

// ": `x` is none of them", the first field of `from` that `to` has not.
std::string extra_field(const Type* from, const Type* to) {
  for (const Field& field : from->fields()) {
    if (field.name.empty() || to->field_index(field.name) >= 0) continue;
    return ": `" + field.name + "` is one too many";
  }
  return "";
}

// Whether the dimension is only bounded, by more than the other.
bool grows(const Type* from, const Type* to, int dim) {
  const Dim a = from->dims()[static_cast<size_t>(dim)], b = to->dims()[static_cast<size_t>(dim)];
  return !a.is_variable() && !b.is_variable() && !a.is_fixed() && !b.is_fixed();
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
    return "a field of it fits: `" + (is_tight(text) ? text : "(" + text + ")") + "." + name + "`";
  }
  return "";
}

}  // namespace

bool Checker::convertible(const Type* from, const Type* to) {
  return from->is_tensor() && to->is_tensor() && !from->element_or_variable().is_variable() &&
         !to->element_or_variable().is_variable() && from->rank() == to->rank() &&
         !is_key(from->element()) && !is_key(to->element());
}

Diagnostic& Checker::report(DiagnosticKind kind, SourceRange range, std::string message) {
  Diagnostic& diagnostic = report_in_call(kind, range, std::move(message));
  if (whole_.type != nullptr &&
      (kind == DiagnosticKind::TypeMismatch || kind == DiagnosticKind::ShapeMismatch)) {
    diagnostic.with_note({}, whole_.hint);
  }
  if (!in_field_.empty()) diagnostic.with_note({}, "this is for field `" + in_field_ + "`");
  return diagnostic;
}

Diagnostic& Checker::report_in_call(DiagnosticKind kind, SourceRange range, std::string message) {
  if (instance_ == nullptr || !instance_->call.valid()) {
    Inlining* outermost = inlining_;
    while (outermost != nullptr && outermost->outer_ != nullptr) outermost = outermost->outer_;
    if (outermost == nullptr || instance_ == nullptr) {
      return diagnostics_.report(kind, range, std::move(message));
    }
    if (std::exchange(outermost->failed_, true)) {
      sink_diagnostic_ = Diagnostic();
      return sink_diagnostic_;
    }
    Diagnostic& diagnostic = diagnostics_.report(
        kind, outermost->call_,
        (outermost->literal_ ? "in the function that `" + outermost->decl_->decl->name.text +
                                   "` made, called here: "
                             : "in `" + outermost->decl_->name + "` called here: ") +
            std::move(message));
    // The prelude is not the user's.
    if (!in_prelude(range)) diagnostic.with_note(range, "it happens here");
    return diagnostic;
  }
  // In the body of a specialised function: the mistake is where the user called it. One message
  // an instance is enough.
  if (instance_->failed) {
    sink_diagnostic_ = Diagnostic();
    return sink_diagnostic_;
  }
  instance_->failed = true;
  Instance* outer = instance_;
  while (outer->from != nullptr && outer->from->call.valid()) outer = outer->from;
  Diagnostic& diagnostic = diagnostics_.report(
      kind, outer->call, "in `" + outer->decl->name + "` called here: " + message);
  diagnostic.with_note(range, "it happens here" + (instance_->description.empty()
                                                       ? std::string()
                                                       : ", with " + instance_->description));
  return diagnostic;
}

std::string Checker::show(const Type* type) {
  type = inference_.substitute(type);
  // A scalar of which only the kind is known.
  if (type->is_scalar() && type->element_or_variable().is_variable() &&
      inference_.with_defaults(type)->has_variables()) {
    ElementSet allowed = inference_.allowed(type->element_or_variable());
    return allowed == kFloatElements     ? "a floating-point scalar"
           : allowed == kIntegerElements ? "an integer"
           : allowed == kNumericElements ? "a number"
           : allowed == kKeyElements     ? "a key"
           : allowed == kPlainElements   ? "a scalar that is no key"
                                         : "a scalar";
  }
  // Of what is not known inside, a letter stands for it, as in a declaration.
  const Type* shown = inference_.with_defaults(type);
  const Type* member = shown->is_sequence() || shown->is_federated() ? shown->member() : nullptr;
  const bool open = member != nullptr &&
                    (member->is_variable() || (member->is_scalar() && member->has_variables()));
  if (open && shown->is_sequence()) return "a sequence, `T*`,";
  if (open && shown->placement() == Placement::kServer) return "`T@SERVER`";
  if (open) return shown->all_equal() ? "`T@CLIENTS`" : "`{T}@CLIENTS`";
  const std::string text = to_string(shown);
  return "`" + (text.size() <= kLongestSpelled ? text : to_string(shown, type_names_)) + "`";
}

std::string Checker::given_whole(const std::string& callee,
                                 const std::vector<const Type*>& params) {
  const bool numbered = callee == "fold" && params.size() == 2;
  const bool accumulates = callee == "sequence_reduce" && params.size() == 2;
  std::string types, names;
  for (size_t i = 0; i < params.size(); ++i) {
    types += (i == 0 ? "" : i + 1 == params.size() ? " and " : ", ");
    if (numbered) types += i == 0 ? "the step's number, an " : "the state, a ";
    if (accumulates) types += i == 0 ? "what has accumulated, a " : "an element, a ";
    types += show(params[i]);
    if (accumulates && i == 0) types += ",";
    if (numbered && i == 0) types += ",";
    names += (i == 0 ? "" : ", ") + std::string(1, static_cast<char>('a' + i % 26));
  }
  return "`" + callee + "` gives the function " + types + ": write `fn(" +
         (numbered      ? "i, s"
          : accumulates ? "so_far, x"
                        : names) +
         ") { ... }`";
}

void Checker::blame_whole(Diagnostic& diagnostic) const {
  diagnostic.with_hint(whole_.hint);
  std::erase_if(diagnostic.notes,
                [&](const DiagnosticNote& note) { return note.text == whole_.hint; });
}

std::string Checker::hint_in_call() const {
  const DeclInfo* decl = nullptr;
  for (const Instance* i = instance_; i != nullptr && i->call.valid(); i = i->from) decl = i->decl;
  const Inlining* inlined = nullptr;
  if (decl == nullptr && instance_ != nullptr) {
    for (const Inlining* i = inlining_; i != nullptr; i = i->outer_) inlined = i;
  }
  if (decl == nullptr && inlined == nullptr) return "";
  std::string name = (decl == nullptr ? inlined->decl_ : decl)->decl->name.text;
  if (inlined != nullptr && inlined->literal_) {
    const std::string_view text = sources_.text(inlined->call_);
    name = text.substr(0, std::min(text.find('('), text.size()));
    if (name.empty() || name.find_first_of(" \n") != name.npos) {
      return "its body cannot take what it is given here: give it arguments of other types, or "
             "change its body";
    }
  }
  return "its body cannot take what it is given here: give `" + name +
         "` arguments of other types, or change its body";
}

std::string Checker::hint_out_of_local() const {
  if (context_->mapped_by.rfind("sequence_", 0) == 0) {
    return "repeat a federated step by `fold(3, x, fn(_, s) { step(s) })`, a constant number of "
           "times, at most 64, or make it the `next` of a process";
  }
  return "call it outside of that function, where the values have placements, and give the "
         "function what it makes";
}

Diagnostic& Checker::mismatch(const Mismatch& what, const Type* from, const Type* to,
                              SourceRange range, const std::string& subject) {
  using Kind = Mismatch::Kind;
  const Type* inner_from = inference_.with_defaults(what.from);
  const Type* inner_to = inference_.with_defaults(what.to);
  std::string wanted = show(to);
  // What is open is shown as it is declared.
  for (const ast::Parameter& parameter :
       argument_of_ == nullptr ? std::vector<ast::Parameter>() : argument_of_->parameters) {
    const bool open = wanted == "`T@SERVER`" || wanted == "`{T}@CLIENTS`";
    if (open && subject.starts_with("argument `" + parameter.name.text + "` of "))
      wanted = "`" + one_line(sources_.text(parameter.type->range)) + "`";
  }
  std::string message = subject + " is " + show(from) + ", but " + wanted + " is expected";
  std::string detail;
  DiagnosticKind kind = DiagnosticKind::TypeMismatch;
  auto dim = [](const Type* type, int i) { return "`" + type->dims()[i].to_string() + "`"; };
  switch (what.kind) {
    case Kind::kDifferent:
      if (!what.path.empty() || (inner_to->has_variables() && inner_to != to)) {
        detail = place(what.path) + show(inner_from) + " is not " + show(inner_to);
      }
      break;
    case Kind::kRank:
      detail = place(what.path) + counted(inner_from->rank(), "dimension") + ", not " +
               std::to_string(inner_to->rank());
      break;
    case Kind::kDim:
      detail = place(what.path) + "dimension " + std::to_string(what.dim) + " is " +
               dim(inner_from, what.dim) +
               (grows(inner_from, inner_to, what.dim) ? ", which may be larger than " : ", not ") +
               dim(inner_to, what.dim);
      break;
    case Kind::kUnknownDim:
      kind = DiagnosticKind::UnknownDimension;
      detail = place(what.path) + "dimension " + std::to_string(what.dim) + " is " +
               dim(inner_from, what.dim) + ", which need not be " + dim(inner_to, what.dim);
      break;
    case Kind::kFieldCount:
      detail = place(what.path) + counted(inner_from->fields().size(), "field") + ", not " +
               std::to_string(inner_to->fields().size());
      detail += inner_from->fields().size() < inner_to->fields().size()
                    ? missing_field(inner_from, inner_to)
                    : extra_field(inner_from, inner_to);
      break;
    case Kind::kFieldName:
      for (size_t i = 0; i < inner_to->fields().size(); ++i) {
        const std::string& a = inner_from->fields()[i].name;
        const std::string& b = inner_to->fields()[i].name;
        if (a == b || a.empty()) continue;
        detail = place(what.path) + "field " + std::to_string(i) + " is called `" + a + "`, " +
                 (b.empty() ? "but should have no name" : "not `" + b + "`");
        break;
      }
      break;
    case Kind::kPlacement:
      kind = DiagnosticKind::WrongPlacement;
      break;
    case Kind::kPerClient:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + "clients may have different values";
      break;
    case Kind::kUnplaced:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + show(inner_from) + " is not federated";
      break;
    case Kind::kPlaced:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + (inner_to->is_struct() && inner_from->is_federated() &&
                                           !inference_.resolve(inner_from->member())->is_struct()
                                       ? "it is not a struct"
                                       : show(inner_from) + " is federated");
      break;
    case Kind::kMixed:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + "its parts are not all at the same placement";
      break;
    case Kind::kConstraint:
      detail = place(what.path) + what.detail;
      break;
    case Kind::kInfinite:
      detail = "the type would contain itself";
      break;
  }
  // Of a function that is named, the value stands elsewhere.
  const bool elsewhere =
      subject.rfind("what ", 0) == 0 || (subject.rfind("the value of the function", 0) == 0 &&
                                         written(range).find_first_of(" (") == std::string::npos);
  std::string hint = hint_of_mismatch(what, inner_from, inner_to,
                                      elsewhere ? "..." : written(range), subject, show(from));
  if (!mismatch_hint_.empty()) hint = mismatch_hint_;
  // `(x)` for `(x,)`
  const Type* given = inner_from->is_federated() ? inner_from->member() : inner_from;
  if (inner_to->is_struct() && inner_to->fields().size() == 1 && !given->is_struct() &&
      !given->is_variable()) {
    const std::string& name = inner_to->fields()[0].name;
    const std::string text = written(range);
    hint = "a struct of one is written `(" + (name.empty() ? "" : name + "=") +
           (text == "..." ? "x" : text) + ",)`";
  }
  if (!detail.empty()) message += ": " + detail;
  Diagnostic& diagnostic = report(kind, range, message);
  if (!hint.empty()) diagnostic.with_hint(hint);
  if (whole_.type != nullptr && inference_.substitute(from) == inference_.substitute(whole_.type)) {
    blame_whole(diagnostic);
  }
  if (argument_of_ != nullptr) {
    diagnostic.with_note(shown_range(argument_of_),
                         "it is declared as `" + summary(argument_of_) + "`");
  }
  return diagnostic;
}

// The type parameter of what is called, for an element of one of these types.
const ast::GenericParameter* Checker::generic_of(ElementSet allowed) {
  if (argument_of_ == nullptr || in_prelude(argument_of_->name.range)) return nullptr;
  for (const ast::GenericParameter& generic : argument_of_->generics)
    if (elements_of(constraint_of(generic)) == allowed) return &generic;
  return nullptr;
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
        return "all that may be the value have one type: make them equally large";
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
      return "the fields are called so: `" + (made.empty() ? fields_of(to) : made) + "`";
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
        return "this value lives at the server: there is one of it, and nothing to aggregate; to "
               "use it on the clients, send it there: `federated_broadcast(" +
               text + ")`";
      }
      return "this value lives on the clients; to use it at the server, aggregate it first, for "
             "example with `federated_mean`";
    case Kind::kPerClient:
      return "write " + show(from) + (is_result ? " as the result" : "") +
             " if each client has a value of its own";
    case Kind::kUnplaced:
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
