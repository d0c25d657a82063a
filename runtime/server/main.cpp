#include "runtime/server/main.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/program/command_line.h"
#include "runtime/program/entry.h"
#include "runtime/server/serve.h"

namespace fedrt {
namespace {

constexpr int kFailed = 1, kUsage = 2;

std::atomic<bool> cancelled{false};

// The first Ctrl-C, or SIGTERM, ends the round in progress and keeps what is there; the second one
// ends it all.
void on_interrupt(int signal) {
  cancelled = true;
  std::signal(signal, SIG_DFL);
}

int fail(const absl::Status& status) {
  const std::string message(status.message());
  std::fprintf(stderr, "%s%s\n", message.find("error: ") == std::string::npos ? "error: " : "",
               message.c_str());
  return kFailed;
}

// The only process, where a program has one.
std::string only_process(const Program& program) {
  std::string only;
  for (const Computation& computation : program.computations())
    if (computation.manifest->role() == proto::NEXT) {
      if (!only.empty()) return "";
      only = computation.manifest->process();
    }
  return only;
}

bool runs_once(const Program& program) {
  for (const Computation& computation : program.computations())
    if (computation.manifest->role() == proto::ONE_SHOT) return true;
  return false;
}

int run(const std::shared_ptr<const Program>& program, const ServerFlags& flags) {
  std::string process = flags.process;
  if (process.empty() && flags.entry.empty() &&
      (!runs_once(*program) || !flags.process_flag.empty()))
    process = only_process(*program);
  if (process.empty() && !flags.process_flag.empty())
    return fail(absl::InvalidArgumentError(
        absl::StrCat(flags.process_flag, " is for processes: which one says --process=NAME")));
  const Computation* computation = nullptr;
  if (process.empty()) {
    const absl::StatusOr<const Computation*> chosen = choose_entry(*program, flags.entry);
    if (!chosen.ok()) return fail(chosen.status());
    computation = *chosen;
    if (absl::Status status = check_once(*computation, flags); !status.ok()) return fail(status);
  }
  ServerOptions options;
  options.listen = flags.listen;
  options.clients = *flags.clients;
  options.minimum_clients = flags.min_clients;
  options.phase_limit = std::chrono::seconds(flags.phase_timeout);
  options.federation.cancelled = &cancelled;
  options.federation.note = [](const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
  };
  const auto server = NetworkServer::start(program, options);
  if (!server.ok()) return fail(server.status());
  std::fprintf(stderr, "listening on %s\n", (*server)->address().c_str());
  const absl::Status status = process.empty() ? serve_once(*computation, flags, server->get())
                                              : serve_process(process, flags, server->get());
  if (!absl::IsCancelled(status))
    (*server)->finish(status.ok() ? "all is done" : "the server failed");
  if (const std::string met = (*server)->counts().all(); !met.empty())
    std::fprintf(stderr, "in all: met %s\n", met.c_str());
  return status.ok() ? 0 : fail(status);
}

}  // namespace
}  // namespace fedrt

int fed_server_main(int argc, char** argv, const fed_server_program* program, const char* manifest,
                    uint64_t manifest_bytes) {
  fedrt::keep_standard_streams();
  const auto made = fedrt::Program::make(nullptr, program, {manifest, manifest_bytes});
  if (!made.ok()) return fedrt::fail(made.status());
  const std::string name = (*made)->manifest().name();
  const absl::StatusOr<fedrt::ServerFlags> flags = fedrt::parse_server_flags(argc, argv);
  if (!flags.ok()) {
    std::fprintf(stderr, "%s_server: %s\nSee %s_server --help.\n", name.c_str(),
                 std::string(flags.status().message()).c_str(), name.c_str());
    return fedrt::kUsage;
  }
  if (flags->help) {
    std::fputs(fedrt::server_help(name).c_str(), stdout);
    return 0;
  }
  std::signal(SIGINT, fedrt::on_interrupt);
  std::signal(SIGTERM, fedrt::on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  // Values of the program's sizes are the one thing that may not fit.
  try {
    return fedrt::run(*made, *flags);
  } catch (const std::bad_alloc& error) {
    return fedrt::fail(absl::ResourceExhaustedError(error.what()));
  }
}
