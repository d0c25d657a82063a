// What is counted, or kept, while text is checked inside of other text.
#ifndef FEDC_COMPILER_CHECK_GUARDS_H_
#define FEDC_COMPILER_CHECK_GUARDS_H_

#include "compiler/check/checker.h"

namespace fedc::checking {

// Where bindings go that what is being checked needs around itself: they stay in order. A
// function value may outlive the block that made what it captures, so the bindings of such a
// block go on to the sink around it.
struct Checker::Sink {
  Sink(Checker& checker, Bindings& lets)
      : checker(checker), lets(&lets), outer(std::exchange(checker.sink_, this)) {}
  ~Sink() { checker.sink_ = outer; }
  Checker& checker;
  Bindings* lets;
  Sink* outer;
};

// For what is only looked at: nothing of it is kept.
struct Checker::Scratch {
  explicit Scratch(Checker& checker);
  ~Scratch();
  Checker& checker;
  Bindings lets;
  Sink sink;
  Instance* instance;
  FunctionContext* context;
  std::vector<PendingCall> calls;
  std::vector<PendingLiteral> literals;
  std::vector<PendingConstraint> constraints;
  std::map<std::string, Lifted*> lifted;
  size_t mark;
};

// Text that stands in one declaration is checked for a call in another: a mistake is where the call
// is, and a note says where it happens.
class Inlining {
 public:
  // `literal`: what is called is a function literal in `decl`.
  Inlining(Checker& checker, DeclInfo* decl, SourceRange call, bool literal = false);
  ~Inlining();
  Inlining(const Inlining&) = delete;
  Inlining& operator=(const Inlining&) = delete;

 private:
  friend class Checker;
  Checker& checker_;
  Inlining* const outer_;
  DeclInfo* const decl_;
  const SourceRange call_;
  const core::CallSite* const around_;
  const bool literal_;
  bool failed_ = false;
};

// Counts nested specialisations; `ok()` is false (and was reported) where it gets too deep for the
// machine's stack.
class DepthGuard {
 public:
  DepthGuard(Checker& checker, SourceRange range);
  ~DepthGuard() { --checker_.depth_; }
  bool ok() const { return ok_; }

 private:
  Checker& checker_;
  bool ok_;
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_GUARDS_H_
