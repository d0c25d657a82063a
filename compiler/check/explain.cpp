// Disagreements of types in the user's terms.
#include <algorithm>

#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

std::string place(const std::string& path) {
  return path.empty() ? "" : "in `" + (path[0] == '.' ? path.substr(1) : path) + "`: ";
}

// A type whose text is longer is shown with the names that the program has for its parts: of a
// short one the parts say more.
constexpr size_t kLongestSpelled = 60;

constexpr char kNoKey[] =
    "nothing becomes a `Key`: take a parameter `key: {Key}@CLIENTS` or `key: Key@SERVER`, and "
    "derive others with `random.split` and `random.fold_in`";

// What to do where a key stands, or should, and another type; or "".
std::string hint_of_keys(const Type* from, const Type* to) {
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
               ? "what a `PrivateKey` gives cannot be made again: for noise use `private_normal` "
                 "and "
                 "its like, for all else take a parameter `key: {Key}@CLIENTS`"
               : kNoKey;
  }
  if (of(from, ElementType::kKey) || of(from, ElementType::kPrivateKey))
    return "draw numbers from a key: `import \"std/random\" as random;` has `uniform`, `normal` "
           "and "
           "more, and `split` for more keys";
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

}  // namespace

bool Checker::convertible(const Type* from, const Type* to) {
  return from->is_tensor() && to->is_tensor() && !from->element_or_variable().is_variable() &&
         !to->element_or_variable().is_variable() && from->rank() == to->rank() &&
         !is_key(from->element()) && !is_key(to->element());
}

Diagnostic& Checker::report(DiagnosticKind kind, SourceRange range, std::string message) {
  Diagnostic& diagnostic = report_in_call(kind, range, std::move(message));
  if (!whole_.empty() &&
      (kind == DiagnosticKind::TypeMismatch || kind == DiagnosticKind::ShapeMismatch)) {
    diagnostic.with_note({}, whole_);
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
        "in `" + outermost->decl_->name + "` called here: " + std::move(message));
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
  type = inference_.with_defaults(type);
  const std::string text = to_string(type);
  return "`" + (text.size() <= kLongestSpelled ? text : to_string(type, type_names_)) + "`";
}

std::string Checker::given_whole(const std::string& callee,
                                 const std::vector<const Type*>& params) {
  const bool numbered = callee == "fold" && params.size() == 2;
  std::string types, names;
  for (size_t i = 0; i < params.size(); ++i) {
    types += (i == 0 ? "" : i + 1 == params.size() ? " and " : ", ");
    if (numbered) types += i == 0 ? "the step's number, an " : "the state, a ";
    types += show(params[i]);
    if (numbered && i == 0) types += ",";
    names += (i == 0 ? "" : ", ") + std::string(1, static_cast<char>('a' + i % 26));
  }
  return "`" + callee + "` gives the function " + types + ": write `fn(" +
         (numbered ? "i, s" : names) + ") { ... }`";
}

std::string Checker::hint_out_of_local() const {
  if (context_->mapped_by.rfind("sequence_", 0) == 0) {
    return "repeat a federated step by `fold(3, x, fn(_, s) { step(s) })`, a constant number of "
           "times, at most 64, or make it the `next` of a process";
  }
  return "move it out, to where the values have placements";
}

