// Operations that make a function of a function.
#include "compiler/check/checker.h"

namespace fedc::checking {

// `value_and_grad(f)(x, ...)`: the first argument is the operation's, all are the function's.
Value Checker::apply_curried(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  const ast::FunctionDecl* decl = function->decl->function();
  const auto* result = ast::as<ast::FunctionType>(decl->result);
  const std::vector<ParamShape> shapes = shapes_of(decl->parameters);
  std::vector<Arg> bound = function->bound;
  std::vector<Arg*> by_param;
  if (!match_args(bound, shapes, decl->name.text, function->range, decl, by_param)) return error();
  const FnValue* inner =
      function_arg(*by_param[0], "argument `" + shapes[0].name + "` of `" + decl->name.text + "`");
  if (inner == nullptr) return error();

  auto [known, required] = known_params(inner);
  // Of a function that is only known by its type, `(<M,B> -> R)` is one of two parameters.
  if ((inner->kind == FnValue::Kind::kLifted || inner->kind == FnValue::Kind::kTyped) &&
      known.size() == 1 && args.size() > 1) {
    const Type* all = inference_.resolve(known[0]);
    if (all->is_struct() && all->fields().size() == args.size()) {
      known.clear();
      for (const Field& field : all->fields()) known.push_back(field.type);
      required = known.size();
    }
  }
  const std::vector<ast::Parameter>* declared =
      inner->kind == FnValue::Kind::kClosure ? &inner->lambda->parameters
      : inner->kind == FnValue::Kind::kDecl  ? &inner->decl->function()->parameters
                                             : nullptr;
  const bool named = inner->kind == FnValue::Kind::kDecl;
  SpreadTo to;
  if (declared != nullptr) {
    to = spread_to(named ? inner->decl->decl->name.text : "", *declared,
                   named && inner->decl->function()->body != nullptr);
    to.call = decl->name.text + "(" + to.callee + ")";
  }
  Bindings lets;
  args = spread(std::move(args), named || declared == nullptr ? required : declared->size(), lets,
                &to);
  if (known.size() == 1) args = gather(std::move(args), known[0], range);
  if (args.empty() || (!known.empty() && (args.size() < required || args.size() > known.size()))) {
    std::string missing;
    if (declared != nullptr && args.size() < declared->size()) {
      missing = ": " + missing_text(shapes_of(*declared)[args.size()], args.size());
    }
    report(DiagnosticKind::ArgumentCount, range,
           (named ? "`" + inner->decl->decl->name.text + "`" : "the function") + " takes " +
               counted(known.empty() ? 1 : required, "argument") + ", not " +
               std::to_string(args.size()) + missing);
    return error();
  }
  std::vector<Value> values;
  std::vector<const Type*> params;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].name != nullptr) {
      report(DiagnosticKind::UnknownArgument, args[i].name->range,
             "arguments of a differentiated function have no names")
          .with_hint("give them in order");
      return error();
    }
    Value value = data(arg_value(args[i], known.empty() ? nullptr : known[i]), args[i].range);
    if (!known.empty()) {
      value = coerce(value, known[i], args[i].range,
                     "argument " + std::to_string(i + 1) + " of the function");
    }
    if (value.is_error()) return error();
    values.push_back(value);
    params.push_back(value.type);
  }
  // What the derivative is by.
  const Type* by = inference_.substitute(params[0]);
  std::string why;
  const Constraint constraint = constraint_of(decl->generics[0]);
  if (declared != nullptr && !declared->empty() && !satisfies(by, constraint, &why)) {
    const std::string& parameter = (*declared)[0].name.text;
    std::string hint = "write a function that takes floating-point numbers first";
    for (size_t i = 1; i < params.size() && i < declared->size(); ++i) {
      std::string unused;
      if (!named || !satisfies(inference_.substitute(params[i]), constraint, &unused)) continue;
      const std::string& name = (*declared)[i].name.text;
      std::string inside;
      for (size_t j = 0; j < args.size(); ++j)
        inside += (j == 0 ? "" : ", ") + (j == i ? name : written(args[j].range));
      hint = "write `" + decl->name.text + "(fn(" + name + ") { " + to.callee + "(" + inside +
             ") })(" + written(args[i].range) + ")` for the gradient by `" + name + "`, which is " +
             show(params[i]);
      break;
    }
    report(DiagnosticKind::ConstraintNotMet, by_param[0]->range,
           "the first argument of " + (named ? "`" + to.callee + "`" : "the function") + ", `" +
               parameter + "`, is " + show(by) + (why.empty() ? "" : ", where " + why) +
               ": a gradient is by floating-point numbers")
        .with_hint(hint);
    return error();
  }
  Scope* scope = new_scope(function->decl->module->scope->ref(), function->decl->module, nullptr);
  if (!instantiate_generics(function->decl, function, scope, true, std::nullopt)) return error();
  if (coerce(values[0], type_of(result->parameter, scope->ref()), args[0].range,
             "argument 1 of the function")
          .is_error()) {
    return error();
  }
  MadeLambda made = make_lambda(inner, params, range, decl->name.text);
  if (made.lambda == nullptr) return error();
  const auto* function_type = ast::as<ast::FunctionType>(decl->parameters[0].type);
  Value body{made.result, made.lambda->body, nullptr};
  // The gradient is that of one number.
  if (inference_.resolve(body.type)->is_tensor() && inference_.resolve(body.type)->rank() > 0) {
    std::string names;
    for (size_t i = 0; declared != nullptr && i < declared->size(); ++i) {
      names += (i == 0 ? "" : ", ") + (*declared)[i].name.text;
    }
    mismatch_hint_ = "the gradient is that of one number: " +
                     (named ? "write `" + decl->name.text + "(fn(" + names + ") { reduce_sum(" +
                                  to.callee + "(" + names + ")) })`"
                            : "end the function with `reduce_sum(...)` or `reduce_mean(...)`");
  }
  body = coerce(body, type_of(function_type->result, scope->ref()), by_param[0]->range,
                "the value of the function given to `" + decl->name.text + "`");
  mismatch_hint_.clear();
  if (body.is_error()) return error();
  made.lambda->body = body.expr;
  if (!check_constraints(function->decl, scope, range)) return error();
  const Type* type = inference_.substitute(type_of(result->result, scope->ref()));
  if (type->is_error()) return error();
  auto* op = program_->make<core::Op>(type, range, decl->name.text);
  for (const Value& value : values) op->args.push_back(value.expr);
  op->lambdas.push_back(made.lambda);
  return wrap(lets, {type, op, nullptr});
}

}  // namespace fedc::checking
