// What a simulation, which has the clients' messages in hand, says of those that add nothing.
#ifndef RUNTIME_SIMULATOR_MESSAGE_H_
#define RUNTIME_SIMULATOR_MESSAGE_H_

#include <cstdint>
#include <vector>

#include "proto/manifest.pb.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/value.h"

namespace fedrt {

// The weights in the messages of one level.
class MessageWeights {
 public:
  MessageWeights(const proto::Computation& computation, uint64_t level, const fed_layout& message);
  // Whether there are weights, and all are 0: as of a client without data.
  bool all_zero(const void* message) const;

 private:
  std::vector<const fed_leaf*> leaves_;
};

// Whether no float in the message is NaN or infinite.
bool is_finite(const fed_layout& message, const void* bytes);

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_MESSAGE_H_
