// Source sites: small numbers for places in the `.fed` source, which compiled code can report and
// the manifest maps back to lines and columns. Lowering and the manifest number them by this one
// table, so that they agree.
#ifndef FEDC_COMPILER_SPLIT_SITES_H_
#define FEDC_COMPILER_SPLIT_SITES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"

namespace fedc::split {

struct Site {
  std::string file;
  uint32_t line = 0;    // from 1; 0: unknown
  uint32_t column = 0;  // from 1
  std::string text;     // what is checked or computed there, in the user's terms; may be empty
  uint32_t caller = 0;  // the site of the call of the function around it; 0: no call of one
};

// The sites of a split module: every place that an operation, a slot's value or a reduction of it
// names, in the order in which they first appear, and the calls that they were inlined by: one
// place in a function that is called twice is two sites. Make it before lowering changes the
// module.
class SiteTable {
 public:
  explicit SiteTable(mlir::ModuleOp split_module);

  // The index of a location's innermost place in a source file, as it was called; 0 where it has
  // none in the table.
  // Locations that lowering derives (names stripped, calls inlined) find the same site.
  uint32_t index(mlir::Location location) const;
  // The same of an assertion or a `debug` there: several at one place that say different things
  // have a site each.
  uint32_t index(mlir::Location location, llvm::StringRef message) const;

  // sites()[0] is "unknown"; an index is a position here.
  const std::vector<Site>& sites() const { return sites_; }

 private:
  void add(mlir::Location location, std::string text);

  std::map<std::pair<const void*, uint32_t>, uint32_t> indices_;     // by FileLineColLoc and caller
  std::map<std::pair<uint32_t, std::string>, uint32_t> assertions_;  // by place and message
  std::vector<Site> sites_;
};

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_SITES_H_
