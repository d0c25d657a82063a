// What fedc makes code for; without LLVM, so that command lines can ask.
#ifndef COMPILER_CODEGEN_TARGETS_H_
#define COMPILER_CODEGEN_TARGETS_H_

#include <string>
#include <string_view>
#include <vector>

namespace fedc {

// A target and a named profile of its processors, never the host's.
struct Target {
  std::string_view name;     // as users write it
  std::string_view profile;  // as users write it
  const char* triple;        // as LLVM knows it
  const char* cpu;
  const char* features;
  const char* tiles;  // of contractions: see compiler/lower/tiles.h
  bool is_linux;      // executables can be made: the linker and the parts are there
};

// A target's profiles stand together, the one that runs everywhere first.
const std::vector<Target>& targets();

// Null for a target or profile that is not known. Without a profile it is the target's first.
const Target* find_target(std::string_view name, std::string_view profile = "");

// The names of the targets; of a target's profiles.
std::vector<std::string_view> target_names();
std::vector<std::string_view> profile_names(std::string_view target);

// The same, separated by commas.
std::string known_targets();
std::string known_cpus(std::string_view target);

}  // namespace fedc

#endif  // COMPILER_CODEGEN_TARGETS_H_
