#include "tools/fed-run/inputs.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/idx.h"

namespace fedrun {
namespace {

constexpr std::string_view kIdx = "idx:";

absl::Status check_file(const std::string& flag, const std::string& path) {
  if (access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(flag, ": ", path, ": cannot be read: ", std::strerror(errno)));
}

// JSON, @FILE or idx:...
absl::Status check_spec(const std::string& flag, const std::string& spec) {
  if (spec.starts_with('@')) return check_file(flag, spec.substr(1));
  if (!spec.starts_with(kIdx)) return absl::OkStatus();
  const absl::StatusOr<fedrt::IdxSpec> files =
      fedrt::parse_idx_spec(spec.substr(kIdx.size()), std::nullopt);
  if (!files.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": ", std::string(files.status().message())));
  for (const std::string& path : {files->images, files->labels})
    if (!path.empty())
      if (absl::Status status = check_file(flag, path); !status.ok()) return status;
  return absl::OkStatus();
}

}  // namespace

absl::Status check_inputs(const Flags& flags) {
  for (const auto& [flag, spec] : {std::pair<const char*, const std::string&>("--data", flags.data),
                                   {"--eval-data", flags.eval_data},
                                   {"--args", flags.args}})
    if (absl::Status status = check_spec(flag, spec); !status.ok()) return status;
  if (!flags.init.empty())
    if (absl::Status status = check_file("--init", flags.init); !status.ok()) return status;
  for (const auto& [flag, values] :
       {std::pair<const char*, const std::map<std::string, std::string>&>("--host", flags.host),
        {"--host-each-round", flags.host_rounds}})
    for (const auto& [name, value] : values)
      if (absl::Status status = check_spec(absl::StrCat(flag, " ", name), value); !status.ok())
        return status;
  return absl::OkStatus();
}

}  // namespace fedrun
