#include "runtime/program/describe.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

struct Wording {
  std::string kind, message;
};

std::string bad_size(const PhaseError& failure) {
  const int64_t* detail = failure.error.detail;
  if (!failure.has_details) return "sizes do not agree, or one exceeds its bound";
  if (detail[1] < 0 && detail[0] < 0) return absl::StrCat(detail[0], " is no size");
  if (detail[1] < 0)
    return absl::StrCat(detail[0], " is more than the bound ", FED_BEYOND(detail[1]));
  if (detail[0] == detail[1]) return "sizes do not agree";
  return absl::StrCat("sizes ", detail[0], " and ", detail[1], " do not agree");
}

std::string bad_value(const PhaseError& failure) {
  const int64_t* detail = failure.error.detail;
  if (!failure.has_details) return "an index is out of range, or an integer was divided by zero";
  if (detail[1] >= 0) return "an integer was divided by zero";
  const int64_t count = FED_BEYOND(detail[1]);
  return count == 0
             ? absl::StrCat("index ", detail[0], " is out of range: there is nothing")
             : absl::StrCat("index ", detail[0], " is out of range: it can be 0 to ", count - 1);
}

Wording wording(const PhaseError& failure, const std::string& text) {
  const fed_error& error = failure.error;
  // What the program itself says of an assertion is the message; elsewhere it names the operation.
  const std::string prefix = text.empty() ? "" : text + ": ";
  switch (error.status) {
    case FED_CANCELLED:
      return {"cancelled", "cancelled"};
    case FED_BAD_SIZE:
      return {"size-mismatch", prefix + bad_size(failure)};
    case FED_BAD_HASH:
      return {"bad-hash", "a message of another program"};
    case FED_BAD_VALUE:
      return {"bad-value", prefix + bad_value(failure)};
    case FED_HOST_ERROR:
      return {"host-error", prefix + "the host could not give the data"};
    case FED_BAD_CALL:
      return {"bad-call", "the compiled code was called in the wrong way"};
    case FED_ASSERTION:
      return {"assertion", text.empty() ? "a condition does not hold" : text};
    default:
      return {"unknown-error", absl::StrCat(prefix, "status ", error.status)};
  }
}

proto::Site site_of(uint32_t index, const proto::Manifest& manifest) {
  return index < static_cast<uint32_t>(manifest.sites_size())
             ? manifest.sites(static_cast<int>(index))
             : proto::Site();
}

// Columns of a line that are shown: of a longer one, those around the caret.
constexpr size_t kMostColumns = 100;

// The line and a caret under its column (counted in characters), in the compiler's form; nothing
// where it cannot be read.
std::string source_line(const proto::Site& site) {
  std::ifstream file(site.file());
  std::string line;
  for (uint32_t n = 0; n < site.line(); ++n)
    if (!std::getline(file, line)) return "";
  std::replace(line.begin(), line.end(), '\t', ' ');
  std::vector<size_t> columns;  // where the character in each begins
  for (size_t i = 0; i < line.size(); ++i)
    if ((static_cast<unsigned char>(line[i]) & 0xC0) != 0x80) columns.push_back(i);
  size_t caret = std::max(site.column(), 1u) - 1;
  if (columns.size() > kMostColumns) {
    const size_t from = caret < kMostColumns ? 0 : caret - kMostColumns / 3;
    if (from >= columns.size()) return "";
    const size_t end = std::min(columns.size(), from + kMostColumns);
    const bool cut = end < columns.size();
    line = (from > 0 ? "..." : "") +
           line.substr(columns[from], (cut ? columns[end] : line.size()) - columns[from]) +
           (cut ? "..." : "");
    caret = caret - from + (from > 0 ? 3 : 0);
  }
  const std::string number = std::to_string(site.line());
  const std::string margin(std::max<size_t>(number.size(), 4), ' ');
  return absl::StrCat("\n", margin.substr(number.size()), number, " | ", line, "\n", margin, " | ",
                      std::string(caret, ' '), "^");
}

std::string place(const std::string& file, const proto::Site& at) {
  return absl::StrCat(file, ":", at.line(), ":", at.column());
}

// What happens in the standard library, `<std/...>`, is told of at the user's line.
proto::Site users_site(uint32_t index, const proto::Manifest& manifest) {
  const proto::Site deepest = site_of(index, manifest);
  proto::Site site = deepest;
  for (uint32_t before = index; !site.file().empty() && site.file().front() == '<';) {
    const uint32_t caller = site.caller();
    if (caller == 0 || caller >= before) return deepest;
    before = caller;
    site = site_of(caller, manifest);
  }
  return site;
}

}  // namespace

std::string describe(const PhaseError& error, const proto::Manifest& manifest) {
  const std::string text = site_of(error.error.site, manifest).text();
  const Wording words = wording(error, text);
  const std::string client = error.client == PhaseError::kThisClient
                                 ? "on this client"
                                 : absl::StrCat("on client ", error.client);
  const std::string where = error.server ? absl::StrCat("at the server, step ", error.phase)
                                         : absl::StrCat(client, ", phase ", error.phase);
  return describe_at(
      error.error.site,
      absl::StrCat(words.message, error.federated ? " (" + where + ")" : "", " [", words.kind, "]"),
      manifest);
}

std::string describe_at(uint32_t index, const std::string& message,
                        const proto::Manifest& manifest) {
  const proto::Site deepest = site_of(index, manifest), site = users_site(index, manifest);
  const std::string inside = site.file() == deepest.file()
                                 ? ""
                                 : absl::StrCat("in ", place(file_name(deepest), deepest), ": ");
  const bool known = site.line() != 0;
  return absl::StrCat(known ? place(site.file(), site) + ": " : "", "error: ", inside, message,
                      known ? source_line(site) : "");
}

std::string place_of(uint32_t index, const proto::Manifest& manifest) {
  const proto::Site site = users_site(index, manifest);
  return site.line() == 0 ? "" : place(site.file(), site);
}

}  // namespace fedrt
