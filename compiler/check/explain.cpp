// Disagreements of types in the user's terms.
#include <algorithm>

#include "compiler/check/guards.h"
#include "compiler/check/op_call.h"
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
      return ": `." + std::to_string(i) + "`, a `" + to_string(field.type) + "`, is missing";
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

}  // namespace

bool Checker::convertible(const Type* from, const Type* to) {
  return from->is_tensor() && to->is_tensor() && !from->element_or_variable().is_variable() &&
         !to->element_or_variable().is_variable() && from->rank() == to->rank() &&
         !is_key(from->element()) && !is_key(to->element());
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

std::string Checker::hint_out_of_local() const {
  if (context_->mapped_by.rfind("sequence_", 0) == 0) {
    return "repeat a federated step by `fold(3, x, fn(_, s) { step(s) })`, a constant number of "
           "times, at most 64, or make it the `next` of a process";
  }
  return "call it outside of that function, where the values have placements, and give the "
         "function what it makes";
}

// The struct with the one field of another element type converted; "" where it is another mistake.
std::string Checker::with_cast(const Mismatch& what, const Type* from, const Type* to,
                               const std::string& text) {
  from = inference_.with_defaults(from);
  if (what.kind != Mismatch::Kind::kDifferent || !what.path.starts_with(".") ||
      !from->is_struct() || !is_tight(text) || text.find('(') != text.npos) {
    return "";
  }
  const int at = from->field_index(what.path.substr(1));
  const auto element = to->is_tensor() ? one_element(to) : std::nullopt;
  if (at < 0 || !element || !convertible(from->fields()[at].type, to)) return "";
  std::string made;
  for (const Field& field : from->fields()) {
    const bool converted = &field == &from->fields()[at];
    made += (made.empty() ? "" : ", ") + field.name + "=" +
            (converted ? "cast<" + std::string(element_name(*element)) + ">(" : "") + text + "." +
            field.name + (converted ? ")" : "");
  }
  return "(" + made + (from->fields().size() == 1 ? ",)" : ")");
}

// What a shape function does not take.
void Checker::report_refusal(const ShapeCall& shape, const Refusal& why) {
  std::string operands;
  for (size_t i = 0; i < shape.types.size(); ++i) {
    operands += (i == 0                        ? ""
                 : i + 1 == shape.types.size() ? " and "
                                               : ", ") +
                show(shape.types[i]) +
                (shape.names[i].empty() ? "" : " as `" + shape.names[i] + "`");
  }
  // Of a number that is given, not of a type: the types are as they should be.
  const bool of_number = why.text.find(" is from ") != std::string::npos;
  const bool of_elements = why.text.find("element types differ") != std::string::npos;
  // The first type is what is to be made of the second.
  const bool makes =
      shape.types.size() == 2 &&
      (shape.name == "reshape" || shape.name == "broadcast_to" || shape.name == "unflattened");
  if (makes) operands = show(shape.types[0]) + " of " + show(shape.types[1]);
  SourceRange at = of_number ? number_of_call() : shape_range_;
  for (size_t i = 0; op_call_ != nullptr && i < op_call_->by_param.size(); ++i) {
    const Arg* given = op_call_->by_param[i];
    if (given != nullptr && op_call_->decl->parameters[i].name.text == why.argument)
      at = given->range;
  }
  // Of a function, which argument it is, or a field of which.
  const std::string root = why.argument.substr(0, why.argument.find('.'));
  for (size_t i = 0; user_call_ != nullptr && i < user_call_->by_param->size(); ++i) {
    const SourceRange given = (*user_call_->by_param)[i]->range;
    if (user_call_->decl->parameters[i].name.text == root && holds(at, given)) at = given;
  }
  Diagnostic& diagnostic =
      report(of_elements ? DiagnosticKind::TypeMismatch : DiagnosticKind::ShapeMismatch, at,
             why.whole   ? why.text
             : of_number ? "in `" + shape_of_ + "` " + why.text
                         : "`" + shape_of_ + (makes ? "` cannot make " : "` cannot take ") +
                               operands + ": " + why.text);
  const bool of_whole =
      whole_.type != nullptr &&
      std::any_of(shape.types.begin(), shape.types.end(), [&](const Type* operand) {
        return inference_.substitute(operand) == inference_.substitute(whole_.type);
      });
  const bool of_keys =
      std::any_of(shape.types.begin(), shape.types.end(), [&](const Type* operand) {
        const Type* known = inference_.with_defaults(operand);
        return known->is_tensor() && !known->element_or_variable().is_variable() &&
               is_key(known->element());
      });
  if (of_keys) {
    diagnostic.with_hint(
        "nothing becomes a key, and no key becomes one of the other kind: take a parameter of "
        "the kind "
        "that is wanted");
  } else if (const std::string in_call = hint_in_call(at); !in_call.empty()) {
    diagnostic.with_hint(in_call);
  } else if (of_whole) {
    blame_whole(diagnostic);
  } else if (of_elements) {
    diagnostic.with_hint(hint_of_elements(shape));
    if (diagnostic.hint.find("; or ") == std::string::npos) diagnostic.replacing(shape_range_);
  } else {
    diagnostic.with_hint(why.hint);
    // In the place of the call, or of the argument.
    if (why.hint.starts_with("write `") && !why.hint.starts_with("write `permutation=") &&
        why.hint.find("` as ") == std::string::npos &&
        why.hint.find("`, and ") == std::string::npos) {
      diagnostic.replacing(at);
    }
  }
}

// A number for each row against a column of them makes a matrix of all pairs, in a loss without a
// word. Who writes the column or the row by `expand_dims` means it.
void Checker::warn_of_pairs(const ShapeCall& call) {
  if (op_call_ == nullptr || call.types.size() != 2) return;
  const Type *a = inference_.substitute(call.types[0]), *b = inference_.substitute(call.types[1]);
  if (!a->is_tensor() || !b->is_tensor() || a->rank() + b->rank() != 3) return;
  const bool first = a->rank() == 2;
  const Type *column = first ? a : b, *row = first ? b : a;
  if (row->rank() != 1) return;
  const Dim size = row->dims()[0];
  if (size.is_variable() || size == Dim::fixed(1) || !(column->dims()[0] == size) ||
      !(column->dims()[1] == Dim::fixed(1))) {
    return;
  }
  const SourceRange column_range = call.operands[first ? 0 : 1];
  const SourceRange row_range = call.operands[first ? 1 : 0];
  const std::string columns = written(column_range), rows = written(row_range);
  if (columns.starts_with("expand_dims(") || columns.starts_with("reshape<")) return;
  const auto with = [&](SourceRange part, const std::string& by) {
    return "`" + replaced(sources_, shape_range_, part, by) + "`";
  };
  report(DiagnosticKind::AllPairs, shape_range_,
         "`" + shape_of_ + "` of " + show(a) + " and " + show(b) + " makes all pairs, " +
             show(types_->tensor(row->element_or_variable(), {size, size})))
      .with_hint("for one of each row write " + with(column_range, "squeeze(" + columns + ", 1)") +
                 "; where all pairs are meant, " + with(row_range, "expand_dims(" + rows + ", 0)") +
                 " says so");
}

// Where the argument that `subject` names is declared: of a long declaration the parameter alone.
void Checker::note_parameter(Diagnostic& diagnostic, const std::string& subject) {
  constexpr size_t kLongest = 120;
  if (argument_of_ == nullptr) return;
  const std::string all = summary(argument_of_);
  for (const ast::Parameter& parameter : argument_of_->parameters) {
    if (all.size() <= kLongest || in_prelude(parameter.range) ||
        !subject.starts_with("argument `" + parameter.name.text + "` of ")) {
      continue;
    }
    diagnostic.with_note(parameter.range,
                         "it is declared as `" + one_line(sources_.text(parameter.range)) + "`");
    return;
  }
  diagnostic.with_note(shown_range(argument_of_), "it is declared as `" + all + "`");
}

Diagnostic& Checker::mismatch(const Mismatch& what, const Type* from, const Type* to,
                              SourceRange range, const std::string& subject) {
  using Kind = Mismatch::Kind;
  const Type* inner_from = inference_.with_defaults(what.from);
  const Type* inner_to = inference_.with_defaults(what.to);
  std::string wanted = show(to);
  // What is open is shown as it is declared.
  const auto* declared = argument_of_ != nullptr ? argument_of_ : operation_of_;
  for (const ast::Parameter& parameter :
       declared == nullptr ? std::vector<ast::Parameter>() : declared->parameters) {
    const auto* placed = ast::as<ast::PlacedType>(parameter.type);
    const auto* named =
        ast::as<ast::NamedType>(placed == nullptr ? parameter.type : placed->member);
    const bool has_name = named != nullptr && !named->arguments.empty() && to->has_variables();
    const bool holds_open = declared == argument_of_ && to->has_variables() && !to->is_tensor() &&
                            (to->is_federated() || to->is_struct());
    const bool open =
        (has_name || holds_open || wanted == "`T@SERVER`" || wanted == "`{T}@CLIENTS`") &&
        (declared != operation_of_ || (placed != nullptr && (placed->placement.text == "SERVER" ||
                                                             placed->placement.text == "CLIENTS")));
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
  const bool elsewhere = subject.rfind("what ", 0) == 0 ||
                         subject.ends_with(" of `" + written(range) + "`") ||
                         (subject.rfind("the value of the function", 0) == 0 &&
                          written(range).find_first_of(" (") == std::string::npos);
  std::string hint = hint_of_mismatch(what, inner_from, inner_to,
                                      elsewhere ? "..." : written(range), subject, show(from));
  if (const std::string made = with_cast(what, from, inner_to, elsewhere ? "..." : written(range));
      !made.empty()) {
    hint = "values never convert by themselves: write `" + made + "`";
  }
  const bool of_fields = what.kind == Kind::kFieldName || what.kind == Kind::kFieldCount ||
                         what.kind == Kind::kDifferent;
  if (of_fields && what.path.empty() && (hint.empty() || hint.starts_with("the fields are"))) {
    if (const std::string maker = hint_of_maker(subject, inner_from, inner_to, written(range));
        !maker.empty())
      hint = maker;
  }
  // Of what a function makes, the type of which is written by names.
  const bool is_result = subject.starts_with("the result of ") && !what.path.empty();
  const bool unnamed = hint.empty() || hint.starts_with("the fields are");
  if (is_result && ((of_fields && unnamed) || what.kind == Kind::kPlaced)) {
    hint = hint_of_result(from);
  }
  // A part of it, placed as it is.
  const Type* all = inference_.substitute(from);
  for (size_t i = 0; unnamed && of_fields && all->is_struct() && i < all->fields().size(); ++i) {
    const Field& field = all->fields()[i];
    const std::string text = written(range);
    if (field.name.empty() || elsewhere ||
        inference_.substitute(field.type) != inference_.substitute(to)) {
      continue;
    }
    hint = is_tight(text)
               ? "a field of it fits: write `" + text + "." + field.name + "`"
               : "its field `" + field.name + "` fits: write `." + field.name + "` behind it";
  }
  if (!mismatch_hint_.empty()) hint = mismatch_hint_;
  // `(x)` for `(x,)`
  const Type* given = inner_from->is_federated() ? inner_from->member() : inner_from;
  if (inner_to->is_struct() && inner_to->fields().size() == 1 && !given->is_struct() &&
      !given->is_variable()) {
    const std::string& name = inner_to->fields()[0].name;
    const std::string text = written(range);
    const std::string_view source = sources_.text(range.begin.file);
    if (range.begin.offset > 0 && source[range.begin.offset - 1] == '(' && !elsewhere)
      detail = "a struct of one has a comma";
    hint = "a struct of one is written `(" + (name.empty() ? "" : name + "=") +
           (text == "..." ? "x" : text) + ",)`";
  }
  if (!detail.empty()) message += ": " + detail;
  if (message.ends_with("`,")) message.pop_back();  // of a type that is shown as an apposition
  Diagnostic& diagnostic = report(kind, range, message);
  if (!hint.empty()) diagnostic.with_hint(hint);
  // What stands there, changed.
  const std::string text = written(range);
  const size_t at = hint.find("write `");
  const size_t end = at == hint.npos ? hint.npos : hint.find('`', at + 7);
  const bool changes = end != hint.npos && !elsewhere && !hint.starts_with("of a tensor ") &&
                       text != "..." && text.size() > 0 &&
                       hint.substr(at, end - at).find(text) != hint.npos &&
                       (end + 1 == hint.size() || hint[end + 1] == ':' || hint[end + 1] == ';');
  if (changes && mismatch_hint_.empty()) diagnostic.replacing(range);
  if (whole_.type != nullptr && inference_.substitute(from) == inference_.substitute(whole_.type)) {
    blame_whole(diagnostic);
  }
  note_parameter(diagnostic, subject);
  return diagnostic;
}

}  // namespace fedc::checking
