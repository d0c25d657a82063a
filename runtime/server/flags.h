// The command line of a server.
#ifndef RUNTIME_SERVER_FLAGS_H_
#define RUNTIME_SERVER_FLAGS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "runtime/program/program.h"

namespace fedrt {

struct ServerFlags {
  bool help = false, version = false;
  std::string listen, process, entry, args, init, state_out, metrics;
  std::optional<uint64_t> clients;
  uint64_t min_clients = 1;
  uint64_t rounds = 1;
  uint64_t phase_timeout = 600;  // seconds; 0: none
  bool evaluate = false;
  uint64_t seed = 0;
  uint64_t threads = 1;  // that add what clients send
  std::map<std::string, std::string> set;
  // Whether a flag that only processes have was given, and which.
  std::string process_flag;
};

// Fails with a message that says what is wrong with the command line. `manifest` is that of the
// program, whose own names are no flags.
absl::StatusOr<ServerFlags> parse_server_flags(int argc, char** argv,
                                               const proto::Manifest& manifest);

// The text of --help of the server of program `name`.
std::string server_help(const std::string& name);

}  // namespace fedrt

#endif  // RUNTIME_SERVER_FLAGS_H_
