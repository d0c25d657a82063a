// A `fold` over placed values: each step moves values between server and clients, so the steps are
// written out, one after another, before anything else sees them.
#include "compiler/check/checker.h"
#include "compiler/check/guards.h"

namespace fedc::checking {
namespace {

constexpr int64_t kMostSteps = 64;

}  // namespace

Value Checker::federated_fold(const FnValue* function, const Arg& count, Value state,
                              SourceRange range) {
  constant_for_ =
      "steps that move values between server and clients are written out, one after the other";
  std::optional<int64_t> steps;
  if (count.ast == nullptr) {
    not_constant(count.range, "the number of steps comes with other arguments");
  } else {
    steps = constant_int(count.ast, count.scope);
  }
  constant_for_ = nullptr;
  if (!steps) return error();
  if (*steps < 0 || *steps > kMostSteps) {
    report(DiagnosticKind::InstantiationLimit, count.range,
           "a `fold` over placed values has at most " + std::to_string(kMostSteps) +
               " steps, not " + std::to_string(*steps) +
               ": each is a part of the program of its own")
        .with_hint("make it the `next` of a process, which has as many rounds as one likes");
    return error();
  }
  const bool named = function->lambda != nullptr && function->lambda->parameters.size() == 2;
  const std::string name = named ? function->lambda->parameters[1].name.text : "state";
  const Type* index = types_->scalar(ElementType::kInt64);
  Bindings lets;
  Sink sink(*this, lets);
  for (int64_t i = 0; i < *steps; ++i) {
    const Type* type = inference_.resolve(state.type);
    const core::Var* var = new_var(name, type, range);
    lets.emplace_back(var, state.expr);
    const Value step = {index, program_->make<core::Constant>(index, count.range, i), nullptr};
    const Value now = {type, program_->make<core::Ref>(range, var), nullptr};
    Value next = apply(function, {value_arg(step, count.range), value_arg(now, range)}, range);
    next = data(next, range);
    state = coerce(next, type, function->range, "the next state of `fold`");
    if (state.is_error()) return error();
  }
  return wrap(lets, state);
}

}  // namespace fedc::checking
