// The checker's output and the emitter's input: a fully specialised, first-order, typed tree.
// No generics, function values or named types are left; placements are in the types.
//
// Depth: a chain of `Let::body` may be many thousand long (a block's bindings), so loop over it.
// Everything else is nested at most a few hundred deep; recursion over it is safe.
#ifndef FEDC_COMPILER_CHECK_CORE_H_
#define FEDC_COMPILER_CHECK_CORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "compiler/types/type.h"

namespace fedc::core {

struct Function;

// One binding; bindings of the same name are different objects. Names are the user's (or start with
// `%` where the compiler made them) and need not be unique.
struct Var {
  std::string name;
  const Type* type = nullptr;
  SourceRange range;
};

enum class ExprKind { kConstant, kParam, kRef, kLet, kStruct, kSelect, kIf, kCall, kOp, kCoerce };

// A call whose function's body was written out in its place.
struct CallSite {
  SourceRange range;
  std::string callee;
  SourceRange declared;             // the callee's name
  const CallSite* outer = nullptr;  // within which other such call's body it stands; null: none
};

struct Expr {
  const ExprKind kind;
  const Type* type;
  SourceRange range;
  const CallSite* written_out = nullptr;  // whose body it comes from; null: the function's own
  virtual ~Expr() = default;

 protected:
  Expr(ExprKind k, const Type* t, SourceRange r) : kind(k), type(t), range(r) {}
};

// A scalar, or the scalar that fills a tensor. bool for bool, int64_t for signed and uint64_t for
// unsigned elements, double for floats (not yet rounded to a narrower type). A string is a uint8[n]
// with its bytes in `value`.
struct Constant : Expr {
  static constexpr ExprKind kKind = ExprKind::kConstant;
  using Value = std::variant<bool, int64_t, uint64_t, double, std::string>;
  Constant(const Type* t, SourceRange r, Value v) : Expr(kKind, t, r), value(std::move(v)) {}
  Value value;
};

// A number chosen by the server for a round. The range is inclusive.
struct ParamDecl {
  std::string name;            // `lr`; of an imported file `alias.lr`
  const Type* type = nullptr;  // a scalar
  Constant::Value default_value;
  std::optional<Constant::Value> min, max;  // both or neither
  SourceRange range;
};

// What `limit` bounds, of a client or the server; Up and Down are a client's messages of a round.
enum class Quantity { kArena, kStack, kCode, kUp, kDown };

// `limit client.arena <= 2MiB;`
struct Limit {
  bool server = false;
  Quantity quantity = Quantity::kArena;
  uint64_t bytes = 0;
  SourceRange range;
};

struct Param : Expr {
  static constexpr ExprKind kKind = ExprKind::kParam;
  Param(const Type* t, SourceRange r, const ParamDecl* d)
      : Expr(kKind, t, r), name(d->name), decl(d) {}
  std::string name;
  const ParamDecl* decl;
};

struct Ref : Expr {
  static constexpr ExprKind kKind = ExprKind::kRef;
  Ref(SourceRange r, const Var* v) : Expr(kKind, v->type, r), var(v) {}
  const Var* var;
};

struct Let : Expr {
  static constexpr ExprKind kKind = ExprKind::kLet;
  Let(SourceRange r, const Var* v, Expr* value, Expr* body)
      : Expr(kKind, body->type, r), var(v), value(value), body(body) {}
  const Var* var;
  Expr* value;
  Expr* body;
};

// A struct value; field names are in the type.
struct Struct : Expr {
  static constexpr ExprKind kKind = ExprKind::kStruct;
  Struct(const Type* t, SourceRange r, std::vector<Expr*> f)
      : Expr(kKind, t, r), fields(std::move(f)) {}
  std::vector<Expr*> fields;
};

// Field `index` of a struct, or of the members of a federated struct (then federated as well).
struct Select : Expr {
  static constexpr ExprKind kKind = ExprKind::kSelect;
  Select(const Type* t, SourceRange r, Expr* b, int i) : Expr(kKind, t, r), base(b), index(i) {}
  Expr* base;
  int index;
};

struct If : Expr {
  static constexpr ExprKind kKind = ExprKind::kIf;
  If(const Type* t, SourceRange r, Expr* c, Expr* a, Expr* b)
      : Expr(kKind, t, r), condition(c), then(a), otherwise(b) {}
  Expr* condition;
  Expr* then;
  Expr* otherwise;
};

// Arguments are one per parameter and of exactly its type.
struct Call : Expr {
  static constexpr ExprKind kKind = ExprKind::kCall;
  Call(const Type* t, SourceRange r, Function* f, std::vector<Expr*> a)
      : Expr(kKind, t, r), function(f), arguments(std::move(a)) {}
  Function* function;
  std::vector<Expr*> arguments;
};

// A function literal, or a named function or operation used as a value (then the body calls it).
// Variables of the enclosing function that occur in the body are captures.
//
// How many parameters: one per field where the prelude declares the function's parameter as a
// struct (sequence_reduce's `(<A,T> -> A)` gives two), none for `( -> T)`, else exactly one.
// value_and_grad and grad are the exception: one parameter for each parameter of the function that
// is differentiated, and `Op::args` has as many; the first is the one differentiated by.
struct Lambda {
  std::vector<const Var*> params;
  Expr* body = nullptr;
  SourceRange range;
};

// Compile-time arguments: numbers (`axes=(0,1)`; booleans are 0 and 1), a float, a text, a type.
using Static = std::variant<std::vector<int64_t>, double, std::string, const Type*>;

// An operation or intrinsic of the prelude, by its name there. `args` has one entry for each
// declared parameter that is neither static, a function nor a placement; null: an optional one
// that was not given.
//
// Elementwise operations take scalars, tensors with broadcasting, and whole structs of them, leaf
// by leaf; a tensor combines with every leaf of a struct. `type` is the result after broadcasting.
// `statics` has the static arguments that were given, and explicit type arguments by the name of
// the generic parameter.
struct Op : Expr {
  static constexpr ExprKind kKind = ExprKind::kOp;
  Op(const Type* t, SourceRange r, std::string n) : Expr(kKind, t, r), name(std::move(n)) {}
  std::string name;
  std::vector<Expr*> args;
  std::map<std::string, Static> statics;
  std::vector<Lambda*> lambdas;
};

// A change of type that keeps the value; nested and combined as needed:
//   float32[?<=32] -> float32[?]          a bound or a dimension is forgotten (also inside T* and
//   <>) T@CLIENTS -> {T}@CLIENTS              all equal to per client
//   <{T}@CLIENTS,U@CLIENTS> -> {<T,U>}@CLIENTS   a struct of federated values is zipped (any
//   nesting) <T,U> -> <x=T,y=U>                    unnamed fields take names
struct Coerce : Expr {
  static constexpr ExprKind kKind = ExprKind::kCoerce;
  Coerce(const Type* t, SourceRange r, Expr* v) : Expr(kKind, t, r), value(v) {}
  Expr* value;
};

// The node as a T, or null.
template <class T>
T* as(Expr* expr) {
  return expr != nullptr && expr->kind == T::kKind ? static_cast<T*>(expr) : nullptr;
}
template <class T>
const T* as(const Expr* expr) {
  return expr != nullptr && expr->kind == T::kKind ? static_cast<const T*>(expr) : nullptr;
}

struct Function {
  std::string name;  // unique and readable: `loss`, `scale.float32`, `train.fn1`, `training.next`
  std::vector<const Var*> params;
  Expr* body = nullptr;
  const Type* result = nullptr;
  SourceRange range;  // of the name in the declaration, or of the function literal
  bool exported = false;
};

// Who fills a parameter of an entry: whoever runs it, from the data it has; the device's host; or
// keys that are made for each run.
enum class Origin { kArgument, kHost, kKey, kPrivateKey };

enum class Role { kOneShot, kInitialize, kNext, kEvaluate, kClientState, kExport };

struct Entry {
  std::string name;  // `average` or `training.next`
  Function* function = nullptr;
  std::string process;  // `training`, or empty
  Role role = Role::kOneShot;
  // Of `next` in a process with client_state: which parameter is the client's state. Its result's
  // field is the one named `client_state`. Else -1.
  int client_state_param = -1;
  std::vector<Origin> origins;  // one a parameter
};

// A function of placed values that is no entry, since something in its signature has no placement.
struct Helper {
  std::string name;
  SourceRange range;         // of that
  std::string reason, hint;  // "its parameter `n` has no placement"
};

struct Program {
  std::string name;  // the file's stem
  std::shared_ptr<TypeContext> types;
  std::vector<std::unique_ptr<ParamDecl>> params;
  std::vector<Limit> limits;
  std::vector<Function*> functions;  // a function stands before those that call it
  std::vector<Entry> entries;
  std::vector<Helper> helpers;  // of the file itself

