// What the checker knows while it works. What it does is in checker.h.
#ifndef FEDC_COMPILER_CHECK_STATE_H_
#define FEDC_COMPILER_CHECK_STATE_H_

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/check/inference.h"
#include "compiler/check/parts.h"
#include "compiler/check/pending.h"
#include "compiler/check/scope.h"

namespace fedc::checking {

class CheckerState {
 protected:
  CheckerState(SourceManager& sources, DiagnosticEngine& diagnostics, const CheckOptions& options)
      : sources_(sources),
        diagnostics_(diagnostics),
        options_(options),
        types_(std::make_shared<TypeContext>()),
        inference_(*types_),
        program_(std::make_unique<core::Program>()) {
    program_->types = types_;
  }

  // Whose argument is looked at: mistakes show its declaration.
  const ast::FunctionDecl* argument_of_ = nullptr;
  const ast::FunctionDecl* operation_of_ = nullptr;  // likewise, of an operation's
  SourceRange arithmetic_;                           // in a dimension, that is worked out
  UnderIf under_if_;
  Whole whole_;
  Mapped mapped_;
  const ast::Call* called_ = nullptr;    // whose callee is looked at
  const UserCall* user_call_ = nullptr;  // whose signature is looked at
  // Why what is looked at must be constant, where that is said.
  const char* constant_for_ = nullptr;
  const DeclInfo* const_ = nullptr;  // whose value is worked out
  std::string mismatch_hint_;        // says more than what mismatch() finds, where it is set
  Diagnostic sink_diagnostic_{};     // takes what is not worth saying
  SourceManager& sources_;
  DiagnosticEngine& diagnostics_;
  const CheckOptions& options_;
  std::shared_ptr<TypeContext> types_;
  Inference inference_;
  std::unique_ptr<core::Program> program_;

  std::vector<std::unique_ptr<const ast::Module>> parsed_;
  std::vector<std::unique_ptr<ModuleInfo>> modules_;
  std::vector<std::unique_ptr<DeclInfo>> declarations_;
  std::deque<Scope> scopes_;
  std::deque<FnValue> function_values_;
  std::deque<Lifted> lifted_;
  std::map<std::string, FnValue*> operators_;
  std::deque<FunctionContext> contexts_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::map<std::string, Instance*> instance_by_key_;
  std::deque<Instance*> queue_;
  std::map<std::string, Lifted*> lifted_by_key_;      // of the named function being checked
  std::map<std::string, const Type*> applied_types_;  // by declaration and arguments
  TypeNames type_names_;                              // of structs, for messages
  std::map<const ast::FunctionDecl*, DeclInfo*> member_decls_;
  std::set<std::string> function_names_;
  std::map<std::string, int> name_counts_;
  std::vector<ModuleInfo*> import_stack_;
  std::map<std::string, ModuleInfo*> modules_by_path_;
  std::map<std::string, std::vector<std::string>> std_members_[2];
  std::map<std::string, SourceRange> define_ranges_;  // of `-D NAME=VALUE` on the command line

  ModuleInfo* prelude_ = nullptr;
  ModuleInfo* main_ = nullptr;
  FunctionContext* context_ = nullptr;
  Instance* instance_ = nullptr;  // whose body is being checked
  std::unordered_map<const core::Var*, FunctionContext*> owners_;

  std::string in_field_;  // `layer.w`: of what a function is applied to field by field
  std::deque<Copy> copies_;
  Copy* copy_ = nullptr;  // the innermost whose text is being checked
  std::vector<PendingCall> pending_calls_;
  std::vector<PendingLiteral> pending_literals_;
  std::vector<PendingConstraint> pending_constraints_;
  std::map<const FnValue*, int> nested_closures_;  // in whose bodies this is, how often
  std::set<const Type*> uninferred_;               // the variables of which that has been reported
  // Of the operation or function whose result type is being worked out.
  const Statics* statics_ = nullptr;  // null: signatures are only looked at, results are open
  const Statics no_statics_;
  std::string shape_of_;
  SourceRange shape_range_;
  std::string callee_;              // whose type parameters are being checked, as the user wrote it
  const Type* expected_ = nullptr;  // of the call that is just being entered
  int depth_ = 0;
  int lambdas_checked_ = 0;
  uint64_t search_ = 0;  // for cycles among functions
  size_t unknown_names_ = 0;
  size_t suggested_ = 0;  // for the diagnostics before this one, calls were suggested
  Tried tried_;
  size_t errors_before_ = 0;  // the named function that is being checked
  bool limit_reported_ = false;
  bool constraints_final_ = false;  // what is open now stays open
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_STATE_H_
