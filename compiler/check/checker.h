// The checker's one class; its parts stand in one file each:
//   modules.cpp: files, imports, declarations; names.cpp, meant_name.cpp: names that are not there
//   type_exprs.cpp: types as written; constants.cpp: compile-time values, `const` and `param`
//   expr.cpp, operators.cpp: expressions; blocks.cpp: bindings, patterns
//   branches.cpp: `if`, `match`; call.cpp: calls
//   closures.cpp, function_values.cpp: functions as values
//   meant_call.cpp: the call that was meant; meant_missing.cpp: with what it lacks
//   type_arguments.cpp: with what it lacks in `< >`
//   op_call.cpp: operations of the prelude; static_args.cpp: their arguments of compile time
//   curried_call.cpp: `grad(f)(x)`; placed_call.cpp: on placed values; field_calls.cpp: by field
//   generics.cpp: the type parameters of a call; constraints.cpp: what they accept
//   user_call.cpp: calls of named functions; defaults.cpp: default values of their parameters
//   instance.cpp: specialisation of named functions, captures
//   shapes.cpp: result types that unification cannot say, with the other *_shapes.cpp
//   processes.cpp: processes and entries
//   blame.cpp: where mistakes are told; spelled.cpp: types as the user's file writes them
//   explain.cpp: mismatches in the user's terms; hints.cpp, mismatch_hints.cpp: what to write
#ifndef FEDC_COMPILER_CHECK_CHECKER_H_
#define FEDC_COMPILER_CHECK_CHECKER_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/check/constraint.h"
#include "compiler/check/inference.h"
#include "compiler/check/parts.h"
#include "compiler/check/pending.h"
#include "compiler/check/refusal.h"
#include "compiler/check/scope.h"
#include "compiler/check/state.h"

namespace fedc::checking {

class DepthGuard;
class InCopy;
class Inlining;

class Checker : CheckerState {
 public:
  Checker(SourceManager& sources, DiagnosticEngine& diagnostics, const CheckOptions& options);
  std::unique_ptr<core::Program> run(const ast::Module& module);

 private:
  struct OpCall;
  friend class DepthGuard;
  friend class InCopy;
  friend class Inlining;
  friend struct ShapeRule;

  // ---- modules.cpp
  ModuleInfo* load_prelude();
  void check_defines();
  ModuleInfo* add_module(const ast::Module* ast, std::string path, std::string prefix,
                         bool prelude);
  void load_import(ModuleInfo* module, DeclInfo* decl);
  void load_std(ModuleInfo* module, DeclInfo* decl);
  // The module that `decl` of `module` imports, from a file that has not been read before.
  void read_module(ModuleInfo* module, DeclInfo* decl, FileId file, std::string path);
  static std::string_view std_module_of(std::string_view name);
  void declare(ModuleInfo* module, const ast::Decl* decl);
  void check_module(ModuleInfo* module);
  DeclInfo* find_declaration(ModuleInfo* module, std::string_view name);
  // What an imported file has under that name for others. Null: reported.
  // `used`: where, `what` it is used as.
  DeclInfo* imported_declaration(ModuleInfo* module, const ast::Name& name, ScopeRef scope,
                                 SourceRange used, std::string_view what = "value");
  const Binding* find_binding(ScopeRef scope, std::string_view name);
  void unknown_name(ScopeRef scope, const std::string& name, SourceRange range,
                    std::string_view what);
  // A name, or its call where it is called.
  SourceRange use_of(SourceRange name) const;
  bool note_bound_below(ScopeRef scope, const std::string& name, Diagnostic& diagnostic);
  std::string hint_of_missing(ScopeRef scope, const std::string& name, std::string_view what);
  OtherNames other_names(const std::string& name);
  std::vector<std::string_view> visible_names(ScopeRef scope);

