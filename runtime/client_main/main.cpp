#include "runtime/client_main/main.h"

#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "runtime/client_main/participant.h"
#include "runtime/program/command_line.h"
#include "runtime/program/exit.h"

namespace fedrt {
namespace {

// What the main thread's stack has to spare.
constexpr uint64_t kStackBytes = uint64_t{6} << 20;

// Connects to nothing yet.
absl::Status check_server(const std::string& server) {
  fed_transport_options options{};
  options.size = sizeof options;
  options.version = FED_ABI_VERSION;
  options.server = server.c_str();
  fed_rpc why;
  fed_transport* transport = fed_transport_open(&options, &why);
  if (transport == nullptr) return absl::InvalidArgumentError(absl::StrCat("--server: ", why.text));
  fed_transport_close(transport);
  return absl::OkStatus();
}

absl::Status run(const Program& program, const ClientFlags& flags) {
  if (program.client().stack_bytes > kStackBytes)
    return absl::InvalidArgumentError("the program needs more stack than a process has");
  absl::StatusOr<OwnData> data = OwnData::read(program, flags);
  if (!data.ok()) return data.status();
  absl::StatusOr<OwnState> state = OwnState::open(program, flags.state, flags.adopt_state);
  if (!state.ok()) return state.status();
  // From here on there is something to roll back and a server that waits.
  catch_signals();
  return Participant(program, flags, &*data, &*state, interrupted()).run();
}

}  // namespace
}  // namespace fedrt

int fed_client_main(int argc, char** argv, const fed_program* program, const char* manifest,
                    uint64_t manifest_bytes) {
  fedrt::keep_standard_streams();
  const auto made = fedrt::Program::make(program, nullptr, {manifest, manifest_bytes});
  if (!made.ok()) return fedrt::exit_status(made.status());
  const std::string name = (*made)->manifest().name();
  const absl::StatusOr<fedrt::ClientFlags> flags =
      fedrt::parse_client_flags(argc, argv, (*made)->manifest());
  if (!flags.ok()) return fedrt::wrong_usage(name + "_client", flags.status());
  if (flags->help) return fedrt::print_alone(fedrt::client_help(name));
  if (flags->version) return fedrt::print_alone(fedrt::version_text(name + "_client", **made));
  if (const absl::Status status = fedrt::check_server(flags->server); !status.ok())
    return fedrt::wrong_usage(name + "_client", status);
  // Values of the program's sizes are the one thing that may not fit.
  try {
    return fedrt::exit_status(fedrt::run(**made, *flags));
  } catch (const std::bad_alloc& error) {
    return fedrt::exit_status(absl::ResourceExhaustedError(error.what()));
  }
}
