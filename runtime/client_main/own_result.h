// What a round leaves on this client.
#ifndef RUNTIME_CLIENT_MAIN_OWN_RESULT_H_
#define RUNTIME_CLIENT_MAIN_OWN_RESULT_H_

#include "absl/status/status.h"
#include "runtime/program/program.h"

namespace fedrt {

// Prints the part of the result that is at CLIENTS, but the client's state, as a line of JSON on
// standard output; nothing where there is none. `result` is the client's layout of it.
absl::Status print_own_result(const Computation& computation, const void* result);

}  // namespace fedrt

#endif  // RUNTIME_CLIENT_MAIN_OWN_RESULT_H_