Diagnostic& Checker::mismatch(const Mismatch& what, const Type* from, const Type* to,
                              SourceRange range, const std::string& subject) {
  using Kind = Mismatch::Kind;
  const Type* inner_from = inference_.with_defaults(what.from);
  const Type* inner_to = inference_.with_defaults(what.to);
  std::string message = subject + " is " + show(from) + ", but " + show(to) + " is expected";
  std::string detail, hint;
  DiagnosticKind kind = DiagnosticKind::TypeMismatch;
  auto dim = [](const Type* type, int i) { return "`" + type->dims()[i].to_string() + "`"; };
  switch (what.kind) {
    case Kind::kDifferent:
      if (!what.path.empty() || (inner_to->has_variables() && inner_to != to)) {
        detail = place(what.path) + show(inner_from) + " is not " + show(inner_to);
      }
      if (inner_to->is_scalar() && !inner_to->has_variables() &&
          inner_to->element() == ElementType::kBool && inner_from->is_scalar()) {
        hint = "compare it: `x != 0`";
      } else if (convertible(inner_from, inner_to)) {
        hint = "values never convert by themselves: write `cast<" +
               std::string(element_name(inner_to->element())) + ">(...)`";
      } else {
        hint = hint_of_keys(inner_from, inner_to);
      }
      break;
    case Kind::kRank:
      detail = place(what.path) + std::to_string(inner_from->rank()) + " dimension" +
               (inner_from->rank() == 1 ? "" : "s") + ", not " + std::to_string(inner_to->rank());
      if (subject == "the condition") {
        hint =
            "`select` chooses element by element; `reduce_any` and `reduce_all` make one bool of "
            "many";
      }
      break;
    case Kind::kDim:
      detail = place(what.path) + "dimension " + std::to_string(what.dim) + " is " +
               dim(inner_from, what.dim) + ", not " + dim(inner_to, what.dim);
      break;
    case Kind::kUnknownDim:
      kind = DiagnosticKind::UnknownDimension;
      detail = place(what.path) + "dimension " + std::to_string(what.dim) + " is " +
               dim(inner_from, what.dim) + ", which need not be " + dim(inner_to, what.dim);
      hint = "`reshape<" + to_string(inner_to) + ">(...)` checks it at run time";
      break;
    case Kind::kFieldCount:
      detail = place(what.path) + std::to_string(inner_from->fields().size()) + " field" +
               (inner_from->fields().size() == 1 ? "" : "s") + ", not " +
               std::to_string(inner_to->fields().size());
      detail += missing_field(inner_from, inner_to);
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
      if (inner_to->placement() == Placement::kClients) {
        hint =
            "this value lives at the server: there is one of it, and nothing to aggregate; to use "
            "it "
            "on the clients, send it there with `federated_broadcast`";
      } else {
        hint =
            "this value lives on the clients; to use it at the server, aggregate it first, for "
            "example with `federated_mean`";
      }
      break;
    case Kind::kPerClient:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + "clients may have different values";
      hint = "write " + show(inner_from) + " if each client has a value of its own";
      break;
    case Kind::kUnplaced:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + show(inner_from) + " is not federated";
      hint = "`federated_value(..., " + std::string(placement_name(inner_to->placement())) +
             ")` places a value";
      break;
    case Kind::kPlaced:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + show(inner_from) + " is federated";
      hint = subject.rfind("the result", 0) == 0
                 ? "a value that lives somewhere is not one that everybody has: write " +
                       show(inner_from) + " as the result"
                 : "it lives at a placement: `federated_map(f, ...)` applies a function there";
      break;
    case Kind::kMixed:
      kind = DiagnosticKind::WrongPlacement;
      detail = place(what.path) + "its parts are not all at the same placement";
      hint = std::all_of(inner_from->fields().begin(), inner_from->fields().end(),
                         [](const Field& field) { return field.type->has_federated(); })
                 ? "bring them to one place: `federated_broadcast` sends what the server has to "
                   "the clients, an aggregation such as `federated_mean` the other way"
                 : "capture what is not federated in the function, or place it with "
                   "`federated_broadcast` or `federated_value`";
      break;
    case Kind::kConstraint:
      detail = place(what.path) + what.detail;
      break;
    case Kind::kInfinite:
      detail = "the type would contain itself";
      break;
  }
  if (hint.empty() && inner_to->is_scalar() && inner_to->element_or_variable().is_variable() &&
      inference_.allowed(inner_to->element_or_variable()) == kKeyElements) {
    hint = kNoKey;
  }
  if (!mismatch_hint_.empty()) hint = mismatch_hint_;
  // `(x)` for `(x,)`
  const Type* given = inner_from->is_federated() ? inner_from->member() : inner_from;
  if (inner_to->is_struct() && inner_to->fields().size() == 1 && !given->is_struct() &&
      !given->is_variable()) {
    const std::string& name = inner_to->fields()[0].name;
    hint = "a struct of one is written `(" + (name.empty() ? "" : name + "=") + "x,)`";
  }
  if (!detail.empty()) message += ": " + detail;
  Diagnostic& diagnostic = report(kind, range, message);
  if (!hint.empty()) diagnostic.with_hint(hint);
  if (argument_of_ != nullptr) {
    diagnostic.with_note(shown_range(argument_of_),
                         "it is declared as `" + summary(argument_of_) + "`");
  }
  return diagnostic;
}

}  // namespace fedc::checking
