// What a generated program is compiled for: drawn by itself, so that any program meets any of it.
#ifndef FEDC_TESTS_GENERATOR_MACHINE_H_
#define FEDC_TESTS_GENERATOR_MACHINE_H_

#include <cstdint>
#include <string>

namespace fedc::generator {

// Results depend on none of this.
struct Machine {
  bool aarch64 = false;  // too, as an object
  std::string cpu;       // what runs here; empty: the target's default
  // The processor whose tiles sums of products are cut into (compiler/lower/tiles.h), here and for
  // aarch64; empty: their own.
  std::string tiles;
  // Code is cut into functions of about so many operations (compiler/lower/lower.h); 0: of as many
  // as are usual.
  int64_t part_operations = 0;
  int64_t poll_steps = 0;  // between two polls; 0: as many as are usual
  // What a loop may take for its gradient (compiler/pipeline/pipeline.h); -1: as much as is usual.
  int64_t note_bytes = -1, stack_bytes = -1;
  bool check_finite = false;  // stops where a finite number becomes none
};

// `aarch64_every`: one of so many is for aarch64, too; 0: none.
Machine draw_machine(uint64_t seed, int aarch64_every);

// "cpu=x86-64-v4,parts=20,polls=1000,aarch64=1": what is not as usual. Empty where all is.
std::string to_string(const Machine& machine);
// False where the text says anything else.
bool parse_machine(const std::string& text, Machine* machine);

// Whether this machine runs the code.
bool can_run(const Machine& machine);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_MACHINE_H_
