// Random fed modules, as text, for tests of splitting.
#ifndef FEDC_TESTS_SPLIT_RANDOM_MODULE_H_
#define FEDC_TESTS_SPLIT_RANDOM_MODULE_H_

#include <cstdint>
#include <string>

namespace fedc::split {

// A module of one entry, `@f`: arguments at both placements and a sequence, maps, broadcasts and
// aggregations over several levels, results at both placements. Without means where `means` is
// false. The same for the same seed.
std::string random_module(uint32_t seed, bool means);

}  // namespace fedc::split

#endif  // FEDC_TESTS_SPLIT_RANDOM_MODULE_H_
