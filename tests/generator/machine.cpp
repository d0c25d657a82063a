#include "tests/generator/machine.h"

#include <cstdlib>
#include <sstream>
#include <vector>

#include "tests/generator/random.h"

namespace fedc::generator {

Machine draw_machine(uint64_t seed, int aarch64_every) {
  // Another seed than that of the programs, also where both are small.
  Random random(seed ^ 0x6d616368696e6500ull);
  Machine machine;
  machine.aarch64 = aarch64_every > 0 && random.below(aarch64_every) == 0;
  if (random.chance(50)) machine.cpu = "x86-64-v4";
  if (!can_run(machine)) machine.cpu.clear();
  // WebAssembly's tiles are for products that are rounded.
  static const std::vector<std::string> kTiles = {"x86-64-v3", "x86-64-v4", "armv8-a"};
  const std::string& tiles = random.pick(kTiles);
  if (random.chance(50)) machine.tiles = tiles;
  // Programs are too short to be cut into parts, unless these are very short.
  static const std::vector<int64_t> kParts = {5, 20, 20, 60, 200, 1000};
  const int64_t parts = random.pick(kParts);
  if (random.chance(50)) machine.part_operations = parts;
  static const std::vector<int64_t> kPolls = {16, 200, 3000, 40000};
  const int64_t polls = random.pick(kPolls);
  if (random.chance(40)) machine.poll_steps = polls;
  static const std::vector<int64_t> kBytes = {0, 0, 500, 4000};
  const int64_t notes = random.pick(kBytes), stacks = random.pick(kBytes);
  if (random.chance(40)) machine.note_bytes = notes;
  if (random.chance(40)) machine.stack_bytes = stacks;
  machine.check_finite = random.chance(10);
  return machine;
}

std::string to_string(const Machine& machine) {
  std::string text;
  const auto say = [&](const std::string& name, const std::string& value) {
    text += (text.empty() ? "" : ",") + name + "=" + value;
  };
  if (!machine.cpu.empty()) say("cpu", machine.cpu);
  if (!machine.tiles.empty()) say("tiles", machine.tiles);
  if (machine.part_operations) say("parts", std::to_string(machine.part_operations));
  if (machine.poll_steps) say("polls", std::to_string(machine.poll_steps));
  if (machine.note_bytes >= 0) say("notes", std::to_string(machine.note_bytes));
  if (machine.stack_bytes >= 0) say("stacks", std::to_string(machine.stack_bytes));
  if (machine.check_finite) say("check", "1");
  if (machine.aarch64) say("aarch64", "1");
  return text;
}

bool parse_machine(const std::string& text, Machine* machine) {
  *machine = {};
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) return false;
    const std::string name = part.substr(0, equals), value = part.substr(equals + 1);
    const int64_t number = std::atoll(value.c_str());
    if (name == "cpu") {
      machine->cpu = value;
    } else if (name == "tiles") {
      machine->tiles = value;
    } else if (name == "parts") {
      machine->part_operations = number;
    } else if (name == "polls") {
      machine->poll_steps = number;
    } else if (name == "notes") {
      machine->note_bytes = number;
    } else if (name == "stacks") {
      machine->stack_bytes = number;
    } else if (name == "check") {
      machine->check_finite = number != 0;
    } else if (name == "aarch64") {
      machine->aarch64 = number != 0;
    } else {
      return false;
    }
  }
  return true;
}

bool can_run(const Machine& machine) {
  if (machine.cpu != "x86-64-v4") return true;
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

}  // namespace fedc::generator
