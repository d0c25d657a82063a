// The syntax tree of one .fed file, as written: nothing is resolved.
//
// Every node and every name has a source range. Nodes are owned by their Module and refer to each
// other by plain pointers, so a tree of any shape is freed without recursion. The tree is immutable
// once parse() has returned it. Children are never null unless the comment says so; what could not
// be parsed is an Error node (its diagnostic has been reported: say nothing more about it).
//
// A tree is at most kMaxDepth nodes deep: recursion over it is safe. What may be longer is a list:
// operator chains (Binary::rest), the statements of a block, arguments, fields.
#ifndef FEDC_AST_AST_H_
#define FEDC_AST_AST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/source/source.h"

namespace fedc::ast {

// The parser refuses source that nests deeper than this.
inline constexpr int kMaxDepth = 256;

struct Name {
  std::string text;  // empty: it was missing, and that has been reported
  SourceRange range;
};

// Base of everything that is allocated in a Module.
struct Node {
  SourceRange range;
  virtual ~Node() = default;

 protected:
  Node() = default;
};

struct Expr;
struct TypeExpr;
struct Pattern;
struct Block;

// ---- Expressions -----------------------------------------------------------------------------

enum class ExprKind {
  Error,
  Number,
  Bool,
  String,
  NameRef,
  PlacementRef,
  Struct,
  Field,
  Index,
  TypeApply,
  Call,
  Unary,
  Binary,
  If,
  Match,
  Lambda,
  Block,
};

struct Expr : Node {
  const ExprKind kind;

 protected:
  explicit Expr(ExprKind k) : kind(k) {}
};

struct ErrorExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::Error;
  ErrorExpr() : Expr(kKind) {}
};

enum class NumberSuffix { None, I8, I16, I32, I64, U8, U16, U32, U64, F16, BF16, F32, F64 };
// `i8`, `bf16` ...; "" for None.
std::string_view spelling(NumberSuffix suffix);

// `12`, `0x1f`, `1.5e-3`, `1_000`, `3u8`, `2f32`. A minus sign directly before a number belongs to
// it (so that `-128i8` is in range). With a suffix, the value is in the range of its type (already
// checked; floats of f16, bf16, f32 are not rounded yet).
struct Number : Expr {
  static constexpr ExprKind kKind = ExprKind::Number;
  Number() : Expr(kKind) {}
  bool is_float = false;  // written with a point, an exponent or a float suffix
  bool negative = false;
  uint64_t magnitude = 0;  // of an integer
  double float_value = 0;  // with its sign: of a float, and the nearest double of an integer
  NumberSuffix suffix = NumberSuffix::None;
};

struct Bool : Expr {
  static constexpr ExprKind kKind = ExprKind::Bool;
  Bool() : Expr(kKind) {}
  bool value = false;
};

// A value of type uint8[n].
struct String : Expr {
  static constexpr ExprKind kKind = ExprKind::String;
  String() : Expr(kKind) {}
  std::string bytes;  // escapes replaced; may hold zero bytes
};

// `x`: a variable, function, operation, parameter, constant, dimension or an import's alias.
struct NameRef : Expr {
  static constexpr ExprKind kKind = ExprKind::NameRef;
  NameRef() : Expr(kKind) {}
  std::string name;
};

enum class Placement { Server, Clients };
std::string_view spelling(Placement placement);  // `SERVER`, `CLIENTS`

// `SERVER` or `CLIENTS` as an argument.
struct PlacementRef : Expr {
  static constexpr ExprKind kKind = ExprKind::PlacementRef;
  PlacementRef() : Expr(kKind) {}
  Placement placement = Placement::Server;
};

// A field of a struct value or an argument of a call. Positional ones come before named ones.
struct Argument {
  std::optional<Name> name;
  const Expr* value = nullptr;
  SourceRange range;  // name and value
};

// `(a, b)`, `(x=1, y=2)`, `(x,)`, `()`. Parentheses around one expression leave no trace.
// `(..s, x=1)`: the struct s but for the fields, which then all have names.
struct Struct : Expr {
  static constexpr ExprKind kKind = ExprKind::Struct;
  Struct() : Expr(kKind) {}
  const Expr* base = nullptr;  // null: no `..s`
  std::vector<Argument> fields;
};

