#include "compiler/codegen/targets.h"

namespace fedc {
namespace {

std::string list(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> known = {
      {"x86_64-linux-gnu", "x86-64-v3", "x86_64-unknown-linux-gnu", "x86-64-v3", "", "x86-64-v3",
       true},
      // Registers of 512 bits also where LLVM would not choose them: the tiles are cut for them.
      {"x86_64-linux-gnu", "x86-64-v4", "x86_64-unknown-linux-gnu", "x86-64-v4", "-prefer-256-bit",
       "x86-64-v4", true},
      {"aarch64-linux-gnu", "armv8-a", "aarch64-unknown-linux-gnu", "generic", "+neon", "armv8-a",
       true},
      // macOS 11 is the first on such a processor.
      {"arm64-apple-macosx", "apple-m1", "arm64-apple-macosx11.0.0", "apple-m1", "", "armv8-a",
       false},
      {"wasm32", "simd128", "wasm32-unknown-unknown", "generic", "+simd128", "wasm32", false},
  };
  return known;
}

const Target* find_target(std::string_view name, std::string_view profile) {
  for (const Target& target : targets())
    if (name == target.name && (profile.empty() || profile == target.profile)) return &target;
  return nullptr;
}

std::vector<std::string_view> target_names() {
  std::vector<std::string_view> names;
  for (const Target& target : targets())
    if (names.empty() || names.back() != target.name) names.push_back(target.name);
  return names;
}

std::vector<std::string_view> profile_names(std::string_view target) {
  std::vector<std::string_view> names;
  for (const Target& known : targets())
    if (target == known.name) names.push_back(known.profile);
  return names;
}

std::string known_targets() { return list(target_names()); }
std::string known_cpus(std::string_view target) { return list(profile_names(target)); }

}  // namespace fedc
