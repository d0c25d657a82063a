// Where LLVM gives up it ends the process. What it says then becomes an error like others.
#ifndef FEDC_COMPILER_DRIVER_FATAL_ERRORS_H_
#define FEDC_COMPILER_DRIVER_FATAL_ERRORS_H_

#include <string>

namespace fedc {

// While one lives a fatal error of LLVM or MLIR is printed as an internal error, with the file and
// the function that was being compiled, and the process ends with status 1, as after any other
// error; likewise where there is no memory. (LLVM knows no exceptions.) Afterwards std::bad_alloc
// is thrown as ever.
class FatalErrors {
 public:
  FatalErrors();
  ~FatalErrors();
  FatalErrors(const FatalErrors&) = delete;
  FatalErrors& operator=(const FatalErrors&) = delete;
};

// Ends the process in that way, for want of memory.
[[noreturn]] void end_without_memory();

// What this thread compiles while the object lives. `stage`: as StageTimes has it.
class Compiling {
 public:
  Compiling(const std::string& path, const char* stage);
  ~Compiling();
  Compiling(const Compiling&) = delete;
  Compiling& operator=(const Compiling&) = delete;
};

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_FATAL_ERRORS_H_
