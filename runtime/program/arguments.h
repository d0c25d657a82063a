// What goes into a computation.
#ifndef RUNTIME_PROGRAM_ARGUMENTS_H_
#define RUNTIME_PROGRAM_ARGUMENTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/sequence.h"
#include "runtime/data/value.h"
#include "runtime/program/program.h"

namespace fedrt {

// Everything that goes into a computation, by the sides' layouts. What is in the place of a leaf
// that is filled with keys is not read.
struct Arguments {
  uint64_t clients = 0;
  // Which of them take part, ascending; nothing: all. Only a simulation knows others.
  std::optional<std::vector<uint64_t>> cohort;
  uint64_t round = 0;                       // of a process, from 1; after which, of evaluate
  uint64_t key = 0;                         // of the run: what its keys are made of (keys.h)
  std::vector<Tensor> server;               // a leaf of the server's input each
  std::vector<std::vector<Tensor>> client;  // a leaf of the client's input: one a client, or one
                                            // that all clients share
  std::vector<std::shared_ptr<const SequenceSource>> sequences;
};

// Arguments from the leaves of the argument's type, in order; leaves of client state are ignored.
absl::StatusOr<Arguments> make_arguments(const Computation& computation, std::vector<Leaf> leaves,
                                         uint64_t clients);

// The clients that have nothing: all that they hold are sequences, and these are empty.
std::vector<uint64_t> clients_without_data(const Arguments& arguments);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_ARGUMENTS_H_
