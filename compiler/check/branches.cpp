// `if` and `match`.
#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

// Each arm but the last is an `if` inside the one before: the tree may only get so deep.
constexpr size_t kMostArms = 200;

std::string shown(const core::Constant::Value& value) {
  if (const bool* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const int64_t* i = std::get_if<int64_t>(&value)) return std::to_string(*i);
  if (const uint64_t* u = std::get_if<uint64_t>(&value)) return std::to_string(*u);
  return "this value";
}

}  // namespace

bool Checker::reports_federated_choice(const Value& value, SourceRange range,
                                       const std::string& what, const std::string& hint) {
  if (value.is_error()) return false;
  const Type* type = inference_.resolve(value.type);
  if (!type->is_federated()) return false;
  report(DiagnosticKind::FederatedUnderIf, range,
         what + " is " + show(type) + ", known only " +
             (type->placement() == Placement::kServer ? "at the server" : "on the clients") +
             " when the round runs: which operations take place is fixed when the program is "
             "compiled")
      .with_hint(hint);
  return true;
}

// An `if` whose condition lives at a placement, as a map there: of both values, where they live
// there, too, or are known.
std::string Checker::hint_of_choice(const ast::If* expr, const Value& condition, ScopeRef scope) {
  std::string hint =
      "compute both values first, and choose between them in a function given to "
      "`federated_map`";
  if (condition.is_error() || DiagnosticTrial::active(diagnostics_)) return hint;
  const Type* type = inference_.resolve(condition.type);
  const std::string tested = written(expr->condition->range);
  if (!type->is_federated() || tested == "...") return hint;
  std::string parameters = "c", over = tested, values[2];
  const ast::Expr* const branches[] = {expr->then, expr->otherwise};
  for (size_t i = 0; i < 2; ++i) {
    const auto* block = ast::as<ast::Block>(branches[i]);
    const ast::Expr* value = block == nullptr || !block->lets.empty() ? nullptr : block->value;
    const std::string text = value == nullptr ? "..." : written(value->range);
    if (text == "...") return hint;
    values[i] = text;
    if (value->kind == ast::ExprKind::Number || value->kind == ast::ExprKind::Bool) continue;
    const Type* placed = tried_type(value, scope);
    if (placed == nullptr || !placed->is_federated() || placed->placement() != type->placement())
      return hint;
    values[i] = i == 0 ? "a" : "b";
    parameters += ", " + values[i];
    over += ", " + text;
  }
  return hint + ": `federated_map(fn(" + parameters + ") { if c { " + values[0] + " } else { " +
         values[1] + " } }, " + (parameters == "c" ? over : "(" + over + ")") + ")`";
}

const Type* Checker::join(std::vector<Branch>& branches) {
  const Type* type = inference_.substitute(branches[0].value.type);
  for (size_t i = 1; i < branches.size(); ++i) {
    const Type* other = inference_.substitute(branches[i].value.type);
    // Whichever says less, the other is assignable to it.
    const bool stays = type->has_variables() || other->has_variables() ||
                       !fedc::assign(*types_, other, type) ||
                       fedc::assign(*types_, type, other).has_value();
    if (!stays) type = other;
  }
  bool failed = false;
  for (Branch& branch : branches) {
    branch.value = coerce(branch.value, type, branch.range, branch.what);
    failed |= branch.value.is_error();
    if (failed) break;  // the others disagree in the same way
  }
  return failed ? nullptr : inference_.substitute(type);
}

// A call of the function that stands there, with the arguments of the call whose callee is chosen.
std::string Checker::called_text(SourceRange function) {
  std::string arguments;
  if (choosing_ != nullptr) {
    for (const ast::Argument& argument : choosing_->arguments)
      arguments += (arguments.empty() ? "" : ", ") + written_argument(argument.value);
  }
  return written_tight(function) + "(" + (choosing_ == nullptr ? "..." : arguments) + ")";
}

// Of an `if` or `match` that is called, the call.
SourceRange Checker::chosen_range(const ast::Expr* choice) const {
  return choosing_ != nullptr && choosing_->callee == choice ? choosing_->range : choice->range;
}

Value Checker::infer_if(const ast::If* expr, ScopeRef scope, const Type* expected) {
  Value condition = data(infer(expr->condition, scope), expr->condition->range);
  if (reports_federated_choice(condition, expr->condition->range, "the condition",
                               hint_of_choice(expr, condition, scope))) {
    return error();
  }
  condition = coerce(condition, types_->scalar(ElementType::kBool), expr->condition->range,
                     "the condition");
  if (context_->if_depth++ == 0) under_if_.reported = false;
  const SourceRange around = std::exchange(under_if_.condition, expr->condition->range);
  bool is_function = false;
  std::vector<Branch> branches = {{infer_enclosed(expr->then, scope, expected, &is_function),
                                   value_range(expr->then), "the value of `if`"},
                                  {infer_enclosed(expr->otherwise, scope, expected, &is_function),
                                   value_range(expr->otherwise), "the value after `else`"}};
  --context_->if_depth;
  under_if_.condition = around;
  if (is_function) {
    report(DiagnosticKind::FunctionValue, chosen_range(expr),
           "an `if` cannot choose between functions: which one is called is known when the program "
           "is compiled")
        .with_hint("call each in its branch: `if " + written(expr->condition->range) + " { " +
                   called_text(branches[0].range) + " } else { " + called_text(branches[1].range) +
                   " }`");
    return error();
  }
  if (condition.is_error() || branches[0].value.is_error() || branches[1].value.is_error()) {
    return error();
  }
  const Type* type = join(branches);
  if (type == nullptr) return error();
  return {type,
          program_->make<core::If>(type, expr->range, condition.expr, branches[0].value.expr,
                                   branches[1].value.expr),
          nullptr};
}

