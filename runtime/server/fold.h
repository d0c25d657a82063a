// Folds: aggregates of one level whose code is the program's own.
//
// Each accepted client's value is accumulated onto the fold's zero. In the order of acceptance the
// results are merged as a binary counter counts (MergeCounter): so at most log2(n) + 1 accumulators
// are held, and the result depends on the values and their order alone. Of no clients it is the
// report of zero.
#ifndef RUNTIME_SERVER_FOLD_H_
#define RUNTIME_SERVER_FOLD_H_

#include <vector>

#include "runtime/server/code.h"

namespace fedrt {

// What some uploads became in each fold of a level: an accumulator, or the first error.
struct Folded {
  struct One {
    AlignedBuffer accumulator;
    fed_error error;
  };
  std::vector<One> folds;
};

// Runs the folds' code. One thread at a time.
class Folder {
 public:
  // `code` must outlive it.
  Folder(const ServerCode& code, uint64_t level);

  bool any() const { return !folds_.empty(); }  // else nothing below is of use
  Folded of(const void* upload);
  // `earlier` takes in `later`; the first error sticks.
  void merge(Folded* earlier, const Folded& later);
  // Writes the folds' leaves of the step's message; null: of no uploads. The first error, by the
  // order of the folds in the source.
  fed_error report(const Folded* whole, void* message_in);

 private:
  Folded zero();
  // Calls `function` of fold `f` over its accumulator, and `arriving`; what it makes replaces the
  // accumulator.
  void step(size_t f, fed_phase_fn function, const void* arriving, Folded::One* one);

  CodeRoom room_;
  std::vector<const fed_fold*> folds_;
  std::vector<AlignedBuffer> spare_;  // one a fold
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_FOLD_H_
