// From a program's client object to what an app engineer is handed.
#ifndef FEDC_COMPILER_DRIVER_LIBRARY_H_
#define FEDC_COMPILER_DRIVER_LIBRARY_H_

#include <optional>
#include <string>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/compile.h"

namespace fedc {

class Installation;

struct ClientLibrary {
  std::string archive;  // the bytes of libNAME_client.a
  std::string header;   // NAME_client.h
};

// The library of a described compilation, of the object and facts that client_code() made. Nothing,
// and `*error`, if a part of the installation or a tool is missing.
std::optional<ClientLibrary> client_library(const Compilation& compilation,
                                            const std::string& object, const CodeFacts& facts,
                                            const Installation& installation, std::string* error);

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_LIBRARY_H_
