#include "compiler/lower/arena_plan.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace fedc::lower {
namespace {

int64_t most_live(const std::vector<BufferLife>& buffers) {
  // Ends come behind beginnings of the same moment.
  std::vector<std::pair<std::pair<int64_t, int>, int64_t>> changes;
  for (const BufferLife& buffer : buffers) {
    changes.push_back({{buffer.first, 0}, buffer.bytes});
    changes.push_back({{buffer.last, 1}, -buffer.bytes});
  }
  std::sort(changes.begin(), changes.end());
  int64_t live = 0, most = 0;
  for (const auto& change : changes) most = std::max(most, live += change.second);
  return most;
}

ArenaPlan place(const std::vector<BufferLife>& buffers, const std::vector<size_t>& order) {
  ArenaPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<size_t> placed;  // by offset
  for (size_t i : order) {
    const BufferLife& buffer = buffers[i];
    int64_t at = 0;
    for (size_t other : placed) {
      const BufferLife& taken = buffers[other];
      if (taken.last < buffer.first || buffer.last < taken.first) continue;
      if (plan.offsets[other] >= at + buffer.bytes) break;
      at = std::max(at, plan.offsets[other] + taken.bytes);
    }
    plan.offsets[i] = at;
    plan.bytes = std::max(plan.bytes, at + buffer.bytes);
    if (buffer.bytes == 0) continue;
    const auto behind = std::upper_bound(
        placed.begin(), placed.end(), at,
        [&](int64_t offset, size_t other) { return offset < plan.offsets[other]; });
    placed.insert(behind, i);
  }
  return plan;
}

}  // namespace

ArenaPlan plan_arena(const std::vector<BufferLife>& buffers) {
  const int64_t live = most_live(buffers);
  using Before = std::function<bool(const BufferLife&, const BufferLife&)>;
  const auto length = [](const BufferLife& b) { return b.last - b.first; };
  const Before orders[] = {
      [](const BufferLife& a, const BufferLife& b) { return a.bytes > b.bytes; },
      [&](const BufferLife& a, const BufferLife& b) {
        return std::pair(a.bytes, length(a)) > std::pair(b.bytes, length(b));
      },
      [](const BufferLife& a, const BufferLife& b) { return a.first < b.first; },
  };
  ArenaPlan best;
  for (const Before& before : orders) {
    std::vector<size_t> order(buffers.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return before(buffers[a], buffers[b]); });
    ArenaPlan plan = place(buffers, order);
    if (best.offsets.empty() || plan.bytes < best.bytes) best = std::move(plan);
    if (best.bytes == live) break;
  }
  best.live_bytes = live;
  return best;
}

}  // namespace fedc::lower
