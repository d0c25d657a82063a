// Minimum cuts of small directed graphs (Dinic's algorithm).
#ifndef FEDC_COMPILER_SPLIT_MIN_CUT_H_
#define FEDC_COMPILER_SPLIT_MIN_CUT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fedc::split {

class MinCut {
 public:
  // Never cut, unless the sink can be reached from the source over such edges only.
  static constexpr uint64_t kInfinite = uint64_t{1} << 60;

  explicit MinCut(int nodes) : edges_of_(nodes) {}

  // Capacities of all finite edges together must stay below kInfinite.
  void add_edge(int from, int to, uint64_t capacity);

  // The largest of the source sides that have the smallest cut: true at its nodes.
  std::vector<bool> source_side(int source, int sink);

 private:
  struct Edge {
    int to;
    uint64_t capacity;  // what is left of it
  };

  bool find_levels(int source, int sink);
  uint64_t push(int source, int sink);

  std::vector<Edge> edges_;  // edge i's reverse is i ^ 1
  std::vector<std::vector<int>> edges_of_;
  std::vector<int> level_;
  std::vector<size_t> next_;
};

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_MIN_CUT_H_
