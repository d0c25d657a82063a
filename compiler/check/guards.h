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
  Copy* copy;
  std::vector<PendingCall> calls;
  std::vector<PendingLiteral> literals;
  std::vector<PendingConstraint> constraints;
  std::map<std::string, Lifted*> lifted;
  size_t mark;
};

// Text that stands in one declaration is checked for a call in another: a mistake is where the call
// is, and a note says where it happens.
class InCopy {
 public:
  InCopy(Checker& checker, Copy copy);
  ~InCopy() { checker_.copy_ = outer_; }
  InCopy(const InCopy&) = delete;
  InCopy& operator=(const InCopy&) = delete;

 private:
  Checker& checker_;
  Copy* const outer_;
};

// That, of a body, whose code is written out in the place of the call.
class Inlining {
 public:
  Inlining(Checker& checker, Copy copy);
  ~Inlining() { checker_.program_->call_site = around_; }
  Inlining(const Inlining&) = delete;
  Inlining& operator=(const Inlining&) = delete;

 private:
  Checker& checker_;
  const InCopy copy_;
  const core::CallSite* const around_;
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