// `base.name`: a field of a struct, or a declaration of an import.
struct Field : Expr {
  static constexpr ExprKind kKind = ExprKind::Field;
  Field() : Expr(kKind) {}
  const Expr* base = nullptr;
  Name name;
};

// `base.0`
struct Index : Expr {
  static constexpr ExprKind kKind = ExprKind::Index;
  Index() : Expr(kKind) {}
  const Expr* base = nullptr;
  uint32_t index = 0;
  SourceRange index_range;
};

// One of `<float32, 10>`: a type, or a dimension that is not just a name (a name is a NamedType,
// whatever it turns out to mean).
struct TypeArgument {
  const TypeExpr* type = nullptr;  // exactly one of the two is set
  const Expr* dim = nullptr;
  SourceRange range;
};

// `cast<float32>`, `zeros<Model>`, `nn.dense<float32, 10>`; usually the callee of a Call.
struct TypeApply : Expr {
  static constexpr ExprKind kKind = ExprKind::TypeApply;
  TypeApply() : Expr(kKind) {}
  const Expr* function = nullptr;
  std::vector<TypeArgument> arguments;
  SourceRange arguments_range;  // from `<` to `>`
};

// `f(a, b, name=c)`
struct Call : Expr {
  static constexpr ExprKind kKind = ExprKind::Call;
  Call() : Expr(kKind) {}
  const Expr* callee = nullptr;
  std::vector<Argument> arguments;
  SourceRange arguments_range;  // from `(` to `)`
};

enum class UnaryOp { Negate, Not };
std::string_view spelling(UnaryOp op);

struct Unary : Expr {
  static constexpr ExprKind kKind = ExprKind::Unary;
  Unary() : Expr(kKind) {}
  UnaryOp op = UnaryOp::Negate;
  SourceRange op_range;
  const Expr* operand = nullptr;
};

enum class BinaryOp {
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  And,
  Or
};
std::string_view spelling(BinaryOp op);

// A chain of operators of one precedence, associating to the left: `a - b + c` is first = a,
// rest = {- b, + c} and means (a - b) + c. A chain may have many thousand links: loop over it.
// Comparisons do not associate: their chain has exactly one link.
struct Binary : Expr {
  static constexpr ExprKind kKind = ExprKind::Binary;
  Binary() : Expr(kKind) {}
  struct Link {
    BinaryOp op;
    SourceRange op_range;
    const Expr* operand;
  };
  const Expr* first = nullptr;
  std::vector<Link> rest;  // at least one
};

// `if c { a } else { b }`
struct If : Expr {
  static constexpr ExprKind kKind = ExprKind::If;
  If() : Expr(kKind) {}
  const Expr* condition = nullptr;
  const Block* then = nullptr;
  const Expr* otherwise = nullptr;  // a Block, an If (`else if`), or an Error
};

// `match x { 0 => a, 1 => b, _ => c }`
struct Match : Expr {
  static constexpr ExprKind kKind = ExprKind::Match;
  Match() : Expr(kKind) {}
  struct Arm {
    const Expr* constant = nullptr;  // null: `_`
    const Expr* value = nullptr;
    SourceRange range;
  };
  const Expr* subject = nullptr;
  std::vector<Arm> arms;
};

// A parameter of a function, operation, process member or function literal.
struct Parameter {
  Name name;                       // `_` in a function literal: not used
  const TypeExpr* type = nullptr;  // null only in function literals: inferred
  bool optional = false;           // `axes?: ...`
  bool is_static = false;          // `static int32`: a compile-time constant
  bool from_host = false;          // `{int32}@CLIENTS from host`
  const Expr* value = nullptr;     // `lr: float32 = 0.1`: where none is given; null: none
  SourceRange range;
};

// `fn(x, y: T) { ... }`, `fn(x) -> T { ... }`
struct Lambda : Expr {
  static constexpr ExprKind kKind = ExprKind::Lambda;
  Lambda() : Expr(kKind) {}
  std::vector<Parameter> parameters;
  SourceRange parameters_range;      // from `(` to `)`
  const TypeExpr* result = nullptr;  // null: inferred
  const Block* body = nullptr;
};