  // ---- meant_name.cpp
  // What to write for a name that is not there: in a module of the standard library (`std/nn`), or,
  // where `module` is "", as it stands. `what`: "value" or "type"; `used`: where, as a callee
  // perhaps. "" where it is not known.
  std::string hint_of_meant(ScopeRef scope, const std::string& module, const std::string& name,
                            std::string_view what, SourceRange used);
  // What others see of each module of the standard library, types or other declarations.
  const std::map<std::string, std::vector<std::string>>& std_members(std::string_view what);
  // What must be imported to use a module here, if it is not, and the name it then has.
  static std::pair<std::string, std::string> in_std(ScopeRef scope, const std::string& module);
  void note_use(ScopeRef scope, DeclInfo* used, SourceRange range, bool* recursive);
  Scope* new_scope(ScopeRef parent, ModuleInfo* module, DeclInfo* owner);
  bool bind(Scope* scope, const std::string& name, Binding binding);
  std::string summary(const ast::FunctionDecl* function);
  // Where it is declared; invalid (no place is shown) in the prelude, which is not the user's.
  SourceRange shown_range(const ast::FunctionDecl* function);
  bool in_prelude(SourceRange range) const;

  // ---- type_exprs.cpp
  const Type* type_of(const ast::TypeExpr* type, ScopeRef scope);
  bool no_arguments(const ast::NamedType* type);
  const Type* named_type(const ast::NamedType* type, ScopeRef scope);
  const Type* tensor_type(const ast::TensorType* type, ScopeRef scope);
  const Type* placed_type(const ast::PlacedType* type, ScopeRef scope);
  const Type* declared_type(DeclInfo* decl, SourceRange use);
  // `Optimizer<Model, State>`
  const Type* applied_type(DeclInfo* decl, const ast::NamedType* type, ScopeRef scope);
  std::optional<Dim> dim_of(const ast::Dim& dim, ScopeRef scope);
  std::optional<Placement> placement_of(const ast::Name& name, ScopeRef scope);
  // Whether a placed type, or a function, stands anywhere in a type; none of the type parameters
  // `generics` is one.
  bool mentions(ast::TypeKind kind, const ast::TypeExpr* type, ScopeRef scope,
                const std::vector<ast::GenericParameter>& generics = {});
  bool type_fits(const Type* type, SourceRange range);

  // ---- constants.cpp
  std::optional<ConstValue> constant(const ast::Expr* expr, ScopeRef scope);
  std::optional<ConstValue> constant_binary(const ast::Expr* at, ast::BinaryOp op,
                                            SourceRange range, const ConstValue& a,
                                            const ConstValue& b);
  std::optional<ConstValue> constant_name(const ast::NameRef* name, ScopeRef scope);
  std::optional<ConstValue> constant_dim(const ast::Call* call, ScopeRef scope);
  const ConstValue* const_decl(DeclInfo* decl, SourceRange use);
  const core::ParamDecl* param_decl(DeclInfo* decl);
  void check_limit(const ast::LimitDecl& decl);
  std::optional<int64_t> constant_int(const ast::Expr* expr, ScopeRef scope);
  bool constant_ints(const ast::Expr* expr, ScopeRef scope, std::vector<int64_t>* out);
  // The value as an element of the type; reports what does not fit.
  std::optional<core::Constant::Value> convert(const core::Constant::Value& value, const Type* type,
                                               SourceRange range);
  core::Constant::Value number_value(const ast::Number* number);
  std::optional<ConstValue> defined_value(DeclInfo* decl);
  void not_constant(SourceRange range, std::string_view why, const std::string& hint = "");
  std::string hint_of_param(DeclInfo* param);
  static std::string hint_of_dimension(ScopeRef scope, const std::string& name);

