// Prints the generated program of a seed.
#include <cstdio>
#include <cstdlib>

#include "tests/generator/generate.h"

int main(int argc, char** argv) {
  fedc::generator::Style style;
  if (argc > 2) style.entries = std::atoi(argv[2]);
  const uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const std::string text = fedc::generator::print(fedc::generator::generate(seed, style));
  std::fwrite(text.data(), 1, text.size(), stdout);
}
