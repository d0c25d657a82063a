// Which examples of a data set each of many clients holds: evenly, or as differently as clients in
// the field are. The same on every machine: draws and arithmetic are the file's own.
#ifndef RUNTIME_DATA_PARTITION_H_
#define RUNTIME_DATA_PARTITION_H_

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fedrt {

struct Partition {
  enum class Kind : uint8_t {
    kEven,  // contiguous parts of the order
    // B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized
    // Data", AISTATS 2017: sorted by label, cut into shards, some of them a part.
    kLabels,
    // T. H. Hsu, H. Qi, M. Brown, "Measuring the Effects of Non-Identical Data Distribution for
    // Federated Visual Classification", 2019: parts of equal sizes whose labels follow a
    // distribution drawn from a Dirichlet distribution around that of the whole.
    kDirichlet,
  };
  Kind kind = Kind::kEven;
  uint64_t shards = 1;  // of kLabels: a part's
  double alpha = 1;     // of kDirichlet: the concentration
};

// Parses "iid", "labels:K" and "dirichlet:ALPHA".
absl::StatusOr<Partition> parse_partition(const std::string& text);

// A uniform draw from 0 to `below` - 1: floor(r * below / 2^64), r the generator's next number.
uint64_t draw_below(std::mt19937_64* rng, uint64_t below);

// Fisher and Yates: for i from the last place down to the second, exchanges it with a drawn one
// that is not behind it.
void shuffle(std::mt19937_64* rng, std::span<uint32_t> order);

// The examples of the clients from `first` to `first + count - 1` out of `parts`, one client's
// after the other's, each client's in the order in which they stand in `order`; *begins becomes
// where each one's begin, and the end. `order` is examples by their number, `labels` the labels of
// all examples by number (not looked at by kEven). Parts may be empty. Fails where there are too
// many parts to make.
absl::StatusOr<std::vector<uint32_t>> make_parts(const Partition& partition,
                                                 std::span<const uint32_t> order,
                                                 std::span<const uint8_t> labels, uint64_t parts,
                                                 uint64_t first, uint64_t count,
                                                 std::mt19937_64* rng,
                                                 std::vector<uint64_t>* begins);

}  // namespace fedrt

#endif  // RUNTIME_DATA_PARTITION_H_