// The constants of the arms, as values of the subject's type, and that there is one for each value.
// The last arm's is left out where it takes what remains.
bool Checker::match_constants(const ast::Match* match, const Type* type, ScopeRef scope,
                              std::vector<core::Constant::Value>& constants) {
  std::map<core::Constant::Value, SourceRange> seen;
  const bool is_bool = type->element() == ElementType::kBool;
  bool failed = false;
  SourceRange rest;  // of the arm that takes all that remains
  for (const ast::Match::Arm& arm : match->arms) {
    if (rest.valid()) {
      report(DiagnosticKind::MatchArms, arm.range, "no value is left for this arm")
          .with_hint("remove it, or write it above")
          .with_note(rest, "this arm takes all that remain");
      return false;
    }
    if (arm.constant == nullptr) {
      rest = arm.range;
      continue;
    }
    const auto given = constant(arm.constant, scope);
    std::optional<core::Constant::Value> value;
    if (given && given->type != nullptr && given->type != type) {
      report(DiagnosticKind::TypeMismatch, arm.constant->range,
             "this is " + show(given->type) + ", but the value of `match` is " + show(type));
    } else if (given) {
      value = convert(given->value, type, arm.constant->range);
    }
    if (!value) {
      failed = true;
      continue;
    }
    const auto [first, inserted] = seen.try_emplace(*value, arm.constant->range);
    if (!inserted) {
      report(DiagnosticKind::MatchArms, arm.constant->range,
             "`" + shown(*value) + "` has an arm already")
          .with_hint("remove one of the two")
          .with_note(first->second, "the first one is here");
      failed = true;
      continue;
    }
    constants.push_back(*value);
    if (is_bool && seen.size() == 2) rest = arm.range;
  }
  if (failed) return false;
  if (!rest.valid()) {
    const std::string missing = !is_bool ? "an arm for all other values is missing"
                                : std::get<bool>(constants[0]) ? "an arm for `false` is missing"
                                                               : "an arm for `true` is missing";
    report(DiagnosticKind::MatchArms, match->subject->range, missing)
        .with_hint(is_bool ? "write it, or `_ => ...` for all others" : "write `_ => ...` last");
    return false;
  }
  constants.resize(match->arms.size() - 1);
  return true;
}

Value Checker::infer_match(const ast::Match* match, ScopeRef scope, const Type* expected) {
  Bindings lets;
  const SourceRange at = match->subject->range;
  Value subject = data(infer(match->subject, scope), at);
  if (reports_federated_choice(
          subject, at, "what `match` chooses by",
          "compute the values of all arms first, and write the `match` in a function given to "
          "`federated_map`: `federated_map(fn(n, x) { match n { ... } }, (" +
              written(at) + ", x))`")) {
    return error();
  }
  const Type* type = nullptr;
  if (!subject.is_error()) {
    type = inference_.with_defaults(inference_.resolve(subject.type));
    if (!type->is_scalar() || type->has_variables() || is_float(type->element())) {
      report(
          DiagnosticKind::TypeMismatch, at,
          "`match` compares with constants that are integers or bools, and this is " + show(type))
          .with_hint("write `if`, and compare in its condition");
      subject = error();
    } else {
      subject = as_variable(coerce(subject, type, at, "the value"), lets);
    }
  }
  if (match->arms.size() > kMostArms) {
    report(DiagnosticKind::MatchArms, match->arms[kMostArms].range,
           "a `match` has at most " + std::to_string(kMostArms) + " arms")
        .with_hint("look the value up in a tensor");
    return error();
  }
  if (context_->if_depth++ == 0) under_if_ = UnderIf();
  std::vector<Branch> branches;
  bool failed = subject.is_error(), is_function = false;
  for (const ast::Match::Arm& arm : match->arms) {
    const SourceRange range = value_range(arm.value);
    branches.push_back(
        {infer_enclosed(arm.value, scope, expected, &is_function), range, "the value of this arm"});
    failed |= branches.back().value.is_error();
  }
  --context_->if_depth;
  if (is_function) {
    report(DiagnosticKind::FunctionValue, chosen_range(match),
           "a `match` cannot choose between functions: which one is called is known when the "
           "program is compiled")
        .with_hint("call each in its arm: `" + called_text(branches[0].range) + "`");
    return error();
  }
  std::vector<core::Constant::Value> constants;
  if (subject.is_error() || !match_constants(match, type, scope, constants) || failed) {
    return error();
  }
  const Type* result = join(branches);
  if (result == nullptr) return error();
  core::Expr* value = branches.back().value.expr;
  for (size_t i = constants.size(); i-- > 0;) {
    const SourceRange range = match->arms[i].constant->range;
    Value wanted{type, program_->make<core::Constant>(type, range, constants[i]), nullptr};
    const Value equal =
        operation("equal", "match", {value_arg(subject, at), value_arg(wanted, range)}, range);
    if (equal.is_error()) return error();
    value =
        program_->make<core::If>(result, match->range, equal.expr, branches[i].value.expr, value);
  }
  return wrap(lets, {result, value, nullptr});
}

}  // namespace fedc::checking
