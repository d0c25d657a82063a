// What became of the messages of a phase.
#ifndef RUNTIME_PROGRAM_TALLY_H_
#define RUNTIME_PROGRAM_TALLY_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/abi/fed_abi.h"

namespace fedrt {

// Messages of one phase by what became of them.
struct Tally {
  static constexpr int kReasons = 4;  // FED_ACCEPT and the FED_REJECT_ codes
  std::array<uint64_t, kReasons> by_reason{};
  uint64_t dropped = 0;  // clients that were in the cohort and sent nothing
  // In a simulation: accepted ones with weights, all of which are 0.
  uint64_t weightless = 0;

  uint64_t accepted() const { return by_reason[FED_ACCEPT]; }
  uint64_t rejected() const;
  void count(int32_t reason);
  Tally& operator+=(const Tally& other);
};

// "not finite", "bad weight", "out of range".
std::string_view reason_name(int32_t reason);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_TALLY_H_
