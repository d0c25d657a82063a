// What the checker hands on: a call for the shape functions, and what is looked at again at the end
// of a named function, when all types are known.
#ifndef FEDC_COMPILER_CHECK_PENDING_H_
#define FEDC_COMPILER_CHECK_PENDING_H_

#include <map>
#include <string>
#include <vector>

#include "compiler/check/core.h"
#include "compiler/check/scope.h"

namespace fedc::checking {

// The static arguments of an operation, by parameter.
using Statics = std::map<std::string, core::Static>;

// What a shape function sees: `base[name(args)]`.
struct ShapeCall {
  std::string name;
  const Type* base;                   // a scalar whose element replaces the element, or null: kept
  std::vector<const Type*> types;     // arguments that are types
  std::vector<SourceRange> operands;  // the arguments of these types, where they are written
  std::vector<std::string> names;     // of a function: where they stand in its parameters
  // Arguments that are static parameters: null when not given.
  std::vector<const core::Static*> statics;
};

// Calls whose function is fixed, or completed with captures, at the end of the named function.
struct PendingCall {
  core::Call* call;
  FunctionContext* context;
  std::vector<Lifted*> functions;  // whose captures are further arguments
  DeclInfo* decl = nullptr;        // null: the function is known
  Scope* scope = nullptr;
  SourceRange range;
  Copy* copy = nullptr;  // in whose text it stands
};

struct PendingLiteral {
  core::Constant* constant;
};
struct PendingConstraint {
  DeclInfo* decl;
  Scope* scope;
  SourceRange range;
  Copy* copy = nullptr;
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_PENDING_H_
