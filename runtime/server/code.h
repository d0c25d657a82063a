// What the program's own code at the server runs with, beside the steps: folds and selections.
#ifndef RUNTIME_SERVER_CODE_H_
#define RUNTIME_SERVER_CODE_H_

#include <cstdint>

#include "runtime/abi/fed_abi.h"
#include "runtime/data/flat.h"

namespace fedrt {

// Of one round; may be used by several threads. All that it points to outlives it.
struct ServerCode {
  const fed_server_program* program = nullptr;
  uint64_t computation = 0;  // which of the program's
  const uint8_t* params = nullptr;
  const uint8_t* kept = nullptr;  // of the steps
  const fed_host* host = nullptr;
};

// One thread's room for calls: the arena, and the frame that names it.
class CodeRoom {
 public:
  explicit CodeRoom(const ServerCode& code)
      : arena_(code.program->arena_bytes), params_(code.params), host_(code.host) {}

  // A frame with what every call has; errors go to `error`, which is made new.
  fed_frame frame(fed_error* error) {
    *error = {sizeof(fed_error), FED_ABI_VERSION, FED_OK, 0, {0, 0}};
    fed_frame frame{};
    frame.size = sizeof frame;
    frame.version = FED_ABI_VERSION;
    frame.params = params_;
    frame.arena = arena_.data();
    frame.host = host_;
    frame.error = error;
    return frame;
  }

 private:
  AlignedBuffer arena_;
  const uint8_t* params_;
  const fed_host* host_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_CODE_H_
