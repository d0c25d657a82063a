// What names mean: files, declarations, scopes, and functions as compile-time values.
#ifndef FEDC_COMPILER_CHECK_SCOPE_H_
#define FEDC_COMPILER_CHECK_SCOPE_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/check/core.h"
#include "compiler/types/type.h"

namespace fedc::checking {

struct FnValue;
struct DeclInfo;
struct Scope;

// A file.
struct ModuleInfo {
  const ast::Module* ast = nullptr;
  std::string path;
  std::string prefix;  // `nn.` for a file imported as `nn`; empty for the main file and the prelude
  bool prelude = false;
  std::map<std::string, DeclInfo*, std::less<>> declarations;
  std::vector<DeclInfo*> in_order;
  Scope* scope = nullptr;
};

// A value known at compile time. Without a type it is a literal that context types.
struct ConstValue {
  core::Constant::Value value;
  const Type* type = nullptr;
};

enum class Progress { kNew, kActive, kDone };

// A declaration at the top level of a file, or a member of a process.
struct DeclInfo {
  const ast::Decl* decl = nullptr;
  ModuleInfo* module = nullptr;
  std::string name;  // as it appears in core: `training.next`
  Progress progress = Progress::kNew;
  const Type* type = nullptr;              // of a TypeDecl without type parameters
  std::map<ast::TypeKind, bool> mentions;  // of a TypeDecl: whether such a type is in it
  std::optional<ConstValue> value;         // of a `const`
  const core::ParamDecl* param = nullptr;  // of a `param`
  ModuleInfo* imported = nullptr;          // of an ImportDecl; null if it could not be read
  std::optional<bool> defaults_fit;        // of a function's parameters; unset: not looked at
  std::set<DeclInfo*> uses;                // functions that its body names
  uint64_t search = 0;                     // the last search that came here, and from where
  DeclInfo* found_from = nullptr;
  const ast::FunctionDecl* function() const { return ast::as<ast::FunctionDecl>(decl); }
};

// Whether only its own file sees what is declared under this name.
inline bool is_private(std::string_view name) { return name.substr(0, 1) == "_"; }

// What a name stands for in a scope.
struct Binding {
  enum class Kind { kVar, kFunction, kType, kElement, kDim, kPlacement, kError };
  Kind kind = Kind::kError;
  const core::Var* var = nullptr;
  const FnValue* function = nullptr;
  const Type* type = nullptr;  // kType; kElement: a scalar
  Dim dim = Dim::unknown();
  Placement placement = Placement::kServer;
  SourceRange range;
  uint32_t number = 0;
};

// A scope as it was when it had `limit` bindings: a function literal does not see later ones.
struct ScopeRef {
  Scope* scope = nullptr;
  uint32_t limit = 0;
};

struct Scope {
  ScopeRef parent;
  ModuleInfo* module = nullptr;
  DeclInfo* owner = nullptr;          // the declaration whose text this is
  const ast::Block* block = nullptr;  // whose names are bound in it, one after another
  std::unordered_map<std::string, Binding> names;
  ScopeRef ref() { return {this, static_cast<uint32_t>(names.size())}; }
};

// A function that core has, with the variables it needs besides its parameters. `captures` are
// variables of the function in which this value is used; the list may still grow while the
// function that encloses a literal is being checked.
struct Lifted {
  core::Function* function = nullptr;
  std::vector<const core::Var*> captures;
  // Without captures.
  const Type* parameter = nullptr;  // null: none; a struct of all if there are several
  const Type* result = nullptr;
};

// The code being made: a core function and which variables belong to it.
struct FunctionContext {
  core::Function* function = nullptr;
  Lifted* lifted = nullptr;  // of a function literal: where captures are collected
  std::unordered_map<const core::Var*, const core::Var*> captured;  // outer -> own parameter
  std::vector<const core::Var*> capture_params;
  bool local = false;     // no placement in its signature
  std::string mapped_by;  // the operation whose function is being checked: no federated values
  int if_depth = 0;
};

struct Value {
  const Type* type = nullptr;
  core::Expr* expr = nullptr;
  const FnValue* function = nullptr;  // then `type` and `expr` mean nothing
  bool is_error() const { return function == nullptr && expr == nullptr; }
};

// An argument of a call: to be checked, or checked.
struct Arg {
  const ast::Name* name = nullptr;
  const ast::Expr* ast = nullptr;
  ScopeRef scope;
  std::optional<Value> value;
  SourceRange range;
};

// A field of a struct that holds functions. Data are references to variables.
struct FnPart {
  std::string name;
  Value value;
};

struct FnValue {
  enum class Kind { kDecl, kClosure, kCurried, kLifted, kTyped, kStruct };
  Kind kind = Kind::kDecl;
  SourceRange range;
  DeclInfo* decl = nullptr;                   // kDecl; kCurried: the operation
  const ast::TypeApply* type_args = nullptr;  // kDecl: `f<T>`
  ScopeRef scope;                             // of type_args or the literal
  const ast::Lambda* lambda = nullptr;        // kClosure
  std::vector<Arg> bound;                     // kCurried: `value_and_grad(loss)`
  Lifted* lifted = nullptr;                   // kLifted
  const FnValue* inner = nullptr;             // kTyped: `inner` as a function of type `type`
  const Type* type = nullptr;
  std::vector<FnPart> parts;  // kStruct: no function, but a struct that holds some
  std::string key;            // equal keys are equal functions
  std::string spelling;       // of an operator: `+`
};

// A call whose callee's text is checked where the call stands, with what is given there.
struct Copy {
  const DeclInfo* decl = nullptr;  // whose text it is
  SourceRange call;
  bool literal = false;            // of a function literal in that text
  Copy* outer = nullptr;           // in whose text the call stands; null: in what is checked
  std::vector<const Type*> given;  // for the parameters; null for functions
  bool failed = false;             // has told of a mistake
};

// A named function with its type parameters and function arguments fixed.
struct Instance {
  DeclInfo* decl = nullptr;
  Scope* scope = nullptr;
  std::vector<const Type*> param_types;  // null for those that are functions
  std::vector<Lifted*> functions;        // of those that are, with captures as own parameters
  core::Function* function = nullptr;
  FunctionContext* context = nullptr;
  Scope* body_scope = nullptr;  // with the parameters
  const Type* result = nullptr;
  Instance* from = nullptr;  // which instance's body asked for it
  SourceRange call;          // and where; invalid for one that is checked for its own sake
  Copy* copy = nullptr;      // in whose text; null: in that of the instance
  std::string description;   // "`T=float32`"
  bool failed = false;
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_SCOPE_H_
