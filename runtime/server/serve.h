// What a server does once it listens. Results and rounds go to standard output, remarks to standard
// error; an error's message is complete.
#ifndef RUNTIME_SERVER_SERVE_H_
#define RUNTIME_SERVER_SERVE_H_

#include <string>

#include "absl/status/status.h"
#include "runtime/program/program.h"
#include "runtime/server/flags.h"
#include "runtime/server/network/server.h"

namespace fedrt {

absl::Status serve_once(const Computation& computation, const ServerFlags& flags,
                        NetworkServer* server);
absl::Status serve_process(const std::string& process, const ServerFlags& flags,
                           NetworkServer* server);

// Before anybody is waited for: what a network cannot do, and what is missing on the command line.
absl::Status check_once(const Computation& computation, const ServerFlags& flags);

// The arguments of a function that the server itself gives, those in `fields`, from --args.
absl::StatusOr<Arguments> server_arguments(const Computation& function,
                                           const std::vector<int>& fields, const std::string& args);

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