  // ---- expr.cpp
  // `expected` is a hint (may be null); the value need not have that type.
  Value infer(const ast::Expr* expr, ScopeRef scope, const Type* expected = nullptr);
  // The value as that type; `what` says in messages what it is: "argument `x` of `f`".
  // Of what is the value of an expression: the last one of a block.
  static SourceRange value_range(const ast::Expr* expr);
  Value check_expr(const ast::Expr* expr, ScopeRef scope, const Type* expected,
                   const std::string& what);
  Value coerce(Value value, const Type* to, SourceRange range, const std::string& what,
               bool of_operation = false);
  Value infer_name(const ast::NameRef* name, ScopeRef scope);
  Value infer_declaration(DeclInfo* decl, SourceRange range, ScopeRef scope);
  Value infer_field(const ast::Field* field, ScopeRef scope);
  // Of what is shown as `shown` and has fields of these names.
  void no_such_field(const std::string& shown, const std::vector<std::string>& names,
                     const ast::Name& name);
  bool field_of_foreign_module(const ast::Field* field, ScopeRef scope);
  Value infer_index(const ast::Index* index, ScopeRef scope);
  Value infer_struct(const ast::Struct* value, ScopeRef scope, const Type* expected);
  Value infer_update(const ast::Struct* update, ScopeRef scope);
  // The struct of these values, which have their names.
  Value struct_of(std::vector<Arg> values, const Type* expected, SourceRange range);
  Value infer_type_apply(const ast::TypeApply* apply, ScopeRef scope);
  Value select(Value base, int index, SourceRange range);
  Value literal(const ConstValue& value, SourceRange range);
  Value reference(const core::Var* var, SourceRange range);
  // Reports function values; `what`: which argument it is.
  Value data(Value value, SourceRange range, const std::string& what = "");
  Value error();
  DeclInfo* imported_module(const ast::Expr* expr, ScopeRef scope);

  // ---- operators.cpp
  Value infer_binary(const ast::Binary* binary, ScopeRef scope);
  Value infer_unary(const ast::Unary* unary, ScopeRef scope);
  Value operation(const char* name, const std::string& spelling, std::vector<Arg> args,
                  SourceRange range);

  // ---- blocks.cpp
  Value infer_block(const ast::Block* block, ScopeRef scope, const Type* expected);
  Value infer_if(const ast::If* expr, ScopeRef scope, const Type* expected);
  Value infer_match(const ast::Match* match, ScopeRef scope, const Type* expected);
  bool match_constants(const ast::Match* match, const Type* type, ScopeRef scope,
                       std::vector<core::Constant::Value>& constants);
  // The type that all have then: that of the branch that says least. Null: reported.
  const Type* join(std::vector<Branch>& branches);
  bool reports_federated_choice(const Value& value, SourceRange range, const std::string& what,
                                const std::string& hint);
  // ", and `float32[784]` as the result", where the function's is `type`.
  std::string hint_of_declared(const Type* type, const Type* right);
  std::string sent_to_clients(const Type* from, const std::string& text);
  std::string mapped_call(const std::string& callee, const std::vector<Arg*>& args);
  std::string hint_of_mapped_call(const std::string& callee, const std::vector<Arg*>& args);
  // Of a call of a function without placements, some of whose arguments live somewhere.
  std::string hint_of_placed_arguments(const UserCall& call);
  std::string hint_of_element(const Type* type, const std::string& text, uint32_t index);
  std::string hint_of_choice(const ast::If* expr, const Value& condition, ScopeRef scope);
  std::string called_text(SourceRange function);
  SourceRange chosen_range(const ast::Expr* choice) const;
  const ast::Call* choosing_ = nullptr;  // the call whose callee, an `if` or a `match`, is checked
  using Bindings = std::vector<std::pair<const core::Var*, core::Expr*>>;
  struct Sink;     // guards.h: where bindings go that what is being checked needs around itself
  struct Scratch;  // guards.h: for what is only looked at
  // The data of an expression, with all that it needs inside. A function: not reported.
  Value infer_enclosed(const ast::Expr* expr, ScopeRef scope, const Type* expected,
                       bool* is_function);
  void bind_pattern(const ast::Pattern* pattern, Value value, Scope* scope, Bindings& lets);
  void bind_struct_pattern(const ast::StructPattern* pattern, Value value, Scope* scope,
                           Bindings& lets);
  void bind_error(const ast::Pattern* pattern, Scope* scope);
  const core::Var* bind_value(const std::string& name, SourceRange range, Value value, Scope* scope,
                              Bindings& lets);
  // A variable for the value, bound in `lets` unless it is one already.
  Value as_variable(Value value, Bindings& lets, const char* name = "%t");
  Value wrap(const Bindings& lets, Value value);
  const core::Var* new_var(const std::string& name, const Type* type, SourceRange range);

