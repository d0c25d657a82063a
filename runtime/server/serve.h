// What a server does: checks all that the command line says, then listens, then has its clients
// work. Results and rounds go to standard output, remarks to standard error; an error's message is
// complete.
#ifndef RUNTIME_SERVER_SERVE_H_
#define RUNTIME_SERVER_SERVE_H_

#include <string>

#include "absl/status/status.h"
#include "runtime/program/program.h"
#include "runtime/server/flags.h"
#include "runtime/server/network/server.h"

namespace fedrt {

// `server` does not listen yet.
absl::Status serve_once(const Computation& computation, const ServerFlags& flags,
                        NetworkServer* server);
absl::Status serve_process(const std::string& process, const ServerFlags& flags,
                           NetworkServer* server);

// Opens the port, and says where it is.
absl::Status open_port(NetworkServer* server);

// The arguments of a function that the server itself gives, those in `fields`, from --args; others
// than these may stand there where it is `shared` with other functions.
absl::StatusOr<Arguments> server_arguments(const Computation& function,
                                           const std::vector<int>& fields, const std::string& args,
                                           bool shared);

// Whether the round, which failed with `status`, is tried again; says so.
class Retries {
 public:
  bool again(const absl::Status& status);
  void succeeded() { failed_ = 0; }

 private:
  int failed_ = 0;  // in a row
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_SERVE_H_
