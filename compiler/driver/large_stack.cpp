#include "compiler/driver/large_stack.h"

#include <optional>

#include "llvm/Support/thread.h"

namespace fedc {

bool on_large_stack(const std::function<bool()>& stage) {
  // Only what is touched takes memory.
  constexpr unsigned kStackBytes = 512u << 20;
  bool result = false;
  llvm::thread thread(std::optional<unsigned>(kStackBytes), [&] { result = stage(); });
  thread.join();
  return result;
}

}  // namespace fedc