  template <class T, class... Args>
  T* make(Args&&... args) {
    auto node = std::make_unique<T>(std::forward<Args>(args)...);
    T* result = node.get();
    result->written_out = call_site;
    exprs_.push_back(std::move(node));
    return result;
  }
  Var* make_var(std::string name, const Type* type, SourceRange range);
  Lambda* make_lambda();
  Function* make_function();  // not yet in `functions`
  // What is made now comes from the body of this call.
  const CallSite* call_site = nullptr;
  const CallSite* make_call_site(SourceRange range, std::string callee, SourceRange declared);

  const std::vector<std::unique_ptr<Expr>>& exprs() const { return exprs_; }
  const std::vector<std::unique_ptr<Var>>& vars() const { return vars_; }
  const std::vector<std::unique_ptr<Function>>& all_functions() const { return function_store_; }

 private:
  std::vector<std::unique_ptr<Expr>> exprs_;
  std::vector<std::unique_ptr<Var>> vars_;
  std::vector<std::unique_ptr<CallSite>> call_sites_;
  std::vector<std::unique_ptr<Lambda>> lambdas_;
  std::vector<std::unique_ptr<Function>> function_store_;
};

// The program as text, for tests and people: stable, one function after the other.
std::string print(const Program& program);
std::string print(const Function& function);

}  // namespace fedc::core

#endif  // FEDC_COMPILER_CHECK_CORE_H_
