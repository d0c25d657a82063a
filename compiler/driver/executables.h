// From a program's objects to executables.
#ifndef FEDC_COMPILER_DRIVER_EXECUTABLES_H_
#define FEDC_COMPILER_DRIVER_EXECUTABLES_H_

#include <optional>
#include <string>

#include "compiler/driver/compile.h"

namespace fedc {

class Installation;

// The bytes of an executable of a described compilation: the client's, for the target, of the
// object that client_code() made; the server's, for this machine, of server_code()'s. Nothing, and
// `*error`, if a part of the installation, a tool or a library of the target is missing.
std::optional<std::string> client_executable(const Compilation& compilation,
                                             const std::string& object,
                                             const Installation& installation, std::string* error);
std::optional<std::string> server_executable(const Compilation& compilation,
                                             const std::string& object,
                                             const Installation& installation, std::string* error);

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_EXECUTABLES_H_
