// What is counted, or kept, while text is checked inside of other text.
#ifndef FEDC_COMPILER_CHECK_GUARDS_H_
#define FEDC_COMPILER_CHECK_GUARDS_H_

#include "compiler/check/checker.h"

namespace fedc::checking {

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
