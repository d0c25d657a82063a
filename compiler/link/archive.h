// Static libraries of one object, for people who link programs of their own.
#ifndef COMPILER_LINK_ARCHIVE_H_
#define COMPILER_LINK_ARCHIVE_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/link/link.h"

namespace fedc {

// The archive with `object` in it, in which all symbols that it defines but those in `symbols` are
// local, so that two libraries with the same names inside go into one program. Nothing, and
// `*error`, where the object is no ELF object.
std::optional<std::string> make_archive(const LinkInput& object,
                                        const std::vector<std::string>& symbols,
                                        std::string* error);

}  // namespace fedc

#endif  // COMPILER_LINK_ARCHIVE_H_