  // ---- call.cpp
  std::string hint_of_called(const Type* type, const ast::Call& call);
  Value infer_call(const ast::Call* call, ScopeRef scope, const Type* expected);
  Value apply(const FnValue* function, std::vector<Arg> args, SourceRange range);
  // federated_fold.cpp: `fold` whose state `state` holds placed values.
  Value federated_fold(const FnValue* function, const Arg& count, Value state, SourceRange range);
  Value apply_curried(const FnValue* function, std::vector<Arg> args,
                      SourceRange range);  // curried_call.cpp
  std::vector<Arg> spread(std::vector<Arg> args, size_t wanted, Bindings& lets,
                          const SpreadTo* to = nullptr);
  bool spread_in_order(const Type* type, const SpreadTo& to, SourceRange range);
  static SpreadTo spread_to(std::string callee, const std::vector<ast::Parameter>& parameters,
                            bool strict);
  std::vector<Arg> gather(std::vector<Arg> args, const Type* parameter, SourceRange range);
  static std::vector<Arg> unchecked_args(const std::vector<ast::Argument>& arguments,
                                         ScopeRef scope);
  // Arguments by parameter index; false (reported) if they do not fit.
  static std::vector<ParamShape> shapes_of(const std::vector<ast::Parameter>& parameters);
  // "`y: int32[3]` is missing", as far as that is known.
  std::string missing_text(const ParamShape& missing, size_t index);
  bool match_args(std::vector<Arg>& args, const std::vector<ParamShape>& params,
                  const std::string& callee, SourceRange range, const ast::FunctionDecl* decl,
                  std::vector<Arg*>& by_param);
  Value arg_value(Arg& arg, const Type* expected = nullptr);
  const FnValue* function_arg(Arg& arg, const std::string& what);
  KnownParams known_params(const FnValue* function);
  static Arg value_arg(Value value, SourceRange range);
  FnValue* new_function_value(FnValue::Kind kind, SourceRange range);
  std::string callee_text(const FnValue* function);
  // `1 argument`, `2 arguments`.
  static std::string counted(size_t count, std::string_view what);

  // ---- meant_call.cpp
  // What is wrong with a call, reported since `mark`, gets the call that was meant as its hint.
  // `expected`: what stands around it asks for; null: not known.
  void suggest_call(const FnValue* function, const ast::Call* call, ScopeRef scope, size_t mark,
                    const Type* expected);
  bool suggest_parameters(const FnValue* function, const ast::Call& call, ScopeRef scope,
                          size_t mark, const Type* expected);
  std::string hint_of_scaled(const FnValue* function, const ast::Call& call, ScopeRef scope,
                             const Type* expected);
  bool suggest_default(const FnValue* function, const ast::Call& call, ScopeRef scope,
                       Diagnostic& diagnostic, const Type* expected);
  std::string hint_of_made(const ast::Call& call, const ast::Argument& argument,
                           const ast::Parameter& parameter, ScopeRef scope, const Type* expected);
  std::string hint_of_other_parameter(const FnValue* function,
                                      const std::vector<ast::Argument>& others,
                                      const ast::Expr* value, const ast::Parameter& parameter,
                                      ScopeRef scope, SourceRange range, const Type* expected);
  bool fits(const FnValue* function, const std::vector<ast::Argument>& arguments, ScopeRef scope,
            SourceRange range, const Type* expected = nullptr);
  void suggest_number(const ast::Expr* expr, ScopeRef scope, const Type* wanted, size_t mark);
  // The type of an expression, of which nothing is kept; null where there is a mistake in it.
  const Type* tried_type(const ast::Expr* expr, ScopeRef scope, const Type* wanted = nullptr);
  bool tried(const std::function<bool()>& right);
  std::string written_argument(const ast::Expr* value);
  // A function stands where what it returns may be wanted.
  std::string with_cast(const Mismatch& what, const Type* from, const Type* to,
                        const std::string& text);
  std::string converted_inside(const ast::Expr* function, size_t at);
  void note_parameter(Diagnostic& diagnostic, const std::string& subject);
  std::string arguments_text(const FnValue* function);
  void hint_to_call(Diagnostic& diagnostic, const FnValue* function);
  void note_called(Diagnostic& diagnostic, const FnValue* function);

