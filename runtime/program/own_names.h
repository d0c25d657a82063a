// What a program takes under names of its own, for messages about flags that there are not.
#ifndef RUNTIME_PROGRAM_OWN_NAMES_H_
#define RUNTIME_PROGRAM_OWN_NAMES_H_

#include "runtime/program/command_line.h"
#include "runtime/program/program.h"

namespace fedrt {

// Whose command line it is.
enum class Runner { kSimulator, kServer, kClient };

// Parameters, arguments, what comes from the host, and the keys of a SPEC, with the flag that gives
// each there. Of a manifest without computations the keys alone.
CommandLine::Own own_names(const proto::Manifest& manifest, Runner runner);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_OWN_NAMES_H_
