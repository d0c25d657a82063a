#include "compiler/split/min_cut.h"

#include <algorithm>

namespace fedc::split {

void MinCut::add_edge(int from, int to, uint64_t capacity) {
  edges_of_[from].push_back(static_cast<int>(edges_.size()));
  edges_.push_back({to, capacity});
  edges_of_[to].push_back(static_cast<int>(edges_.size()));
  edges_.push_back({from, 0});
}

bool MinCut::find_levels(int source, int sink) {
  level_.assign(edges_of_.size(), -1);
  level_[source] = 0;
  std::vector<int> queue = {source};
  for (size_t i = 0; i < queue.size(); ++i) {
    for (int e : edges_of_[queue[i]]) {
      if (edges_[e].capacity > 0 && level_[edges_[e].to] < 0) {
        level_[edges_[e].to] = level_[queue[i]] + 1;
        queue.push_back(edges_[e].to);
      }
    }
  }
  return level_[sink] >= 0;
}

// Pushes flow along one path of the level graph. A loop, since paths may be long.
uint64_t MinCut::push(int source, int sink) {
  std::vector<int> path;
  int node = source;
  while (node != sink) {
    bool advanced = false;
    for (size_t& i = next_[node]; i < edges_of_[node].size(); ++i) {
      int e = edges_of_[node][i];
      if (edges_[e].capacity > 0 && level_[edges_[e].to] == level_[node] + 1) {
        path.push_back(e);
        node = edges_[e].to;
        advanced = true;
        break;
      }
    }
    if (advanced) continue;
    if (path.empty()) return 0;
    level_[node] = -1;  // a dead end
    node = edges_[path.back() ^ 1].to;
    path.pop_back();
  }
  uint64_t flow = kInfinite;
  for (int e : path) flow = std::min(flow, edges_[e].capacity);
  for (int e : path) {
    edges_[e].capacity -= flow;
    edges_[e ^ 1].capacity += flow;
  }
  return flow;
}

std::vector<bool> MinCut::source_side(int source, int sink) {
  while (find_levels(source, sink)) {
    next_.assign(edges_of_.size(), 0);
    while (push(source, sink) > 0) {
    }
  }
  // All that cannot reach the sink any more.
  std::vector<bool> side(edges_of_.size(), true);
  side[sink] = false;
  std::vector<int> queue = {sink};
  for (size_t i = 0; i < queue.size(); ++i) {
    for (int e : edges_of_[queue[i]]) {
      int from = edges_[e].to;
      if (side[from] && edges_[e ^ 1].capacity > 0) {
        side[from] = false;
        queue.push_back(from);
      }
    }
  }
  return side;
}

}  // namespace fedc::split
