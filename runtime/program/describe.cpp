#include "runtime/program/describe.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

struct Wording {
  std::string kind, message;
};

Wording wording(const fed_error& error, const std::string& text) {
  // What the program itself says of an assertion is the message; elsewhere it names the operation.
  const std::string prefix = text.empty() ? "" : text + ": ";
  switch (error.status) {
    case FED_CANCELLED:
      return {"cancelled", "cancelled"};
    case FED_BAD_SIZE:
      return {"size-mismatch", prefix + (error.detail[0] == error.detail[1]
                                             ? std::string("sizes do not agree")
                                             : absl::StrCat("sizes ", error.detail[0], " and ",
                                                            error.detail[1], " do not agree"))};
    case FED_BAD_HASH:
      return {"bad-hash", "a message of another program"};
    case FED_BAD_VALUE:
      // Compiled code reports nothing else so.
      return {"bad-value", prefix + "an integer was divided by zero"};
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

// The line and a caret under its column (counted in characters), in the compiler's form; nothing
// where it cannot be read.
std::string source_line(const proto::Site& site) {
  std::ifstream file(site.file());
  std::string line;
  for (uint32_t n = 0; n < site.line(); ++n)
    if (!std::getline(file, line)) return "";
  if (line.size() > 200) return "";
  std::replace(line.begin(), line.end(), '\t', ' ');
  const std::string number = std::to_string(site.line());
  const std::string margin(std::max<size_t>(number.size(), 4), ' ');
  return absl::StrCat("\n", margin.substr(number.size()), number, " | ", line, "\n", margin, " | ",
                      std::string(std::max(site.column(), 1u) - 1, ' '), "^");
}

}  // namespace

std::string describe(const PhaseError& error, const proto::Manifest& manifest) {
  const std::string text = site_of(error.error.site, manifest).text();
  const Wording words = wording(error.error, text);
  const std::string client = error.client == PhaseError::kThisClient
                                 ? "on this client"
                                 : absl::StrCat("on client ", error.client);
  const std::string where = error.server ? absl::StrCat("at the server, step ", error.phase)
                                         : absl::StrCat(client, ", phase ", error.phase);
  return describe_at(error.error.site,
                     absl::StrCat(words.message, " (", where, ") [", words.kind, "]"), manifest);
}

std::string describe_at(uint32_t index, const std::string& message,
                        const proto::Manifest& manifest) {
  const proto::Site site = site_of(index, manifest);
  const bool known = site.line() != 0;
  return absl::StrCat(
      known ? absl::StrCat(site.file(), ":", site.line(), ":", site.column(), ": ") : "",
      "error: ", message, known ? source_line(site) : "");
}

}  // namespace fedrt
