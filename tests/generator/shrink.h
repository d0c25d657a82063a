// Makes failing programs smaller.
#ifndef FEDC_TESTS_GENERATOR_SHRINK_H_
#define FEDC_TESTS_GENERATOR_SHRINK_H_

#include <functional>

#include "tests/generator/program.h"

namespace fedc::generator {

// A program of one entry, and what it is called with.
struct Case {
  File file;
  Call call;
};

// The smallest case that `fails` and that is reached from `failing` by leaving out results,
// statements, clients and parts of expressions, calling `fails` at most `budget` times.
Case shrink(Case failing, const std::function<bool(const Case&)>& fails, int budget);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_SHRINK_H_
