// The prelude and the standard library, as text in the binary.
#ifndef FEDC_COMPILER_STDLIB_STDLIB_H_
#define FEDC_COMPILER_STDLIB_STDLIB_H_

#include <string_view>
#include <vector>

namespace fedc {

struct StdlibFile {
  std::string_view path;    // as diagnostics show it: `<prelude.fed>`, `<std/nn.fed>`
  std::string_view module;  // as it is imported: `std/nn`; empty for what is in scope everywhere
  std::string_view text;
};

// The prelude, then the modules by name.
const std::vector<StdlibFile>& stdlib_files();

}  // namespace fedc

#endif  // FEDC_COMPILER_STDLIB_STDLIB_H_