  // ---- meant_missing.cpp
  // Of a call that lacks arguments, what to write; the message names the one that is missing.
  std::string hint_of_missing_arguments(const FnValue* function, const ast::Call& call,
                                        ScopeRef scope, Diagnostic& diagnostic,
                                        const Type* expected);
  // The parameter, `missing` or one before it, without which the arguments are what they are for.
  size_t left_out(const FnValue* function, const ast::Call& call, ScopeRef scope, size_t missing);
  bool may_be(const ast::Argument& argument, ScopeRef scope, const ast::Parameter& parameter,
              DeclInfo* decl);

  // ---- closures.cpp
  Value apply_closure(const FnValue* function, std::vector<Arg> args, SourceRange range);
  Value apply_lifted(const FnValue* function, std::vector<Arg> args, SourceRange range);
  bool limit_copies(SourceRange range);
  Value closure_body(const FnValue* function, std::vector<Value> args, SourceRange range);
  // A core lambda for `function` over parameters of these types.
  MadeLambda make_lambda(const FnValue* function, const std::vector<const Type*>& params,
                         SourceRange range, const std::string& mapped_by);
  // Null: reported, or, where `makes_function` is asked, the function's value holds functions.
  Lifted* lift(const FnValue* function, const Type* parameter, SourceRange range,
               bool* makes_function = nullptr);

  // ---- function_values.cpp
  // The value as that type, which may hold functions.
  Value adapt(Value value, const Type* to, SourceRange range, const std::string& what);
  Value adapt_function(Value value, const Type* to, SourceRange range, const std::string& what);
  static Arity arity_of(const FnValue* function);
  std::string shown_signature(const FnValue* function);
  bool agree(const FnValue* function, const Type* to, SourceRange range, const std::string& what);
  bool same_signature(const FnValue* before, const FnValue* now, SourceRange range,
                      const std::string& what);
  const Type* known_result(const FnValue* function);
  Value apply_typed(const FnValue* function, std::vector<Arg> args, SourceRange range);
  // A struct that holds functions; its data become variables.
  Value function_struct(std::vector<FnPart> parts, SourceRange range);
  // Field `index` of such a struct.
  Value part_of(const FnValue* function, size_t index, SourceRange range);
  Value function_field(const FnValue* function, const ast::Name& name, SourceRange range);
  Value update_functions(const FnValue* base, const ast::Struct* update, ScopeRef scope);
  std::string shown_function(const FnValue* function);
  std::string hint_of_function(const Value& value, const Type* to, SourceRange range);
  std::string hint_of_signature(const FnValue* function, const Type* to);

  // ---- op_call.cpp
  Value apply_op(const FnValue* function, std::vector<Arg> args, SourceRange range);
  std::string written_first(const OpCall& call);
  bool op_data_args(OpCall& call);
  bool op_functions(OpCall& call);
  // Whether function `i` of the call gives what it is given first, the start; else reported there.
  bool keeps_start(OpCall& call, size_t i, const core::Lambda* lambda, const Type* given,
                   const Type* wanted);
  bool reports_field(const OpCall& call, size_t i, const Mismatch& failed, SourceRange start);
  Value op_finish(OpCall& call, const Type* expected);

  // ---- static_args.cpp
  bool op_statics(OpCall& call);
  std::optional<core::Static> static_value(const OpCall& call, const ast::Parameter& param,
                                           Arg& arg);
  std::optional<core::Static> pairs(const Arg& arg);

  // ---- field_calls.cpp
  Value over_fields(const OpCall& call);
  Value over_fields(const OpCall& call, const FnValue* function, const std::vector<Value>& operands,
                    const std::string& path);

