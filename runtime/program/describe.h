// Errors of compiled code in the user's terms.
#ifndef RUNTIME_PROGRAM_DESCRIBE_H_
#define RUNTIME_PROGRAM_DESCRIBE_H_

#include <cstdint>
#include <string>

#include "proto/manifest.pb.h"
#include "runtime/program/outcome.h"

namespace fedrt {

// An error as the compiler prints its own: place, message, source line and caret.
std::string describe(const PhaseError& error, const proto::Manifest& manifest);

// "error: MESSAGE" in the same form, at a site of the manifest (0: none).
std::string describe_at(uint32_t site, const std::string& message, const proto::Manifest& manifest);

// "line.fed:21:5", of a site in the standard library the user's line that led there; "" of none.
std::string place_of(uint32_t site, const proto::Manifest& manifest);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_DESCRIBE_H_
