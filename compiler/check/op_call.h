// One call of an operation of the prelude on its way, between the files that work on it.
#ifndef FEDC_COMPILER_CHECK_OP_CALL_H_
#define FEDC_COMPILER_CHECK_OP_CALL_H_

#include <string>
#include <vector>

#include "compiler/check/checker.h"

namespace fedc::checking {

enum class Role { kData, kStatic, kFunction, kPlacement };

struct Checker::OpCall {
  const FnValue* function;
  const ast::FunctionDecl* decl;
  std::string name;
  SourceRange range;
  std::vector<Arg*> by_param;
  std::vector<Role> roles;
  std::vector<Value> values;  // of data parameters
  Scope* scope = nullptr;
  Statics statics;
  std::vector<core::Lambda*> lambdas;
  const Type* expected = nullptr;  // what stands around it asks for; null: not known
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_OP_CALL_H_