  // ---- placed_call.cpp
  Value map_placed(const FnValue* function, std::vector<Arg>& args, Placement placement,
                   SourceRange range);

  // `federated_eval`: what a function of no argument gives at a placement, as `type`.
  Value evaluated_at(const Type* type, core::Lambda* lambda, SourceRange range);

  // ---- generics.cpp
  static const std::vector<ast::GenericParameter>& generics_of(const DeclInfo* decl);
  void note_declaration(Diagnostic& diagnostic, const DeclInfo* decl);
  bool names_type(const ast::NamedType* type, ScopeRef scope);
  bool names_size(const ast::TypeExpr* type, ScopeRef scope);
  // Binds the type parameters of `decl` in `scope`: to what is given, which is written in
  // `given_scope`, or to variables.
  bool bind_generics(DeclInfo* decl, const std::vector<ast::TypeArgument>* given,
                     ScopeRef given_scope, Scope* scope, bool of_op,
                     std::optional<Placement> placement);
  bool instantiate_generics(DeclInfo* decl, const FnValue* function, Scope* scope, bool of_op,
                            std::optional<Placement> placement);
  // Whether a call of a function with a body gives all types and sizes that nothing else can say.
  bool types_said(const FnValue* function, SourceRange range);

  // ---- type_arguments.cpp
  // The first type parameter from the given one on that no parameter's type has, nor, where
  // `by_result`, the result's: calls must write it. Null: there is none.
  static const ast::GenericParameter* unsaid(const ast::FunctionDecl* decl, size_t given,
                                             bool by_result = true);
  // Whether an expression that is written so would be right, as far as one sees without the bodies
  // that are specialised for it.
  bool text_fits(const std::string& text, ScopeRef scope, const Type* expected);
  // What a call's type parameters are where its value is to have that type; "": not known.
  std::vector<std::string> types_by_result(DeclInfo* decl, const Type* expected);
  // A call with its type arguments. `known`: what some of them are; `scope`: where it can be tried,
  // else null. `*is_tried`: it is right; `*is_guessed`: it could be another one.
  std::string with_type_arguments(const UntypedCall& call, std::vector<std::string> known,
                                  const ScopeRef* scope, const Type* expected, bool* is_tried,
                                  bool* is_guessed);
  std::string call_with_types(const PendingConstraint& call);
  void note_description(Diagnostic& diagnostic, const ast::FunctionDecl* decl);
  // The call with types and sizes in `< >`, where the mistake is that they stand elsewhere or
  // nowhere. True: that is the hint.
  static constexpr char kNoArgumentSays[] = "no argument says what `";
  bool suggest_types(const FnValue* function, const ast::Call& call, ScopeRef scope,
                     Diagnostic& diagnostic, const Type* expected);

  // ---- user_call.cpp
  Value apply_user(const FnValue* function, std::vector<Arg> args, SourceRange range);
  // Whether calls become a copy of the body: of what takes or returns functions in structs, or
  // returns functions, which no core function can.
  bool is_inlined(const DeclInfo* info);
  void bind_argument(const ast::Parameter& parameter, const Value& value, Scope* scope);
  void check_functions(const FnValue* function);
  // The body of one, as far as it can be seen without a call.
  void check_inlined(DeclInfo* info);
  Value apply_inlined(const FnValue* function, std::vector<Arg*>& by_param, SourceRange range);
  // A type of the signature of what is called: what it cannot take is told at the call.
  const Type* signature_type(const ast::TypeExpr* type, Scope* scope, DeclInfo* decl,
                             SourceRange call);
  bool user_args(DeclInfo* decl, Scope* scope, std::vector<Arg*>& by_param,
                 const std::vector<bool>& is_function, std::vector<core::Expr*>& arguments,
                 std::vector<Lifted*>& functions, SourceRange range);

