#include "runtime/server/flags.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "runtime/program/command_line.h"
#include "runtime/program/own_names.h"
#include "runtime/server/network/acceptor.h"

namespace fedrt {
namespace {

constexpr char kHelp[] = R"(The server of the federated computation NAME.

usage: NAME_server --listen=HOST:PORT --clients=N [...]

Waits for N clients (NAME_client), has them work, and adds up what they send, until all rounds are
done. Their data stays with them.

  --listen=HOST:PORT  where clients connect. Port 0 is any; the first line on standard error says
                      which. All addresses: `0.0.0.0:PORT`, `[::]:PORT`. There is no encryption:
                      beyond one machine put a proxy with TLS in front.
  --clients=N         how many clients make a round
  --min-clients=M     how many must be accepted in every phase, or the round fails (1). A round that
                      fails so is tried again with other clients, three times in a row at most.
  --phase-timeout=S   seconds until a phase goes on without those who have not answered (600; 0: no
                      limit). A round begins with fewer than N clients, but at least M, if no more
                      come in that time.
  --set NAME=VALUE    a parameter of the program; once for each parameter
  --seed=S            seed of the keys that the program takes as `Key`: with the same seed a round has
                      the same ones again (0), for clients in the order in which they check in.
                      With --init give another one than before.
  --threads=T         threads that add up what clients send (as many as there are processors, 16 at
                      most); results do not depend on it

A process: its initialize, then rounds of its next. Prints the metrics of every round.
  --process=NAME      which process, if there are several
  --rounds=R          how many rounds (1)
  --evaluate          after every round the process's evaluate, over as many clients
  --args=JSON|@FILE   arguments at the server: of initialize, and of the others but the state
  --init=FILE.npz     start from a saved state instead of initialize
  --state-out=FILE    save the state after every round as .npz (numpy.load reads it); the file is
                      always whole
  --metrics=FILE      write the metrics as CSV, a row a round

A computation that runs once: prints what it has at the server as JSON on standard output, and
nothing else there.
  --entry=NAME        which function, if there are several
  --args=JSON|@FILE   its arguments at the server, an object by parameter name

  --help, --version   this text; the version, the program and its hash

The command line, and what it names, is checked before the server listens.
Ctrl-C and SIGTERM end the round in progress; the state is that of the last whole one. Twice kills.
Exit status: 0 success; 1 an error in what runs; 2 an error in the command line; 130 and 143 ended
by Ctrl-C or SIGTERM.

examples:
  NAME_server --listen=127.0.0.1:0 --clients=3
  NAME_server --listen=0.0.0.0:8470 --clients=100 --min-clients=80 --phase-timeout=120 \
    --rounds=500 --set lr=0.05 --state-out=model.npz --metrics=rounds.csv
)";

constexpr unsigned kMostThreads = 16;  // unless more are asked for

absl::Status wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

}  // namespace

std::string server_help(const std::string& name) {
  return absl::StrReplaceAll(kHelp,
                             {{"NAME_", name + "_"}, {"computation NAME", "computation " + name}});
}

absl::StatusOr<ServerFlags> parse_server_flags(int argc, char** argv,
                                               const proto::Manifest& manifest) {
  ServerFlags flags;
  flags.threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
  CommandLine line;
  line.text("--listen", &flags.listen);
  line.text("--process", &flags.process);
  line.text("--entry", &flags.entry);
  line.text("--args", &flags.args);
  line.text("--init", &flags.init);
  line.text("--state-out", &flags.state_out);
  line.text("--metrics", &flags.metrics);
  line.number("--clients", 1, 100000000, &flags.clients);
  line.number("--min-clients", 1, 100000000, &flags.min_clients);
  line.number("--rounds", 1, 1000000000, &flags.rounds);
  line.number("--phase-timeout", 0, 100000000, &flags.phase_timeout);
  line.number("--threads", 1, 1024, &flags.threads);
  line.number("--seed", 0, ~uint64_t{0}, &flags.seed);
  line.toggle("--evaluate", &flags.evaluate);
  line.pairs("--set", &flags.set);
  for (const char* flag : {"--data", "--eval-data", "--state", "--server", "--give-up"})
    line.elsewhere(flag, "is for the clients, each of which has its own");
  line.own([&](const auto&) { return own_names(manifest, Runner::kServer); });
  std::vector<std::string> words;
  if (absl::Status status = line.parse(argc, argv, &words); !status.ok()) return status;
  flags.help = line.help();
  flags.version = line.version();
  if (flags.help || flags.version) return flags;
  if (!words.empty()) return wrong(absl::StrCat("expected a flag, found `", words[0], "`"));
  if (flags.listen.empty()) return wrong("--listen=HOST:PORT is missing");
  if (absl::Status status = Acceptor::check_address(flags.listen); !status.ok()) return status;
  if (!flags.clients) return wrong("--clients=N is missing");
  if (flags.min_clients > *flags.clients)
    return wrong(absl::StrCat("--min-clients=", flags.min_clients,
                              " is more than --clients=", *flags.clients));
  for (const char* flag :
       {"--process", "--rounds", "--evaluate", "--init", "--state-out", "--metrics"})
    if (line.given(flag) && flags.process_flag.empty()) flags.process_flag = flag;
  if (!flags.process_flag.empty() && !flags.entry.empty())
    return wrong(absl::StrCat(flags.process_flag,
                              " is for processes, and --entry for computations that run once"));
  return flags;
}

}  // namespace fedrt
