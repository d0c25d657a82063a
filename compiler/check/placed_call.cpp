// Operations on placed values, which are mapped over them.
#include "compiler/check/checker.h"
#include "compiler/check/written.h"

namespace fedc::checking {

// The function is mapped over a number that is placed there, which it does not look at.
Value Checker::evaluated_at(const Type* type, core::Lambda* lambda, SourceRange range) {
  const Type* number = types_->scalar(ElementType::kInt32);
  const Placement placement = type->placement();
  auto* zero = program_->make<core::Constant>(number, range, int64_t{0});
  auto* placed = program_->make<core::Op>(types_->federated(number, placement, true), range,
                                          "federated_value");
  placed->args.push_back(zero);
  core::Expr* operand = placed;
  if (placement == Placement::kClients) {
    operand =
        program_->make<core::Coerce>(types_->federated(number, placement, false), range, operand);
  }
  lambda->params.push_back(new_var("_", number, range));
  auto* op = program_->make<core::Op>(type, range, "federated_map");
  op->args.push_back(operand);
  op->lambdas.push_back(lambda);
  return {type, op, nullptr};
}

// `a + b` or `cast<float64>(a)` of values placed at P: federated_map of the operation.
Value Checker::map_placed(const FnValue* function, std::vector<Arg>& args, Placement placement,
                          SourceRange range) {
  if (!context_->mapped_by.empty()) {
    report(DiagnosticKind::FederatedInLocal, range,
           "a federated value cannot be used in a function given to `" + context_->mapped_by + "`");
    return error();
  }
  std::vector<core::Expr*> placed;
  std::vector<Field> fields;
  std::vector<int> index;  // into the zipped struct, or -1: a capture
  bool all_equal = true;
  SourceRange first;  // of the operands that are placed
  const Type* first_type = nullptr;
  Bindings lets;
  std::vector<Value> values;
  for (Arg& arg : args) {
    if (!arg.value) {  // a static parameter's
      index.push_back(-1);
      values.push_back({});
      continue;
    }
    Value value = *arg.value;
    const Type* type = inference_.resolve(value.type);
    if (const Type* zip = zipped(*types_, type, &inference_)) {
      value = coerce(value, zip, arg.range, "the operand");
      type = zip;
      if (type->placement() != placement) {
        const bool server = type->placement() == Placement::kServer;
        const SourceRange at_server = server ? arg.range : first;
        const SourceRange at_clients = server ? first : arg.range;
        // Where the function gives what lives at one of the two, it is that.
        const Type* made = instance_ == nullptr ? nullptr : instance_->result;
        const auto element = one_element(server ? first_type : type);
        std::string one_place;
        if (made != nullptr && made->is_federated() && made->placement() == Placement::kClients) {
          one_place = replaced(sources_, range, at_server,
                               "federated_broadcast(" + written(at_server) + ")");
        } else if (made != nullptr && made->is_federated() && element &&
                   (is_float(*element) || is_integer(*element))) {
          one_place = replaced(sources_, range, at_clients,
                               (is_float(*element) ? "federated_mean(" : "federated_sum(") +
                                   written(at_clients) + ")");
        }
        report(DiagnosticKind::WrongPlacement, range,
               "`" + callee_text(function) + "` between a value at " +
                   std::string(placement_name(placement)) + " and one at " +
                   std::string(placement_name(type->placement())))
            .with_hint(written(at_server).starts_with("federated_")
                           // It has come from the clients.
                           ? "send it back to the clients: write `" +
                                 replaced(sources_, range, at_server,
                                          "federated_broadcast(" + written(at_server) + ")") +
                                 "`"
                           : !one_place.empty()
                                 ? "bring both to one place: write `" + one_place + "`"
                                 : "bring both to one place: `federated_broadcast(" +
                                       written(at_server) +
                                       ")` sends what the server has to the clients, an "
                                       "aggregation such as "
                                       "`federated_mean(" +
                                       written(at_clients) + ")` the other way");
        return error();
      }
      if (!first.valid()) {
        first = arg.range;
        first_type = type;
      }
      all_equal &= type->all_equal();
      index.push_back(static_cast<int>(placed.size()));
      placed.push_back(value.expr);
      fields.push_back({"", type});
    } else {
      value = as_variable(value, lets);
      index.push_back(-1);
    }
    values.push_back(value);
  }
  std::vector<Field> members;
  for (const Field& field : fields) members.push_back({"", field.type->member()});
  const Type* member = placed.size() == 1 ? members[0].type : types_->structure(members);
  core::Expr* operand = placed[0];
  if (placed.size() > 1) {
    const Type* apart = types_->structure(fields);
    operand = program_->make<core::Struct>(apart, range, placed);
    operand = program_->make<core::Coerce>(types_->federated(member, placement, all_equal), range,
                                           operand);
  }
  if (placement == Placement::kClients && all_equal) {
    operand =
        program_->make<core::Coerce>(types_->federated(member, placement, false), range, operand);
  }
  std::string before = context_->mapped_by;
  context_->mapped_by = "federated_map";
  core::Lambda* lambda = program_->make_lambda();
  lambda->range = range;
  const core::Var* var = new_var("%0", member, range);
  lambda->params.push_back(var);
  Value whole{member, program_->make<core::Ref>(range, var), nullptr};
  std::vector<Arg> inner;
  for (size_t i = 0; i < values.size(); ++i) {
    inner.push_back(args[i]);
    if (!args[i].value) continue;
    inner.back().value = values[i];
    if (index[i] < 0) continue;
    inner.back().value = placed.size() == 1 ? whole : select(whole, index[i], range);
  }
  Value body = apply_op(function, std::move(inner), range);
  context_->mapped_by = before;
  if (body.is_error()) return error();
  lambda->body = body.expr;
  const Type* type = types_->federated(inference_.substitute(body.type), placement, false);
  auto* op = program_->make<core::Op>(type, range, "federated_map");
  op->args.push_back(operand);
  op->lambdas.push_back(lambda);
  return wrap(lets, {type, op, nullptr});
}

}  // namespace fedc::checking
