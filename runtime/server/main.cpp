#include "runtime/server/main.h"

#include <cstdio>
#include <new>
#include <string>

#include "runtime/program/command_line.h"
#include "runtime/program/entry.h"
#include "runtime/program/exit.h"
#include "runtime/server/serve.h"

namespace fedrt {
namespace {

absl::Status run(const std::shared_ptr<const Program>& program, const ServerFlags& flags) {
  const absl::StatusOr<Choice> choice =
      choose(*program, {flags.entry, flags.process, flags.process_flag, /*exports=*/false});
  if (!choice.ok()) return choice.status();
  ServerOptions options;
  options.listen = flags.listen;
  options.clients = *flags.clients;
  options.minimum_clients = flags.min_clients;
  options.phase_limit = std::chrono::seconds(flags.phase_timeout);
  options.threads = flags.threads;
  options.federation.cancelled = &interrupted();
  options.federation.note = [](const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
  };
  const auto server = NetworkServer::make(program, options);
  if (!server.ok()) return server.status();
  const absl::Status status = choice->once != nullptr
                                  ? serve_once(*choice->once, flags, server->get())
                                  : serve_process(choice->process, flags, server->get());
  if ((*server)->listens() && !absl::IsCancelled(status))
    (*server)->finish(status.ok() ? "all is done" : "the server failed");
  if (const std::string met = (*server)->counts().all(); !met.empty())
    std::fprintf(stderr, "in all: met %s\n", met.c_str());
  return status;
}

}  // namespace
}  // namespace fedrt

int fed_server_main(int argc, char** argv, const fed_server_program* program, const char* manifest,
                    uint64_t manifest_bytes) {
  fedrt::keep_standard_streams();
  const auto made = fedrt::Program::make(nullptr, program, {manifest, manifest_bytes});
  if (!made.ok()) return fedrt::exit_status(made.status());
  const std::string name = (*made)->manifest().name();
  const absl::StatusOr<fedrt::ServerFlags> flags =
      fedrt::parse_server_flags(argc, argv, (*made)->manifest());
  if (!flags.ok()) return fedrt::wrong_usage(name + "_server", flags.status());
  if (flags->help) return fedrt::print_alone(fedrt::server_help(name));
  if (flags->version) return fedrt::print_alone(fedrt::version_text(name + "_server", **made));
  fedrt::ignore_broken_pipes();
  // Values of the program's sizes are the one thing that may not fit.
  try {
    return fedrt::exit_status(fedrt::run(*made, *flags));
  } catch (const std::bad_alloc& error) {
    return fedrt::exit_status(absl::ResourceExhaustedError(error.what()));
  }
}
