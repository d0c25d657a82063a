// What this client has for the computations that a server may run.
#ifndef RUNTIME_CLIENT_MAIN_OWN_DATA_H_
#define RUNTIME_CLIENT_MAIN_OWN_DATA_H_

#include <map>

#include "absl/status/statusor.h"
#include "runtime/client_main/flags.h"
#include "runtime/program/arguments.h"
#include "runtime/program/program.h"

namespace fedrt {

class OwnData {
 public:
  // Reads what the flags give. Fails where a SPEC is wrong, or fits nothing that the program's
  // clients do. Both must outlive it.
  static absl::StatusOr<OwnData> read(const Program& program, const ClientFlags& flags);

  // For one computation; the error says what is missing for it, or does not fit.
  absl::StatusOr<const Arguments*> of(const Computation& computation);

 private:
  OwnData(const ClientFlags& flags) : flags_(&flags) {}
  const absl::StatusOr<Arguments>& read(const Computation& computation);

  const ClientFlags* flags_;
  std::map<const Computation*, absl::StatusOr<Arguments>> read_;
};

}  // namespace fedrt

#endif  // RUNTIME_CLIENT_MAIN_OWN_DATA_H_
