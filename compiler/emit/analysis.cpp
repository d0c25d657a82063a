#include "compiler/emit/analysis.h"

#include <algorithm>
#include <unordered_set>

namespace fedc::emission {
namespace {

constexpr uint64_t kSaturated = UINT64_C(1) << 40;

void push_children(const core::Expr* expr, std::vector<const core::Expr*>& stack) {
  // Pushed last first, so that they are visited in the order of evaluation.
  switch (expr->kind) {
    case core::ExprKind::kConstant:
    case core::ExprKind::kParam:
    case core::ExprKind::kRef:
      break;
    case core::ExprKind::kLet:
      stack.push_back(core::as<core::Let>(expr)->body);
      stack.push_back(core::as<core::Let>(expr)->value);
      break;
    case core::ExprKind::kStruct: {
      const auto& fields = core::as<core::Struct>(expr)->fields;
      stack.insert(stack.end(), fields.rbegin(), fields.rend());
      break;
    }
    case core::ExprKind::kSelect:
      stack.push_back(core::as<core::Select>(expr)->base);
      break;
    case core::ExprKind::kIf:
      stack.push_back(core::as<core::If>(expr)->otherwise);
      stack.push_back(core::as<core::If>(expr)->then);
      stack.push_back(core::as<core::If>(expr)->condition);
      break;
    case core::ExprKind::kCall: {
      const auto& arguments = core::as<core::Call>(expr)->arguments;
      stack.insert(stack.end(), arguments.rbegin(), arguments.rend());
      break;
    }
    case core::ExprKind::kOp: {
      const auto* op = core::as<core::Op>(expr);
      for (size_t i = op->lambdas.size(); i-- > 0;) stack.push_back(op->lambdas[i]->body);
      for (size_t i = op->args.size(); i-- > 0;) {
        if (op->args[i] != nullptr) stack.push_back(op->args[i]);
      }
      break;
    }
    case core::ExprKind::kCoerce:
      stack.push_back(core::as<core::Coerce>(expr)->value);
      break;
  }
}

}  // namespace

void walk(const core::Expr* root, const std::function<void(const core::Expr*)>& visit) {
  std::vector<const core::Expr*> stack = {root};
  while (!stack.empty()) {
    const core::Expr* expr = stack.back();
    stack.pop_back();
    visit(expr);
    push_children(expr, stack);
  }
}

std::vector<const core::Var*> captures(const core::Lambda& lambda) {
  std::unordered_set<const core::Var*> bound(lambda.params.begin(), lambda.params.end());
  std::vector<const core::Var*> used;
  // Each Var is one binding, so it does not matter where in the tree it is bound.
  walk(lambda.body, [&](const core::Expr* expr) {
    if (const auto* ref = core::as<core::Ref>(expr)) {
      used.push_back(ref->var);
    } else if (const auto* let = core::as<core::Let>(expr)) {
      bound.insert(let->var);
    } else if (const auto* op = core::as<core::Op>(expr)) {
      for (const core::Lambda* inner : op->lambdas) {
        bound.insert(inner->params.begin(), inner->params.end());
      }
    }
  });
  std::vector<const core::Var*> result;
  for (const core::Var* var : used) {
    if (bound.insert(var).second) result.push_back(var);
  }
  return result;
}

Analysis::Analysis(const core::Program& program) {
  // A function stands before those that call it.
  for (const core::Function* function : program.functions) {
    FunctionInfo info;
    for (const core::Var* param : function->params) info.federated |= param->type->has_federated();
    walk(function->body, [&](const core::Expr* expr) {
      info.federated |= expr->type->has_federated();
      uint64_t size =
          expr->kind == core::ExprKind::kOp ? std::min(expr->type->size(), kSaturated) : 1;
      if (const auto* call = core::as<core::Call>(expr)) {
        const FunctionInfo& callee = info_[call->function];
        info.federated |= callee.federated;
        size = callee.expanded_size;
        info.call_depth = std::max(info.call_depth, callee.call_depth + 1);
      }
      info.expanded_size = std::min(info.expanded_size + size, kSaturated);
    });
    info_[function] = info;
  }
}

}  // namespace fedc::emission
