// Flat layouts: where each leaf of a slot space lies in memory. The same rules as
// runtime/abi/fed_abi.h states; lowering, the manifest and the reports all ask here.
//
// Leaves follow each other in index order, each at a multiple of FED_ALIGNMENT. A leaf with unknown
// dimensions takes first a block of one int64 for each of them, then its data with room for the
// dimensions' bounds.
#ifndef FEDC_COMPILER_SPLIT_LAYOUT_H_
#define FEDC_COMPILER_SPLIT_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mlir {
class Type;
}

namespace fedc::split {

// One tensor as a layout sees it.
struct LeafType {
  struct Dim {
    int64_t size = 0;      // of an unknown dimension its bound
    bool unknown = false;  // the actual size is known at run time only
    bool operator==(const Dim&) const = default;
  };
  uint32_t element = 0;  // FED_BOOL .. FED_FLOAT64
  std::vector<Dim> dims;

  uint32_t unknown_dims() const;
  bool operator==(const LeafType&) const = default;
};

// Where a leaf lies, in bytes from the layout's start.
struct LeafPlace {
  uint64_t dims_offset = 0;  // of the unknown dimensions' int64 values; 0 where there are none
  uint64_t offset = 0;       // of the data
  uint64_t bytes = 0;        // of the data, with every unknown dimension at its bound
};

struct Layout {
  uint64_t bytes = 0;  // a multiple of FED_ALIGNMENT
  std::vector<LeafPlace> leaves;
};

// Layouts beyond this many bytes are refused.
inline constexpr uint64_t kMaxLayoutBytes = uint64_t{1} << 40;

// Bytes of one element (a bool takes one), or 0 for a number that is not an element type.
uint64_t element_bytes(uint32_t element);

// Bytes of the data of one leaf at its bounds, or nothing beyond kMaxLayoutBytes.
std::optional<uint64_t> leaf_bytes(const LeafType& leaf);

// Bytes that a leaf takes in a layout: its dimensions and data with their alignment.
std::optional<uint64_t> leaf_footprint(const LeafType& leaf);

// Nothing beyond kMaxLayoutBytes.
std::optional<Layout> lay_out(std::span<const LeafType> leaves);

// The leaf that a ranked tensor type is. Nothing where the type is no ranked tensor, its element
// has no place in a layout, or an unknown dimension has no bound (#local.bounds).
std::optional<LeafType> leaf_type(mlir::Type type);

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_LAYOUT_H_
