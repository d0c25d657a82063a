// What messages quote of data, which may be of any length.
#ifndef RUNTIME_DATA_EXCERPT_H_
#define RUNTIME_DATA_EXCERPT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fedrt {

// The most bytes that are quoted of a text of the data, and of a word of the command line.
inline constexpr size_t kMostQuoted = 40, kMostQuotedWord = 200;
// The most names that are listed.
inline constexpr size_t kMostListed = 20;

// The text, or its beginning and "..." where it has more than `most` bytes. No character of UTF-8
// is cut in two.
std::string excerpt(std::string_view text, size_t most = kMostQuoted);

// "`a`, `b`", each an excerpt; "`a`, ... and 5 more" of many.
std::string list_names(const std::vector<std::string>& names);

}  // namespace fedrt

#endif  // RUNTIME_DATA_EXCERPT_H_
