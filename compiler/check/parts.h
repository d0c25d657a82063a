// What the checker's parts hand each other.
#ifndef FEDC_COMPILER_CHECK_PARTS_H_
#define FEDC_COMPILER_CHECK_PARTS_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/check/scope.h"

namespace fedc::checking {

// What to write for what other languages give a name, as a function, a method or an attribute, of
// an operand `%`; "" where there is nothing.
struct OtherNames {
  std::string of_tensor, of_sequence;
};

// What an `if` or a `match` may have as its value.
struct Branch {
  Value value;
  SourceRange range;
  std::string what;
};

// Whose parameters a struct's fields become: `names` are theirs, `strict` where each field that has
// a name must have the parameter's (else only that of another is a mistake).
struct SpreadTo {
  std::string callee;
  std::vector<std::string> names;
  bool strict = false;
  std::string call;      // what is called, where that is not the function itself: `grad(f)`
  bool mapped = false;   // by an operation, which gives it what stands nowhere
  SourceRange declared;  // of a literal, which is called by a name: its parameters
};

// A parameter, for which an argument is looked for.
struct ParamShape {
  std::string name;
  bool optional = false;
  const ast::TypeExpr* written = nullptr;  // its type, as written
  const Type* type = nullptr;              // or as known
};

// The parameter types of a function whose own declaration gives them.
struct KnownParams {
  std::vector<const Type*> types;
  size_t required = 0;  // the others have default values
};

// A function that core has been given, and its result's type.
struct MadeLambda {
  core::Lambda* lambda = nullptr;
  const Type* result = nullptr;
};

// How many arguments a function takes.
inline constexpr size_t kAnyNumber = SIZE_MAX;
struct Arity {
  size_t least = 0, most = kAnyNumber;  // kAnyNumber: not known
};

// A literal whose body is checked has one parameter, of this type, for all it is given.
struct Whole {
  std::string hint;
  const Type* type = nullptr;
};

// The call of `federated_map` whose function is checked: what it maps over, and where.
struct Mapped {
  std::string over, parameters;
  std::optional<Placement> at;
};

// The `if` or `match` whose branches are checked.
struct UnderIf {
  SourceRange condition;  // of the innermost `if`
  bool reported = false;  // that something cannot stand under it, or under one around it
};

// Expressions that do not stand in the program: what was meant is tried.
struct Tried {
  std::deque<ast::Call> calls;
  std::deque<ast::Field> fields;
  std::deque<ast::Lambda> lambdas;
  std::deque<ast::Number> numbers;
  std::deque<ast::Struct> lists;
  int texts = 0;  // how many were parsed
};

// A call of a function with a body whose signature is looked at.
struct UserCall {
  const ast::FunctionDecl* decl = nullptr;
  const std::vector<Arg*>* by_param = nullptr;
  SourceRange range;
};

// A call that lacks type arguments, in parts as they are written.
struct UntypedCall {
  const ast::FunctionDecl* decl = nullptr;
  std::string callee;  // without type arguments
  // Type arguments that stand there, in the wrong order perhaps, and whether each is a size.
  std::vector<std::pair<std::string, bool>> types;
  std::vector<std::string> arguments;  // with their names
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_PARTS_H_
