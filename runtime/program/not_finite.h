// Whether it is a client's own data that are not finite, or the program makes what is not.
#ifndef RUNTIME_PROGRAM_NOT_FINITE_H_
#define RUNTIME_PROGRAM_NOT_FINITE_H_

#include <cstdint>
#include <string>

#include "runtime/program/arguments.h"

namespace fedrt {

// "`data[5].x[0,3]` of client 4 is NaN", the first such element of a client's data (with what it
// has from the host); nothing where all are finite. Reads all of them.
std::string not_finite_in_data(const Computation& computation, const Arguments& arguments,
                               uint64_t client);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_NOT_FINITE_H_
