// One call of one entry, run twice.
#include <algorithm>

#include "mlir/IR/Location.h"
#include "runtime/data/threefry.h"
#include "runtime/program/keys.h"
#include "runtime/program/params.h"
#include "runtime/simulator/simulation.h"
#include "tests/generator/harness.h"
#include "tests/generator/random.h"
#include "tests/generator/split_run.h"

namespace fedc::generator {
namespace {

using fedrt::Leaf;
using fedrt::LeafValue;
using fedrt::Tensor;

// The line of the first place in a source file that `location` names.
uint32_t line_of(mlir::Location location) {
  uint32_t line = 0;
  location->walk([&](mlir::Location at) {
    if (auto file = mlir::dyn_cast<mlir::FileLineColLoc>(at)) {
      line = file.getLine();
      return mlir::WalkResult::interrupt();
    }
    return mlir::WalkResult::advance();
  });
  return line;
}

std::string show(const Tensor& x) {
  std::string text(fedrt::element_name(x.element));
  text += "[";
  for (const int64_t dim : x.dims) text += std::to_string(dim) + ",";
  text += "] ";
  char number[40];
  for (int64_t i = 0; i < std::min<int64_t>(x.size(), 40); ++i) {
    std::snprintf(number, sizeof number, "%.17g ", interpret::number(x, i));
    text += number;
  }
  return text;
}

// How a run failed: the status and the line that the error names.
std::string describe(const std::optional<interpret::Error>& error) {
  if (!error) return "none";
  return "status " + std::to_string(error->status) + " at line " +
         std::to_string(line_of(error->location)) + " (" + error->message + ")";
}
bool same_error(const std::optional<interpret::Error>& a,
                const std::optional<interpret::Error>& b) {
  if (!a || !b) return !a && !b;
  return a->status == b->status && line_of(a->location) == line_of(b->location);
}

interpret::Options options_of(const Call& call, const interpret::MathLibrary& math) {
  interpret::Options options;
  options.clients = call.clients;
  options.lost = call.lost;
  options.params = call.params;
  options.math = math;
  return options;
}

// The leaves with the keys that a simulated run of `key` fills in (runtime/program/keys.h).
std::vector<Leaf> with_keys(const fedrt::Computation& computation, std::vector<Leaf> leaves,
                            uint64_t key, size_t clients) {
  using Space = fedrt::LeafSlot::Space;
  for (const bool server : {true, false}) {
    const fed_layout& input = server ? computation.server->steps.input : computation.client->input;
    uint64_t known = 0;
    for (uint64_t i = 0; i < input.leaf_count; ++i) {
      if (input.leaves[i].origin == FED_FROM_KEY) known += input.leaves[i].bytes;
    }
    for (size_t member = 0; member < (server ? 1 : clients); ++member) {
      const auto of = [&](uint64_t run) {
        return server ? fedrt::server_key(run) : fedrt::client_key(run, member);
      };
      const std::string drawn = fedrt::draw_keys(of(key), known);
      uint64_t next = 0, entropy = of(fedrt::simulated_entropy(key));
      for (uint64_t i = 0; i < input.leaf_count; ++i) {
        const fed_leaf& leaf = input.leaves[i];
        std::string bytes;
        if (leaf.origin == FED_FROM_KEY) {
          bytes = drawn.substr(next, leaf.bytes);
          next += leaf.bytes;
        } else if (leaf.origin == FED_FROM_ENTROPY) {
          bytes = fedrt::draw_keys(entropy, leaf.bytes);
          entropy = fedrt::threefry(entropy, ~uint64_t{0});
        } else {
          continue;
        }
        for (size_t a = 0; a < leaves.size(); ++a) {
          const fedrt::LeafSlot slot = computation.argument_slots[a];
          if (slot.space != (server ? Space::kServer : Space::kClient) || slot.index != i) continue;
          auto& filled = leaves[a].members[member].tensor.bytes;
          std::copy(bytes.begin(), bytes.end(), filled.begin());
        }
      }
    }
  }
  return leaves;
}

std::string compare_members(const std::string& where, const LeafValue& expected,
                            const LeafValue& found) {
  if (same_bytes(expected.tensor, found.tensor)) return "";
  return where + ":\n  interpreter " + show(expected.tensor) + "\n  instead of  " +
         show(found.tensor) + "\n";
}

}  // namespace

bool same_bytes(const Tensor& a, const Tensor& b) {
  if (a.element != b.element || a.dims != b.dims || a.bytes.size() != b.bytes.size()) return false;
  if (a.bytes == b.bytes) return true;
  const size_t size = fedrt::element_size(a.element);
  for (int64_t i = 0; i < a.size(); ++i) {
    const double x = interpret::number(a, i), y = interpret::number(b, i);
    if (x != x && y != y) continue;
    if (std::memcmp(&a.bytes[i * size], &b.bytes[i * size], size) != 0) return false;
  }
  return true;
}

std::string split_difference(mlir::ModuleOp fed, mlir::ModuleOp split, const Entry& entry,
                             const Call& call, const interpret::MathLibrary& math) {
  const interpret::Options options = options_of(call, math);
  const interpret::Outcome expected = interpret::run_entry(fed, entry.name, call.leaves, options);
  const interpret::Outcome found = run_split(split, entry, call, options);
  if (!same_error(expected.error, found.error)) {
    return "split: errors:\n  interpreter " + describe(expected.error) + "\n  split       " +
           describe(found.error) + "\n";
  }
  if (expected.error) return "";
  std::string differences;
  if (expected.accepted != found.accepted) differences += "split: other clients are accepted\n";
  for (size_t leaf = 0; leaf < expected.results.size(); ++leaf) {
    const std::vector<LeafValue>& members = expected.results[leaf].members;
    const std::vector<LeafValue>& others = found.results[leaf].members;
    for (size_t i = 0; i < others.size(); ++i) {
      if (!found.accepted.empty() && others.size() == call.clients && members.size() == 1 &&
          !found.accepted.back().count(i)) {
        continue;  // of a value that is equal on all clients, what one that is lost has not
      }
      differences += compare_members(
          "split: result leaf " + std::to_string(leaf) + " member " + std::to_string(i),
          members[members.size() == 1 ? 0 : i], others[i]);
    }
  }
  return differences;
}

std::string difference(const Compiled& compiled, const Entry& entry, const Call& call,
                       const interpret::MathLibrary& math, uint64_t order_seed) {
  const fedrt::Computation* computation = compiled.program->find(entry.name);
  if (!computation) return "the program has no entry `" + entry.name + "`\n";
  const interpret::Outcome expected = interpret::run_entry(
      *compiled.fed, entry.name, with_keys(*computation, call.leaves, call.key, call.clients),
      options_of(call, math));
  std::map<std::string, std::string> overrides;
  for (const auto& param : compiled.program->manifest().params()) {
    if (auto it = call.params.find(param.name()); it != call.params.end()) {
      overrides[param.name()] = std::to_string(interpret::integer(it->second));
    }
  }
  const auto params = fedrt::make_params(compiled.program->manifest(),
                                         compiled.program->client().params, overrides);
  if (!params.ok()) return params.status().ToString() + "\n";
  auto arguments = fedrt::make_arguments(*computation, call.leaves, call.clients);
  if (!arguments.ok()) return arguments.status().ToString() + "\n";
  arguments->key = call.key;
  fedrt::SimulationOptions simulation_options;
  simulation_options.threads = 1 + order_seed % 2;
  simulation_options.order = [order_seed](uint64_t phase, std::vector<uint64_t>* clients) {
    Random random(order_seed + phase);
    for (size_t i = clients->size(); i > 1; --i) {
      std::swap((*clients)[i - 1], (*clients)[random.below(static_cast<int>(i))]);
    }
  };
  // A fold says the order itself: that of the clients.
  for (const auto& aggregation : computation->manifest->aggregations()) {
    if (aggregation.folds_size() > 0) simulation_options.order = nullptr;
  }
  simulation_options.drops_out = [&call](uint64_t phase, uint64_t client) {
    return phase <= call.lost.size() && call.lost[phase - 1].count(client) > 0;
  };
  fedrt::Simulation simulation(compiled.program, simulation_options);
  fedrt::Outcome outcome;
  const absl::Status status = simulation.run(*computation, *arguments, *params, nullptr, &outcome);

  if (!status.ok() && !outcome.error) return "the simulator: " + status.ToString() + "\n";
  if (expected.error || outcome.error) {
    const auto of_interpreter = [&]() -> std::string {
      if (!expected.error) return "none";
      return "status " + std::to_string(expected.error->status) + " at line " +
             std::to_string(line_of(expected.error->location));
    }();
    const auto of_program = [&]() -> std::string {
      if (!outcome.error) return "none";
      const auto& manifest = compiled.program->manifest();
      const uint32_t site = outcome.error->error.site;
      const uint32_t line =
          site < static_cast<uint32_t>(manifest.sites_size()) ? manifest.sites(site).line() : 0;
      return "status " + std::to_string(outcome.error->error.status) + " at line " +
             std::to_string(line);
    }();
    if (of_interpreter == of_program || (compiled.checks_finite && outcome.error)) return "";
    return "errors:\n  interpreter " + of_interpreter +
           (expected.error ? " (" + expected.error->message + ")" : "") + "\n  compiled    " +
           of_program + "\n";
  }

  std::string differences;
  if (expected.accepted.size() != outcome.phases.size()) {
    differences += "the interpreter has " + std::to_string(expected.accepted.size()) +
                   " client phases, the program " + std::to_string(outcome.phases.size()) + "\n";
  }
  for (size_t k = 0; k < std::min(expected.accepted.size(), outcome.phases.size()); ++k) {
    if (expected.accepted[k].size() != outcome.phases[k].accepted()) {
      differences += "phase " + std::to_string(k + 1) + ": the interpreter accepts " +
                     std::to_string(expected.accepted[k].size()) + " clients, the program " +
                     std::to_string(outcome.phases[k].accepted()) + "\n";
    }
  }
  const std::vector<uint8_t> finished = outcome.finished;
  bool nobody = true;
  for (const uint8_t one : finished) nobody = nobody && !one;
  for (const fedrt::LeafType& leaf : computation->result_leaves) {
    // What is equal on all clients is on none of them: the simulator says so instead of a value.
    if (nobody && leaf.all_equal) return differences;
  }
  const auto found = fedrt::result_leaves(*computation, std::move(outcome));
  if (!found.ok()) return differences + found.status().ToString() + "\n";
  if (found->size() != expected.results.size()) return differences + "different results\n";
  for (size_t leaf = 0; leaf < found->size(); ++leaf) {
    const std::string name = "result leaf " + std::to_string(leaf);
    // The simulator's leaf holds the clients that finished.
    std::vector<LeafValue> members;
    for (size_t i = 0; i < expected.results[leaf].members.size(); ++i) {
      if (!computation->result_leaves[leaf].per_client() || expected.accepted.empty() ||
          expected.accepted.back().count(i)) {
        members.push_back(expected.results[leaf].members[i]);
      }
    }
    if (members.size() != (*found)[leaf].members.size()) {
      differences += name + ": " + std::to_string(members.size()) + " members, and " +
                     std::to_string((*found)[leaf].members.size()) + " in the program\n";
      continue;
    }
    for (size_t i = 0; i < members.size(); ++i) {
      differences += compare_members(name + " member " + std::to_string(i), members[i],
                                     (*found)[leaf].members[i]);
    }
  }
  return differences;
}

}  // namespace fedc::generator
