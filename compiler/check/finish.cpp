// The finished program: variables replaced everywhere, functions in order.
#include <algorithm>

#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

// Direct parts of an expression.
void parts_of(const core::Expr* expr, std::vector<const core::Expr*>& out) {
  switch (expr->kind) {
    case core::ExprKind::kConstant:
    case core::ExprKind::kParam:
    case core::ExprKind::kRef:
      return;
    case core::ExprKind::kLet:
      out.push_back(core::as<core::Let>(expr)->value);
      out.push_back(core::as<core::Let>(expr)->body);
      return;
    case core::ExprKind::kStruct:
      for (core::Expr* field : core::as<core::Struct>(expr)->fields) out.push_back(field);
      return;
    case core::ExprKind::kSelect:
      out.push_back(core::as<core::Select>(expr)->base);
      return;
    case core::ExprKind::kIf: {
      const auto* branch = core::as<core::If>(expr);
      out.insert(out.end(), {branch->condition, branch->then, branch->otherwise});
      return;
    }
    case core::ExprKind::kCall:
      for (core::Expr* argument : core::as<core::Call>(expr)->arguments) out.push_back(argument);
      return;
    case core::ExprKind::kOp: {
      const auto* op = core::as<core::Op>(expr);
      for (core::Expr* argument : op->args) {
        if (argument != nullptr) out.push_back(argument);
      }
      for (core::Lambda* lambda : op->lambdas) out.push_back(lambda->body);
      return;
    }
    case core::ExprKind::kCoerce:
      out.push_back(core::as<core::Coerce>(expr)->value);
      return;
  }
}

std::vector<core::Function*> callees(const core::Function* function) {
  std::vector<core::Function*> result;
  std::vector<const core::Expr*> work = {function->body};
  while (!work.empty()) {
    const core::Expr* expr = work.back();
    work.pop_back();
    if (const auto* call = core::as<core::Call>(expr)) result.push_back(call->function);
    parts_of(expr, work);
  }
  std::reverse(result.begin(), result.end());
  return result;
}

}  // namespace

void Checker::finish_core() {
  bool reported = false;
  for (const auto& expr : program_->exprs()) {
    expr->type = inference_.substitute(expr->type);
    if (auto* op = core::as<core::Op>(expr.get())) {
      for (auto& [name, value] : op->statics) {
        if (auto* type = std::get_if<const Type*>(&value)) *type = inference_.substitute(*type);
      }
    }
    if (!expr->type->has_variables() || reported) continue;
    reported = true;
    diagnostics_.report(DiagnosticKind::CannotInfer, expr->range, "nothing says what type this has")
        .with_hint("write the type: `let x: T = ...` or `f<T>(...)`");
  }
  for (const auto& var : program_->vars()) var->type = inference_.substitute(var->type);
  for (const auto& function : program_->all_functions()) {
    if (function->result != nullptr) function->result = inference_.substitute(function->result);
  }
}

// Depth first from the entries and the main file's functions; a function follows what it calls.
void Checker::order_functions() {
  std::vector<core::Function*> roots;
  for (const core::Entry& entry : program_->entries) roots.push_back(entry.function);
  for (const auto& instance : instances_) {
    if (instance->decl->module == main_) roots.push_back(instance->function);
  }
  struct Step {
    core::Function* function;
    std::vector<core::Function*> callees;
    size_t next = 0;
  };
  std::set<core::Function*> seen;
  for (core::Function* root : roots) {
    if (!seen.insert(root).second) continue;
    std::vector<Step> stack;
    stack.push_back({root, callees(root)});
    while (!stack.empty()) {
      Step& step = stack.back();
      if (step.next == step.callees.size()) {
        program_->functions.push_back(step.function);
        stack.pop_back();
        continue;
      }
      core::Function* callee = step.callees[step.next++];
      if (seen.insert(callee).second) stack.push_back({callee, callees(callee)});
    }
  }
}

}  // namespace fedc::checking
