#include "tools/fed-run/inputs.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/program/spec_files.h"

namespace fedrun {
namespace {

absl::Status check_file(const std::string& flag, const std::string& path) {
  if (access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(flag, ": ", path, ": cannot be read: ", std::strerror(errno)));
}

}  // namespace

absl::Status check_inputs(const Flags& flags) {
  for (const auto& [flag, spec] : {std::pair<const char*, const std::string&>("--data", flags.data),
                                   {"--eval-data", flags.eval_data},
                                   {"--args", flags.args}})
    if (absl::Status status = fedrt::check_spec(spec, flag); !status.ok()) return status;
  if (!flags.init.empty())
    if (absl::Status status = check_file("--init", flags.init); !status.ok()) return status;
  for (const auto& [flag, values] :
       {std::pair<const char*, const std::map<std::string, std::string>&>("--host", flags.host),
        {"--host-each-round", flags.host_rounds}})
    for (const auto& [name, value] : values)
      if (value.starts_with('@'))
        if (absl::Status status = check_file(absl::StrCat(flag, " ", name), value.substr(1));
            !status.ok())
          return status;
  return absl::OkStatus();
}

}  // namespace fedrun
