// The constants of a round: values in their ranges, as compiled code reads them.
#ifndef RUNTIME_PROGRAM_PARAMS_H_
#define RUNTIME_PROGRAM_PARAMS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "proto/manifest.pb.h"
#include "runtime/data/flat.h"

namespace fedrt {

// The layout fed_program.params filled with the declared defaults, those in `overrides` (name to
// text, read as JSON) replaced. Fails at a name that the program does not declare, a text that is
// no value of the parameter's type, and a value outside its range (without one: a float that is not
// finite); messages begin with "--set
// NAME".
absl::StatusOr<AlignedBuffer> make_params(const fed::proto::Manifest& manifest,
                                          const fed_layout& layout,
                                          const std::map<std::string, std::string>& overrides);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_PARAMS_H_