  // ---- defaults.cpp
  // Whether default values stand last and have the types of their parameters; reported once.
  bool defaults_fit(DeclInfo* info);
  bool check_defaults(DeclInfo* info);
  bool constants_fit(const ast::Expr* expr, const Type* type, ScopeRef scope,
                     const std::string& what);
  Value default_value(const ast::Expr* expr, ScopeRef scope);
  // Gives the parameters that have no argument their default values, which `made` keeps.
  bool fill_defaults(DeclInfo* info, std::vector<Arg*>& by_param, std::deque<Arg>& made,
                     SourceRange range);

  // ---- instance.cpp
  Instance* plain_instance(DeclInfo* decl);
  Instance* make_instance(DeclInfo* decl, Scope* scope, std::vector<const Type*> param_types,
                          const std::vector<Lifted*>& functions, std::string key,
                          const std::string& description);
  bool is_function_param(const ast::FunctionDecl* decl, const ast::Parameter& parameter,
                         ScopeRef scope);
  void check_body(Instance* instance);
  void finish_function(size_t mark);
  void finish_literals();
  void link_captures();
  void instantiate(PendingCall& pending);
  void check_queue();
  bool limit_instances(SourceRange range);
  void order_functions();
  std::string unique_name(const std::string& wanted);
  void finish_core();
  void check_signature(DeclInfo* decl);
  const core::Var* capture(FunctionContext* context, const core::Var* var);

  // ---- shapes.cpp
  const Type* shape_call(const ShapeCall& call, Refusal* why);

  // ---- constraints.cpp
  static std::optional<Constraint> constraint_named(std::string_view name);
  // Of the elements that a constraint accepts; all, where it says nothing of elements.
  static ElementSet elements_of(Constraint constraint);
  Constraint constraint_of(const ast::GenericParameter& generic);
  bool satisfies(const Type* type, Constraint constraint, std::string* why);
  // What a function is given is looked at as soon as it is known, `early`, and then at the end.
  bool check_constraints(DeclInfo* decl, Scope* scope, SourceRange range, bool early = false);
  std::string hint_of_generic(const Type* type, Constraint constraint);
  void report_uninferred(const Type* type, PendingConstraint call,
                         const ast::GenericParameter& generic);
  void constraint_error(DeclInfo* decl, const ast::GenericParameter& generic, const Type* type,
                        const std::string& why, SourceRange range);

  // ---- processes.cpp
  void check_process(ModuleInfo* module, const ast::ProcessDecl* process);
  std::string hint_of_report(const ast::FunctionDecl* next, const Field& field);
  void add_entries(ModuleInfo* module);
  void note_helper(DeclInfo* info, const Instance* instance);
  // entry_inputs.cpp: `T from host`; and who fills each parameter of an entry.
  bool check_from_host(const ast::Parameter& parameter, const Type* type);
  static bool has_private_key(const Type* type);
  std::vector<core::Origin> entry_origins(const Instance* instance, core::Role role);
  void check_entry_types(const Instance* instance);
  bool check_export_signature(const ast::FunctionDecl* decl, ScopeRef scope);
  bool check_export_types(const Instance* instance);
  int client_state_param(const Instance* next, const Type* state);