// `let pattern: type = value;`
struct Let {
  const Pattern* pattern = nullptr;
  const TypeExpr* type = nullptr;  // null: inferred
  const Expr* value = nullptr;
  SourceRange range;
};

// `{ let a = 1; a + 1 }`: the bindings in order, then the value. Bindings may be thousands.
struct Block : Expr {
  static constexpr ExprKind kKind = ExprKind::Block;
  Block() : Expr(kKind) {}
  std::vector<Let> lets;
  const Expr* value = nullptr;
};

// ---- Patterns --------------------------------------------------------------------------------

enum class PatternKind { Error, Name, Wildcard, Struct };

struct Pattern : Node {
  const PatternKind kind;

 protected:
  explicit Pattern(PatternKind k) : kind(k) {}
};

struct ErrorPattern : Pattern {
  static constexpr PatternKind kKind = PatternKind::Error;
  ErrorPattern() : Pattern(kKind) {}
};

struct NamePattern : Pattern {
  static constexpr PatternKind kKind = PatternKind::Name;
  NamePattern() : Pattern(kKind) {}
  std::string name;
};

// `_`
struct WildcardPattern : Pattern {
  static constexpr PatternKind kKind = PatternKind::Wildcard;
  WildcardPattern() : Pattern(kKind) {}
};

// `(a, (b, _))`, `(value=v, gradient=g)`, `(x,)`: positional fields before named ones.
struct StructPattern : Pattern {
  static constexpr PatternKind kKind = PatternKind::Struct;
  StructPattern() : Pattern(kKind) {}
  struct Element {
    std::optional<Name> name;
    const Pattern* pattern;
    SourceRange range;
  };
  std::vector<Element> fields;
};

// ---- Types -----------------------------------------------------------------------------------

enum class TypeKind { Error, Named, Tensor, Sequence, Struct, Function, Placed };

struct TypeExpr : Node {
  const TypeKind kind;

 protected:
  explicit TypeExpr(TypeKind k) : kind(k) {}
};

struct ErrorType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Error;
  ErrorType() : TypeExpr(kKind) {}
};

// `float32`, `Model`, `T`, `nn.Layer`, `Optimizer<Model, State>`
struct NamedType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Named;
  NamedType() : TypeExpr(kKind) {}
  std::optional<Name> module;  // `nn`
  Name name;
  std::vector<TypeArgument> arguments;
  SourceRange arguments_range;  // from `<` to `>`; invalid: none are written
};

// One dimension of a tensor type.
struct Dim {
  bool unknown = false;         // `?` or `?<=bound`
  const Expr* value = nullptr;  // the dimension, or the bound; null for a plain `?`
  SourceRange range;
};

// `float32[784,10]`, `T[n, ?]`, `float32[?<=32,784]`, `T[broadcast(a, b)]`. The element is a
// NamedType or an Error. At least one dimension. Dimension expressions are arithmetic over numbers,
// names and calls of shape functions.
struct TensorType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Tensor;
  TensorType() : TypeExpr(kKind) {}
  const TypeExpr* element = nullptr;
  std::vector<Dim> dims;
};

// `T*`
struct SequenceType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Sequence;
  SequenceType() : TypeExpr(kKind) {}
  const TypeExpr* element = nullptr;
};

// `<T,U>`, `<x=T,y=U>`, `<>`
struct StructType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Struct;
  StructType() : TypeExpr(kKind) {}
  struct Element {
    std::optional<Name> name;
    const TypeExpr* type;
    SourceRange range;
  };
  std::vector<Element> fields;
};

// `(T -> U)`, `( -> U)`
struct FunctionType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Function;
  FunctionType() : TypeExpr(kKind) {}
  const TypeExpr* parameter = nullptr;  // null: takes no argument
  const TypeExpr* result = nullptr;
};

// `T@SERVER`, `T@CLIENTS` (all equal), `{T}@CLIENTS` (one member per client). In the prelude the
// placement may be a generic parameter.
struct PlacedType : TypeExpr {
  static constexpr TypeKind kKind = TypeKind::Placed;
  PlacedType() : TypeExpr(kKind) {}
  const TypeExpr* member = nullptr;
  bool per_member = false;  // written with braces
  Name placement;           // `SERVER`, `CLIENTS`, or another name
};

