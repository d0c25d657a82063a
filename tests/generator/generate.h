// Random well-typed programs.
#ifndef FEDC_TESTS_GENERATOR_GENERATE_H_
#define FEDC_TESTS_GENERATOR_GENERATE_H_

#include "tests/generator/program.h"
#include "tests/generator/random.h"

namespace fedc::generator {

struct Style {
  int entries = 8;        // a file
  bool functions = true;  // exp, log and such
  bool gradients = true;
  int layers = 60;  // percent of the files: products, loops and windows as networks have them
};

// The file of this seed.
File generate(uint64_t seed, const Style& style);

// Arguments for an entry: cohorts that may be empty, sequences that may be empty, values that need
// not be finite, clients that are lost between phases, parameters other than their defaults.
Call generate_call(const File& file, const Entry& entry, uint64_t seed);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_GENERATE_H_