  // ---- hints.cpp
  // The text of an expression, on one line; "..." where it is long. In parentheses where an
  // operator could take it apart.
  std::string written(SourceRange range);
  std::string written_tight(SourceRange range);
  // `text` is that of `part` of what is underlined.
  std::string hint_of_cast(const std::string& text, ElementType to, SourceRange part = {},
                           SourceRange whole = {});
  // What makes `type` of constants that are written as numbers, or as structs of them.
  std::string made_constant(const ast::Expr* value, const Type* type);
  // A tensor of all numbers of a struct that is written as `text`; "" where there are too many.
  std::string hint_of_flat(const Type* from, const Type* to, const std::string& text);
  // A number as one of that type, `0i64`; "" where it can be none.
  static std::string suffixed(const std::string& number, std::optional<ElementType> to);
  // The element type of all tensors in it, if that is one.
  std::optional<ElementType> one_element(const Type* type);
  // The argument whose type is the type parameter `generic` of the operation that is finished, or
  // of the function `of_function`; of the latter also its parameter.
  SourceRange operand_of(const std::string& generic);
  const ast::Parameter* parameter_of(const std::string& generic);
  // Where a type parameter of that function stands: `layer.weights`; "" where it is not seen.
  std::string path_of(const std::string& generic) const;
  // Its one argument of compile time; the whole call where there is another number of them.
  SourceRange number_of_call() const;
  std::string hint_of_elements(const ShapeCall& call);
  std::string hint_of_sequence(const std::string& operation, SourceRange operand);
  std::string hint_of_constraint(const ast::FunctionDecl* decl, Constraint constraint,
                                 const Type* type, const std::string& generic);
  // `weight`: what is given for it, or the value.
  std::string hint_under_if(const std::string& operation, const std::string& value,
                            const std::string& weight);
  std::string hint_of_capture(const std::string& name, const Type* type);
  std::string map_with(const std::string& name, const std::string& value) const;
  std::string hint_of_aggregate(const std::string& operation, const std::string& text);

  // ---- spelled.cpp
  std::string spelled(const Type* type, ModuleInfo* user, int depth = 0);
  std::string as_applied(const Type* type, DeclInfo* decl, const std::string& prefix,
                         ModuleInfo* user, int depth);
  // What to declare where the result of the function that is checked is to be of a type.
  std::string hint_of_result(const Type* made);

  // ---- mismatch_hints.cpp
  const ast::GenericParameter* generic_of(ElementSet allowed);
  // Whether the dimension is only bounded, by more than the other.
  static bool grows(const Type* from, const Type* to, int dim);
  std::string hint_of_mismatch(const Mismatch& what, const Type* from, const Type* to,
                               const std::string& text, const std::string& subject,
                               const std::string& whole);

  // Of what has a type of its own name that a function of the same file makes; "" of others.
  std::string hint_of_maker(const std::string& subject, const Type* from, const Type* to,
                            std::string text);
  std::string declared_placed(const std::string& text, const Type* to);
  // Where a sequence is wanted.
  std::string hint_of_no_sequence(const Type* from, const std::string& text,
                                  const std::string& subject);

  // ---- blame.cpp
  Diagnostic& report(DiagnosticKind kind, SourceRange range, std::string message);
  Diagnostic& report_in_call(DiagnosticKind kind, SourceRange range, std::string message);
  bool in_library(SourceRange range) const;
  bool in_one_declaration(SourceRange a, SourceRange b) const;
  // A declaration as the file of `where` writes it, in backticks: by what it imports, or with the
  // file that has it.
  std::string named(const DeclInfo* decl, SourceRange where) const;
  // As that file writes it; "" where it cannot.
  static std::string name_in(const DeclInfo* decl, const ModuleInfo* user);
  struct Called {
    const DeclInfo* decl = nullptr;
    SourceRange range;
    bool literal = false;
    const std::vector<const Type*>* given = nullptr;  // for its parameters; null for functions
  };
  Called outermost_call() const;
  // Of a mistake at `range`, in the body of what is called; "" elsewhere.
  std::string hint_in_call(SourceRange range) const;

  // ---- explain.cpp
  void report_refusal(const ShapeCall& shape, const Refusal& why);
  void warn_of_pairs(const ShapeCall& call);
  std::string show(const Type* type);
  // What `callee` gives to a function, and how one writes a literal that takes it apart.
  std::string given_whole(const std::string& callee, const std::vector<const Type*>& params);
  // Whether `cast` makes the one of the other.
  static bool convertible(const Type* from, const Type* to);
  // What a literal of one parameter is given is what does not fit.
  void blame_whole(Diagnostic& diagnostic) const;
  // What to do about a federated value or operation where one participant computes alone.
  std::string hint_out_of_local() const;
  Diagnostic& mismatch(const Mismatch& what, const Type* from, const Type* to, SourceRange range,
                       const std::string& subject);

  const OpCall* op_call_ = nullptr;  // the operation whose result is worked out
  Sink* sink_ = nullptr;
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_CHECKER_H_
