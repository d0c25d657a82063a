// What `debug` shows of a run, as lines of text.
#ifndef RUNTIME_SIMULATOR_DEBUG_H_
#define RUNTIME_SIMULATOR_DEBUG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "runtime/abi/fed_abi.h"
#include "runtime/data/tensor.h"
#include "runtime/program/arguments.h"
#include "runtime/program/program.h"

namespace fedrt {

// A tensor of its own of what the compiled code shows (fed_host.debug).
Tensor shown_tensor(ElementType element, uint32_t rank, const fed_view& value,
                    const int64_t* bounds);

// A small tensor whole, as nested lists; a large one by its type, its least, largest and mean
// element without those that are NaN, how many these are, and its first elements.
std::string tensor_text(const Tensor& tensor);

// "train.fed:7:3: debug: round 2, client 5: loss = 0.5"; without a client it is the server's.
std::string debug_line(const Computation& computation, const Arguments& arguments,
                       std::optional<uint64_t> client, uint32_t site, const Tensor& value,
                       const proto::Manifest& manifest);

// Where the code that this thread runs puts its lines meanwhile; null: nobody collects them.
extern thread_local std::string* collected_debug;

// Puts what many threads' clients show into the clients' order.
class DebugQueue {
 public:
  // `write` gets the lines in the order of the indices, each index when all before it have come.
  using Write = std::function<void(uint64_t index, const std::string& lines)>;
  explicit DebugQueue(Write write) : write_(std::move(write)) {}

  // The lines of the client with this index of a phase, from any thread; every index comes once.
  void hand_in(uint64_t index, std::string text);

 private:
  const Write write_;
  std::mutex mutex_;
  uint64_t next_ = 0;
  std::map<uint64_t, std::string> early_;  // by index; those before it have not come
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_DEBUG_H_
