// What emission must know of core trees before it starts: which functions hold federated
// computation, how large they grow when calls are expanded, and what function literals capture.
#ifndef FEDC_COMPILER_EMIT_ANALYSIS_H_
#define FEDC_COMPILER_EMIT_ANALYSIS_H_

#include <functional>
#include <unordered_map>
#include <vector>

#include "compiler/check/core.h"

namespace fedc::emission {

// Calls `visit` for `root` and everything below it, bodies of function literals included, each
// expression before its children. Not recursive.
void walk(const core::Expr* root, const std::function<void(const core::Expr*)>& visit);

// Variables from outside that a function literal uses, in the order of their first use.
std::vector<const core::Var*> captures(const core::Lambda& lambda);

struct FunctionInfo {
  // Some expression of its body is federated: its calls are expanded where they stand, since IR
  // functions are local.
  bool federated = false;
  // Operations with every call expanded, roughly; saturates.
  uint64_t expanded_size = 0;
  // How deep calls nest inside; 1: it calls nothing.
  uint32_t call_depth = 1;
};

class Analysis {
 public:
  explicit Analysis(const core::Program& program);
  const FunctionInfo& of(const core::Function* function) const { return info_.at(function); }
  bool knows(const core::Function* function) const { return info_.count(function) != 0; }

 private:
  std::unordered_map<const core::Function*, FunctionInfo> info_;
};

}  // namespace fedc::emission

#endif  // FEDC_COMPILER_EMIT_ANALYSIS_H_
