// Static libraries, for people who link programs of their own.
#ifndef COMPILER_LINK_ARCHIVE_H_
#define COMPILER_LINK_ARCHIVE_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/link/link.h"

namespace fedc {

// `object`, of ELF, in which all symbols that it defines but those in `symbols` are local, so that
// two libraries with the same names inside go into one program. Nothing, and `*error`, where it is
// none.
std::optional<std::string> keep_global(const LinkInput& object,
                                       const std::vector<std::string>& symbols, std::string* error);

// The archive of `objects`, which are of one format, as the linkers of that have it. Nothing, and
// `*error`, where they are no objects.
std::optional<std::string> make_archive(const std::vector<LinkInput>& objects, std::string* error);

}  // namespace fedc

#endif  // COMPILER_LINK_ARCHIVE_H_
