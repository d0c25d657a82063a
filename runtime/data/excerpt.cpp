#include "runtime/data/excerpt.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace fedrt {

std::string excerpt(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t end = most;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string list_names(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == kMostListed && names.size() > kMostListed + 1) {
      absl::StrAppend(&list, " and ", names.size() - i, " more");
      break;
    }
    absl::StrAppend(&list, i == 0 ? "" : ", ", "`", excerpt(names[i]), "`");
  }
  return list;
}

}  // namespace fedrt
