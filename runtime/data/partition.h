// Which records of a data set each of many clients holds: evenly, as differently as clients in the
// field are, or those that were its own where they come from. The same on every machine: draws and
// arithmetic are the file's own.
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
    kColumn,  // a part for each value of a column, in the order of the values
  };
  Kind kind = Kind::kEven;
  uint64_t shards = 1;  // of kLabels: a part's
  double alpha = 1;     // of kDirichlet: the concentration
  std::string column;   // that the kind goes by; empty of kEven
};

// What kLabels and kDirichlet go by where no column is named.
inline constexpr char kLabelColumn[] = "label";

// The most parts that are made of labels or of a column's values.
inline constexpr uint64_t kMostParts = uint64_t{1} << 22;
// The most different labels of kLabels and kDirichlet.
inline constexpr uint32_t kMostLabels = 1u << 16;

// Parses "iid", "labels:K", "dirichlet:ALPHA" and "column:NAME"; behind the number may stand
// ":COLUMN".
absl::StatusOr<Partition> parse_partition(const std::string& text);

// "there is no column `label`; the columns are `x`, `digit`; partition=labels:2:COLUMN goes by
// another".
std::string no_column(const Partition& partition, const std::vector<std::string>& names);

// A uniform draw from 0 to `below` - 1: floor(r * below / 2^64), r the generator's next number.
uint64_t draw_below(std::mt19937_64* rng, uint64_t below);

// Fisher and Yates: for i from the last place down to the second, exchanges it with a drawn one
// that is not behind it.
void shuffle(std::mt19937_64* rng, std::span<uint32_t> order);

// The records of the clients from `first` to `first + count - 1` out of `parts`, one client's after
// the other's, each client's in the order in which they stand in `order`; *begins becomes where
// each one's begin, and the end. `order` is records by their number, `ranks` of all records by
// number which of the column's values they have, from 0 in the order of the values (not looked at
// by kEven). Parts may be empty, but those of kColumn, of which there are as many as values in
// `order`. Fails where there are too many parts, or labels, to make.
absl::StatusOr<std::vector<uint32_t>> make_parts(const Partition& partition,
                                                 std::span<const uint32_t> order,
                                                 std::span<const uint32_t> ranks, uint64_t parts,
                                                 uint64_t first, uint64_t count,
                                                 std::mt19937_64* rng,
                                                 std::vector<uint64_t>* begins);

}  // namespace fedrt

#endif  // RUNTIME_DATA_PARTITION_H_
