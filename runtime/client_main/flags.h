// The command line of a client.
#ifndef RUNTIME_CLIENT_MAIN_FLAGS_H_
#define RUNTIME_CLIENT_MAIN_FLAGS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "runtime/program/program.h"

namespace fedrt {

struct ClientFlags {
  bool help = false, version = false;
  std::string server, data, eval_data, state;
  std::optional<uint64_t> rounds;
  uint64_t seed = 0;
  uint64_t give_up = 0;  // seconds; 0: never
  bool quiet = false;
  bool adopt_state = false;
  std::map<std::string, std::string> host;
};

// Fails with a message that says what is wrong with the command line. `manifest` is that of the
// program, whose own names are no flags.
absl::StatusOr<ClientFlags> parse_client_flags(int argc, char** argv,
                                               const proto::Manifest& manifest);

// The text of --help of the client of program `name`.
std::string client_help(const std::string& name);

}  // namespace fedrt

#endif  // RUNTIME_CLIENT_MAIN_FLAGS_H_