// ---- Declarations ----------------------------------------------------------------------------

enum class DeclKind { Import, Type, Constant, Function, Process, Limit, Require };

struct Decl : Node {
  const DeclKind kind;
  Name name;  // what it declares; an Import's alias; empty for Limit and Require

 protected:
  explicit Decl(DeclKind k) : kind(k) {}
};

// `import "std/nn" as nn;`
struct ImportDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Import;
  ImportDecl() : Decl(kKind) {}
  std::string path;
  SourceRange path_range;
};

// `T: float`, `n: dim`, `T`
struct GenericParameter {
  Name name;
  const TypeExpr* constraint = nullptr;  // null: none
  SourceRange range;
};

// `type Model = <...>;` and `type Pair<T> = <T,T>;`
struct TypeDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Type;
  TypeDecl() : Decl(kKind) {}
  std::vector<GenericParameter> generics;
  const TypeExpr* type = nullptr;
};

// `const n: int32 in [1, 9] = 3;` and `param lr: float32 in [0.0001, 1.0] = 0.1;`
struct ConstantDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Constant;
  ConstantDecl() : Decl(kKind) {}
  bool is_param = false;           // `param`: chosen anew each round; else compile time
  const TypeExpr* type = nullptr;  // null: inferred (`const` only)
  const Expr* min = nullptr;       // null with max: no range
  const Expr* max = nullptr;
  const Expr* value = nullptr;  // the default
};

enum class FunctionKind { Function, Op, Intrinsic, ProcessMember };

// A function, an operation or intrinsic of the prelude (no body), or a member of a process.
struct FunctionDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Function;
  FunctionDecl() : Decl(kKind) {}
  FunctionKind function_kind = FunctionKind::Function;
  bool exported = false;
  std::vector<GenericParameter> generics;
  std::vector<Parameter> parameters;
  SourceRange parameters_range;  // from `(` to `)`
  const TypeExpr* result = nullptr;
  const Block* body = nullptr;  // null for operations and intrinsics
  SourceRange signature_range;  // from the keyword or name to the end of the result type
  std::string doc;              // the `//` lines directly above, without the slashes
};

enum class ProcessRole { Initialize, Next, Evaluate, ClientState };
std::string_view spelling(ProcessRole role);

struct ProcessDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Process;
  ProcessDecl() : Decl(kKind) {}
  struct Member {
    ProcessRole role;
    const FunctionDecl* function;
  };
  std::vector<Member> members;  // each role at most once
  bool incomplete = false;      // a member could not be read: do not miss any
};

// `limit client.arena <= 2MiB, client.up <= 128KiB;`
struct LimitDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Limit;
  LimitDecl() : Decl(kKind) {}
  struct Item {
    std::vector<Name> subject;  // client, arena
    uint64_t bytes;
    SourceRange range;
  };
  std::vector<Item> items;
};

// `require training.next: r.delta through clip_and_noise, cohort >= 20;`
struct RequireDecl : Decl {
  static constexpr DeclKind kKind = DeclKind::Require;
  RequireDecl() : Decl(kKind) {}
  struct Item {
    std::vector<Name> subject;  // r, delta
    std::vector<Name> through;  // clip_and_noise; empty: a comparison
    BinaryOp op;                // of a comparison
    const Expr* bound;          // of a comparison, else null
    SourceRange range;
  };
  std::vector<Name> entry;  // training, next
  std::vector<Item> items;
};

// A file.
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  FileId file = 0;
  std::vector<const Decl*> declarations;  // in the order of the file

  template <class T>
  T* make(SourceRange range = {}) {
    auto node = std::make_unique<T>();
    node->range = range;
    T* result = node.get();
    nodes_.push_back(std::move(node));
    return result;
  }

 private:
  std::vector<std::unique_ptr<Node>> nodes_;
};

// The node as a T, or null if it is of another kind (or null).
template <class T, class Base>
const T* as(const Base* node) {
  return node != nullptr && node->kind == T::kKind ? static_cast<const T*>(node) : nullptr;
}

}  // namespace fedc::ast

#endif  // FEDC_AST_AST_H_
