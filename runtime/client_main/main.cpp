#include "runtime/client_main/main.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "runtime/client_main/participant.h"
#include "runtime/program/command_line.h"

namespace fedrt {
namespace {

constexpr int kFailed = 1, kUsage = 2, kSignalled = 128;
// What the main thread's stack has to spare.
constexpr uint64_t kStackBytes = uint64_t{6} << 20;

std::atomic<int> ended_by{0};

// The first Ctrl-C, or SIGTERM, rolls back and leaves; the second one ends it as it is.
void on_interrupt(int signal) {
  ended_by = signal;
  std::signal(signal, SIG_DFL);
}

int fail(const absl::Status& status) {
  const std::string message(status.message());
  std::fprintf(stderr, "%s%s\n", message.find("error: ") == std::string::npos ? "error: " : "",
               message.c_str());
  return kFailed;
}

int wrong_usage(const std::string& name, const absl::Status& status) {
  std::fprintf(stderr, "%s_client: %s\nSee %s_client --help.\n", name.c_str(),
               std::string(status.message()).c_str(), name.c_str());
  return kUsage;
}

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

int run(const Program& program, const ClientFlags& flags) {
  if (program.client().stack_bytes > kStackBytes)
    return fail(absl::InvalidArgumentError("the program needs more stack than a process has"));
  absl::StatusOr<OwnData> data = OwnData::read(program, flags);
  if (!data.ok()) return fail(data.status());
  absl::StatusOr<OwnState> state = OwnState::open(program, flags.state);
  if (!state.ok()) return fail(state.status());
  // From here on there is something to roll back and a server that waits.
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  const absl::Status status = Participant(program, flags, &*data, &*state, ended_by).run();
  if (absl::IsCancelled(status)) {
    fail(status);
    return kSignalled + ended_by;
  }
  return status.ok() ? 0 : fail(status);
}

}  // namespace
}  // namespace fedrt

int fed_client_main(int argc, char** argv, const fed_program* program, const char* manifest,
                    uint64_t manifest_bytes) {
  fedrt::keep_standard_streams();
  const auto made = fedrt::Program::make(program, nullptr, {manifest, manifest_bytes});
  if (!made.ok()) return fedrt::fail(made.status());
  const std::string name = (*made)->manifest().name();
  const absl::StatusOr<fedrt::ClientFlags> flags = fedrt::parse_client_flags(argc, argv);
  if (!flags.ok()) return fedrt::wrong_usage(name, flags.status());
  if (flags->help) {
    std::fputs(fedrt::client_help(name).c_str(), stdout);
    return 0;
  }
  if (const absl::Status status = fedrt::check_server(flags->server); !status.ok())
    return fedrt::wrong_usage(name, status);
  std::signal(SIGPIPE, SIG_IGN);
  // Values of the program's sizes are the one thing that may not fit.
  try {
    return fedrt::run(**made, *flags);
  } catch (const std::bad_alloc& error) {
    return fedrt::fail(absl::ResourceExhaustedError(error.what()));
  }
}
