// What is missing on this machine, from what the linker said. (Inside compiler/link.)
#ifndef COMPILER_LINK_MISSING_H_
#define COMPILER_LINK_MISSING_H_

#include <string>

namespace fedc {

// A sentence that names the libraries that clang and ld.lld did not find, and the Debian packages
// that have them for `target`; empty if `said` is about something else.
std::string missing_packages(const std::string& said, const std::string& target);

}  // namespace fedc

#endif  // COMPILER_LINK_MISSING_H_
