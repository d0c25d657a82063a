// From a split program to native code.
#ifndef FEDC_COMPILER_DRIVER_CODE_H_
#define FEDC_COMPILER_DRIVER_CODE_H_

#include <optional>
#include <string>

#include "compiler/driver/compile.h"

namespace fedc {

struct CodeFacts;  // compiler/codegen/codegen.h

enum class CodeForm { kObject, kAssembly, kLlvm };

// Code of one side of a compilation that was described, as text or the bytes of an object: the
// client's for the target, the server's (with the manifest) for this machine. Nothing when
// something was reported.
std::optional<std::string> client_code(Compilation& compilation, CodeForm form,
                                       CodeFacts* facts = nullptr);
std::optional<std::string> server_code(Compilation& compilation, CodeForm form,
                                       CodeFacts* facts = nullptr);

// Reports what keeps functions of placed values from being run by themselves, for a program that
// has no entry; false if there are none.
bool report_helpers(Compilation& compilation);

// All stages from a file to a shared object (its bytes) that holds both sides, for simulation on
// this machine (the options' target does not matter). Its symbols begin with symbol_prefix_of();
// the kernels that server code calls (runtime/server/accumulators.h) are the loading program's.
// Nothing when something was reported, or when reading or linking failed and `*error` says how.
std::optional<std::string> compile_shared(Compilation& compilation, const std::string& path,
                                          std::string* error);

// The target that this machine is.
std::string host_target();

// What the symbols of a checked program's objects begin with.
std::string symbol_prefix_of(const Compilation& compilation);

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_CODE_H_
