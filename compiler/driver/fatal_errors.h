// Where LLVM gives up it ends the process. What it says then becomes an error like others.
#ifndef FEDC_COMPILER_DRIVER_FATAL_ERRORS_H_
#define FEDC_COMPILER_DRIVER_FATAL_ERRORS_H_

#include <string>

namespace fedc {

// From here on a fatal error of LLVM or MLIR is printed as an internal error, with the file and the
// function that was being compiled, and the process ends with status 1, as after any other error.
// Once more changes nothing.
void report_fatal_errors();

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
